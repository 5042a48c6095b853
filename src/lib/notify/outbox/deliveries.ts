import type { ChannelName } from "../../config/notify-section.ts";
import { spanOf } from "../backfill.ts";
import { isHere } from "../channel.ts";
import type { Letter } from "../letter.ts";
import { isShownOnTerminal } from "../terminal.ts";
import type { Undelivered } from "../undelivered.ts";
import { type Delivery, deliveriesOf, type Entry, withDeliveries } from "./format.ts";

/** Told anew by a person or a resumed run, the terminal and the file have it once more; nobody else has it twice. */
export function shownAgain(entry: Entry): Entry {
  return withDeliveries(entry, (name) => (isHere({ name }) ? { state: "pending" } : undefined));
}

/** Whether somebody hears of it: a failure that is told already goes into files alone. */
export function isHeard(entry: Entry): boolean {
  return deliveriesOf(entry).some(
    ([name, { state }]) =>
      state === "pending" && (name === "terminal" ? isShownOnTerminal(entry.letter.message) : !isHere({ name })),
  );
}

/** Whether nothing more is done about a delivery by itself. */
export function isEnded(state: Delivery["state"]): boolean {
  return state === "sent" || state === "unknown" || state === "given_up";
}

/** Whether nothing is left to do or to say of a message. A channel that is configured no more is told nothing. */
export function isOver(entry: Entry, names: ReadonlySet<ChannelName>): boolean {
  return deliveriesOf(entry).every(
    ([name, { state, shown_in }]) =>
      !names.has(name) || state === "kept" || state === "sent" || (isEnded(state) && shown_in !== null),
  );
}

/** Of which channels, and why, a message has not reached them. @param names  those that are configured */
export function undeliveredOf(entry: Entry, names: ReadonlySet<ChannelName>): Undelivered[] {
  return deliveriesOf(entry).flatMap(([channel, { state, detail, shown_in }]): Undelivered[] => {
    const { key } = entry.letter;
    const told = { key, channel, about: aboutOf(entry.letter), reason: detail ?? "it waits behind an older message" };
    if (!names.has(channel)) return [];
    if (state === "pending") return [{ ...told, state }];
    return (state === "unknown" || state === "given_up") && shown_in === null ? [{ ...told, state }] : [];
  });
}

/** "the night of 2026-11-23" */
export function aboutOf({ message }: Letter): string {
  if ("night" in message) return `the night of ${message.night}`;
  if (message.kind === "digest") return `the week before ${message.week}`;
  if (message.kind === "backfill") return `the backfill of ${spanOf(message)}`;
  if (message.kind === "watchdog") return "what the watchdog found";
  return message.kind === "test" ? "a test" : `version ${message.version}`;
}
