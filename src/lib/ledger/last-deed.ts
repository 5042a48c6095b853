import type { EventOf, LedgerEvent } from "./events.ts";
import { type LedgerFiles, newestEvent } from "./newest-event.ts";

/** A version that was put into production by churn. */
export type Deed = EventOf<"promoted" | "rolled_back">;

/**
 * The last promotion or rollback that is told, in the workspace's ledger or by another folder's start on the same store.
 *
 * @param model  register.model
 * @param since  ISO 8601: of others the later ones alone are looked for; by default all
 * @returns undefined where there is none
 * @throws as `newestEvent`
 */
export async function lastDeed(place: LedgerFiles, model: string, since?: string): Promise<Deed | undefined> {
  return await newestEvent(place, {
    isWanted: (line) => line.includes('"event":"promoted"') || line.includes('"event":"rolled_back"'),
    isIt: (event: LedgerEvent): event is Deed => isDeed(event, model),
    ...(since === undefined ? {} : { since }),
  });
}

/** @param model  register.model */
export function isDeed(event: LedgerEvent, model: string): event is Deed {
  return (event.event === "promoted" || event.event === "rolled_back") && event.model === model;
}
