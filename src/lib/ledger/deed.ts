import { hostname } from "node:os";
import type { Store } from "../store/store.ts";
import type { Promotion } from "../tracking/promote.ts";
import { startId } from "../workspace/run-id.ts";
import { oweCopy, shareCopies } from "./copies.ts";
import type { LedgerWriter, NewEvent } from "./writer.ts";

/**
 * Does what a person has asked for, as a start of its own in the ledger: what is told meanwhile belongs to it, and others see it where
 * the store is shared. Call it while holding the store.
 */
export async function asDeed<T>(
  place: { readonly ledger: LedgerWriter; readonly store: Store; readonly root: string },
  work: () => Promise<T>,
): Promise<T> {
  const run = startId(new Date());
  place.ledger.run = run;
  await oweCopy(place, run);
  const done = await work();
  await shareCopies(place, run);
  return done;
}

/** @param despiteHold  whether it was in the days after a rollback */
export function promotedEvent(
  model: string,
  { version, replaced, promotedBy: by, promotedAt, reason }: Promotion,
  despiteHold: boolean,
): NewEvent {
  const moved = { version, promoted_at: promotedAt, replaced: [...replaced], reason };
  return { event: "promoted", night: null, model, by, host: hostname(), ...moved, despite_hold: despiteHold };
}

/** @param holdSeconds  register.hold */
export function rolledBackEvents(
  model: string,
  { version, replaced, promotedBy: by, promotedAt, reason }: Promotion,
  holdSeconds: number,
): readonly NewEvent[] {
  const deed = { night: null, model, by, host: hostname() };
  const until = new Date(Date.parse(promotedAt) + holdSeconds * 1000).toISOString();
  return [
    { event: "rolled_back", ...deed, version, promoted_at: promotedAt, replaced: [...replaced], reason },
    ...replaced.flatMap((out): NewEvent[] => [
      { event: "rejected", ...deed, version: out, reason },
      ...(holdSeconds > 0 ? [{ event: "held", ...deed, version: out, until } as const] : []),
    ]),
  ];
}
