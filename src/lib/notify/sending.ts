import { secondsOf } from "../config/duration.ts";
import type { ChannelName, NotifySettings } from "../config/notify-section.ts";
import { startPatience } from "../http/repeat.ts";
import type { NewEvent } from "../ledger/writer.ts";
import { type Channel, isHere } from "./channel.ts";
import { deliver } from "./deliver.ts";
import type { Letter } from "./letter.ts";
import { aboutOf, isOver } from "./outbox/deliveries.ts";
import { type Delivery, type Entry, withDeliveries } from "./outbox/format.ts";
import type { Outbox } from "./outbox/outbox.ts";

/** A message that has reached a channel. */
export interface Delivered {
  readonly key: string;
  readonly channel: ChannelName;
  readonly about: string;
  /** where it went */
  readonly detail: string;
}

/** What came of a look at all that is open. */
interface Sending {
  readonly delivered: readonly Delivered[];
  /** channels that could not be told */
  readonly down: ReadonlySet<ChannelName>;
}

export interface SendingMeans {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  /** what each channel has for all of its messages */
  readonly deadline: NotifySettings["deadline"];
  /** a letter as a channel gets it */
  readonly outgoing: (channel: ChannelName, letter: Letter) => Letter;
  readonly redact: (text: string) => string;
  /** the present moment: ISO 8601, in UTC */
  readonly at: () => string;
  readonly onTold: (event: Extract<NewEvent, { event: "sent" }>) => void;
}

/** A channel that has refused so many messages for good is asked no more at this start. */
const MOST_REFUSALS = 2;

/** @returns what sends messages of the outbox, and writes down what becomes of them */
export function openSending({ outbox, channels, deadline, outgoing, redact, at, onTold }: SendingMeans) {
  const names = new Set(channels.map(({ name }) => name));
  return send;

  /**
   * Sends what is open: to the terminal and the file first, then to all others at once, each channel's messages in their order and
   * within its deadline.
   *
   * @param skip  channels that have just failed
   */
  async function send(keys: readonly string[], skip: ReadonlySet<ChannelName> = new Set()): Promise<Sending> {
    const delivered: Delivered[] = [];
    const down = new Set(skip);
    const found = [...(await outbox.entriesOf(keys))].sort((one, other) =>
      one.letter.created_at < other.letter.created_at ? -1 : 1,
    );
    const entries = new Map(found.map((entry) => [entry.letter.key, entry]));
    const unwritten = new Set<string>();
    let written: Promise<unknown> = Promise.resolve();
    const change = (key: string, { name }: Channel, delivery: Partial<Delivery>) => {
      const entry = entries.get(key);
      if (entry === undefined) return;
      entries.set(
        key,
        withDeliveries(entry, (of) => (of === name ? { ...delivery, at: at() } : undefined)),
      );
      unwritten.add(key);
    };
    const write = async () => {
      // One after the other: channels that end at once would write over each other's words. One that fails is for its own caller to tell.
      written = written
        .catch(() => undefined)
        .then(async () => {
          for (const key of [...unwritten]) {
            const entry = entries.get(key);
            unwritten.delete(key);
            if (entry !== undefined) await outbox.put(entry);
          }
        });
      await written;
    };
    const sendAll = async (channel: Channel) => {
      const time = startPatience(secondsOf(deadline));
      let refusals = 0;
      for (const [key, { letter, channels: states }] of entries) {
        const before = states[channel.name];
        if (before?.state !== "pending") continue;
        if (!channel.isRepeatable) {
          change(key, channel, { state: "sending" });
          await write();
        }
        const { last, attempts } = await deliver(outgoing(channel.name, letter), channel, time.left());
        const count = { attempts: before.attempts + attempts };
        if (last.kind === "sent") {
          const detail = redact(last.detail);
          const { receipt } = last;
          change(key, channel, {
            ...count,
            state: "sent",
            detail,
            receipt: receipt === undefined ? null : { ...receipt },
          });
          delivered.push({ key, channel: channel.name, about: aboutOf(letter), detail });
          onTold(sentEvent(letter, channel, "sent", detail));
        } else {
          const state = last.kind === "unknown" && !channel.isRepeatable ? "unknown" : "pending";
          change(key, channel, { ...count, state, detail: redact(last.reason) });
          if (state === "unknown") onTold(sentEvent(letter, channel, state, redact(last.reason)));
          const isRefused = last.kind === "unsent" && last.retry === undefined;
          refusals += isRefused ? 1 : 0;
          // One message may be what it refuses; after two of them it is the channel.
          if (state === "pending" && (!isRefused || refusals === MOST_REFUSALS)) down.add(channel.name);
        }
        if (!isHere(channel)) await write();
        if (down.has(channel.name) || time.left() <= 0) return;
      }
    };
    const todo = channels.filter(({ name }) => !skip.has(name));
    for (const channel of todo.filter(isHere)) await sendAll(channel);
    if (unwritten.size > 0) await write();
    const ends = await Promise.allSettled(todo.filter((channel) => !isHere(channel)).map(sendAll));
    await close(keys, entries);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return { delivered, down };
  }

  /** Nothing is left to do of some: they are looked at no more. */
  async function close(keys: readonly string[], entries: ReadonlyMap<string, Entry>): Promise<void> {
    const over = keys.filter((key) => {
      const entry = entries.get(key);
      return entry === undefined || isOver(entry, names);
    });
    if (over.length === 0) return;
    await outbox.change((state) => ({ ...state, open: state.open.filter((key) => !over.includes(key)) }));
  }
}

/** What the ledger hears of a message that was sent, or may have been. */
export function sentEvent(
  { key, message }: Letter,
  { name: channel }: Channel,
  outcome: "sent" | "unknown",
  detail: string,
) {
  const night = "night" in message ? message.night : null;
  return { event: "sent", night, key, message: message.kind, channel, outcome, detail } as const;
}
