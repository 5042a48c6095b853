import * as z from "zod";
import { defineFormat, upgrade } from "../../artifacts/format.ts";
import { type ChannelName, channelName } from "../../config/notify-section.ts";
import { letter, letterOf8 } from "../letter.ts";
import type { Receipt } from "../report.ts";

/** What becomes of a message on one channel. */
export const delivery = z.strictObject({
  state: z
    .enum(["pending", "sending", "sent", "unknown", "given_up", "kept"])
    .describe(
      "sending: it was begun; unknown: nobody said whether it arrived; given_up: tried for two weeks in vain; kept: for the digest",
    ),
  at: z.iso.datetime().describe("since when"),
  attempts: z.int().nonnegative(),
  detail: z.string().nullable().describe("where it went, or why it did not"),
  receipt: z.record(z.string(), z.string()).nullable().describe("what the channel gave as proof"),
  shown_in: z.string().nullable().describe("of one that is unknown or given up: the message that said so"),
});
export type Delivery = z.infer<typeof delivery>;

const entryOf1 = z.strictObject({
  letter: letterOf8,
  text: z.string().describe("the message as plain text"),
  /** of a failure, what it is the same as on another night */
  failure: z.string().nullable().describe("of a failure: the same on each night that failed for the same reason"),
  tells: z.array(z.string()).describe("runs that told nothing themselves, and are named in it"),
  is_told: z.boolean().describe("false for a failure that has been told: it goes to the terminal and the file alone"),
  channels: z.partialRecord(channelName, delivery).describe("by channel: all that are to be told"),
});

const entry = entryOf1.extend({
  letter,
  told_in: z
    .string()
    .nullable()
    .describe("the message that tells of it with others, a backfill's: it is kept for that"),
});
export type Entry = z.infer<typeof entry>;

/** The channels that are to hear of a message, with what became of it there. */
export function deliveriesOf({ channels }: Pick<Entry, "channels">): [ChannelName, Delivery][] {
  return channelName.options.flatMap((name): [ChannelName, Delivery][] => {
    const found = channels[name];
    return found === undefined ? [] : [[name, found]];
  });
}

/** What became of a message so far, for the night's own files. */
export function receiptsOf(entry: Entry): Receipt[] {
  return deliveriesOf(entry).map(([channel, { state, detail }]) => ({
    channel,
    outcome: state === "sending" ? "unknown" : state === "given_up" ? "pending" : state,
    // One that waits behind an older message has not been tried.
    detail: state === "pending" ? (detail ?? "it waits behind an older message") : detail,
  }));
}

/** The message with some of its deliveries changed. */
export function withDeliveries(
  entry: Entry,
  how: (name: ChannelName, delivery: Delivery) => Partial<Delivery> | undefined,
): Entry {
  const changed = deliveriesOf(entry).map(
    ([name, delivery]) => [name, { ...delivery, ...how(name, delivery) }] as const,
  );
  return { ...entry, channels: Object.fromEntries(changed) };
}

/** notifications/outbox/KEY.json: a message, and what became of it on each channel. */
export const entryFormat = defineFormat({
  version: 2,
  signedFrom: 1,
  schema: entry,
  upgrades: { 1: upgrade(entryOf1, entry, (old) => ({ ...old, told_in: null })) },
});

const state = z.strictObject({
  telling: z.string().nullable().describe("a message that is being written down"),
  open: z.array(z.string()).describe("messages that have not ended on every channel, in order"),
  run: z
    .strictObject({ id: z.string(), night: z.string(), host: z.string() })
    .nullable()
    .describe("the run that has begun, and has told nothing yet"),
  untold: z
    .array(
      z.strictObject({
        run: z.string(),
        night: z.string(),
        stage: z.string().nullable(),
        host: z.string(),
        reason: z.string().nullable().describe("of a run that ended to be tried later; null for one that was killed"),
        failure: z.string().nullable().describe("what that is the same as on other nights"),
      }),
    )
    .describe("runs that ended and told nothing, until that is told"),
  failing: z
    .strictObject({
      since: z.string().describe("the first night of the series"),
      nights: z.array(z.string()).min(1),
      failure: z.string().describe("what was told last"),
      told_at: z.int().positive().describe("how many nights had failed when it was told"),
    })
    .nullable(),
  kept: z.array(z.string()).describe("messages that wait for the digest"),
});
export type OutboxState = z.infer<typeof state>;

/** notifications/outbox.json: what the next message has to know of the earlier ones. */
export const outboxFormat = defineFormat({ version: 1, signedFrom: 1, schema: state, upgrades: {} });
