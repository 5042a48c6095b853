import { hostname } from "node:os";
import { secondsOf } from "../config/duration.ts";
import type { ChannelName, NotifySettings } from "../config/notify-section.ts";
import type { NewEvent } from "../ledger/writer.ts";
import { type Channel, isHere } from "../notify/channel.ts";
import { commandAt } from "../notify/compose.ts";
import { deliver } from "../notify/deliver.ts";
import { dueChannels } from "../notify/due.ts";
import type { Letter } from "../notify/letter.ts";
import { type Message, message as messageSchema } from "../notify/message.ts";
import { nextCommands } from "../notify/next.ts";
import type { Delivery } from "../notify/outbox/format.ts";
import { sentEvent } from "../notify/sending.ts";
import { redactSentences } from "../workspace/redact.ts";
import type { News, ToldFinding } from "./once.ts";
import type { WatchdogState } from "./state.ts";

type WatchdogMessage = Extract<Message, { kind: "watchdog" }>;

/** What was found, as the team is told of it. @param folder  the workspace's */
export function messageOf(findings: readonly ToldFinding[], folder: string): WatchdogMessage {
  return {
    kind: "watchdog",
    findings: findings.map(({ subject: _, ...finding }) => finding),
    workspace: folder,
    host: hostname(),
  };
}

export interface Telling {
  readonly channels: readonly Channel[];
  readonly settings: NotifySettings;
  /** what is sent to others, instead of what is written down here */
  readonly outgoing: (letter: Letter) => Letter;
  readonly redact: (text: string) => string;
  readonly workspace: Letter["workspace"];
  /** the present moment: ISO 8601, in UTC */
  readonly at: () => string;
  /** keeps what was told so far */
  readonly keep: (state: WatchdogState) => void;
  readonly onTold: (event: Extract<NewEvent, { event: "sent" }>) => void;
}

/**
 * Tells the team of what is new, by all channels that hear of failures, in one message; without anything new, on those that have not got
 * the last one. What may have arrived isn't sent again, unless a second copy does no harm.
 *
 * It is written down before and after by `keep` alone, in the workspace: neither a run that holds the store nor a store that is down keeps
 * it from being told.
 *
 * @param key  of a new message
 * @returns    the state then, kept
 */
export async function tell(
  before: WatchdogState,
  { message, news, key }: { readonly message: WatchdogMessage; readonly news: News; readonly key: string },
  { channels, settings, outgoing, redact, workspace, at, keep, onTold }: Telling,
): Promise<WatchdogState> {
  const standing = [...news.standing];
  const isNew = news.fresh.length > 0;
  const told = isNew || before.letter === null ? undefined : before.letter;
  const letter: Letter = {
    key: told?.key ?? key,
    created_at: told?.created_at ?? at(),
    message: messageSchema.parse(redactSentences(message, redact)),
    workspace,
    host: hostname(),
    series: null,
    notes: [],
    tail: [],
    link: null,
    next: nextCommands(message).map((line) => redact(commandAt(workspace.folder, line))),
  };
  const begun = { at: at(), attempts: 0, detail: null, receipt: null, shown_in: null };
  const due = [...dueChannels(letter, settings, true).keys()];
  const deliveries: Partial<Record<ChannelName, Delivery>> = isNew
    ? Object.fromEntries(due.map((name) => [name, { state: "pending" as const, ...begun }]))
    : settled(before.channels);
  const state = (): WatchdogState => ({ standing, letter, channels: { ...deliveries } });
  const change = (name: ChannelName, delivery: Delivery) => {
    deliveries[name] = delivery;
    keep(state());
  };
  keep(state());

  const tellOn = async (channel: Channel) => {
    const { name, isRepeatable } = channel;
    const open = deliveries[name];
    if (open?.state !== "pending") return;
    if (!isRepeatable) change(name, { ...open, state: "sending", at: at() });
    const own = isHere(channel) ? letter : outgoing(letter);
    const { last, attempts } = await deliver(own, channel, secondsOf(settings.deadline));
    const count = { ...open, at: at(), attempts: open.attempts + attempts };
    if (last.kind === "sent") {
      const detail = redact(last.detail);
      change(name, { ...count, state: "sent", detail, receipt: last.receipt ? { ...last.receipt } : null });
      onTold(sentEvent(letter, channel, "sent", detail));
      return;
    }
    const detail = redact(last.reason);
    const isUnknown = last.kind === "unknown" && !isRepeatable;
    change(name, { ...count, state: isUnknown ? "unknown" : "pending", detail });
    if (isUnknown) onTold(sentEvent(letter, channel, "unknown", detail));
  };
  for (const channel of channels.filter(isHere)) await tellOn(channel);
  await Promise.all(channels.filter((channel) => !isHere(channel)).map(tellOn));
  return state();
}

/** Of what a watchdog that was killed had begun to send nobody knows whether it has arrived. */
function settled(channels: WatchdogState["channels"]): WatchdogState["channels"] {
  return Object.fromEntries(
    Object.entries(channels).map(([name, delivery]) => [
      name,
      delivery.state === "sending"
        ? { ...delivery, state: "unknown" as const, detail: "it was ended while it sent this" }
        : delivery,
    ]),
  );
}
