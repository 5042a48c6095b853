import type { EventOf, LedgerEvent } from "./events.ts";
import { type LedgerFiles, newestEvent } from "./newest-event.ts";

/**
 * The night that registered a version, as the workspace's ledger tells it, or another folder's run on the same store.
 *
 * @param model   register.model
 * @param before  ISO 8601: by then it was there; a registry that was emptied gives out the same number anew
 * @returns undefined where neither does
 * @throws as `newestEvent`
 */
export async function nightOfVersion(
  place: LedgerFiles,
  model: string,
  version: number,
  before?: string,
): Promise<string | undefined> {
  const found = await newestEvent(place, {
    isWanted: (line) => line.includes('"event":"registered"') && line.includes(`"version":${version}`),
    isIt: (event: LedgerEvent): event is EventOf<"registered"> =>
      event.event === "registered" &&
      event.model === model &&
      event.version === version &&
      (before === undefined || event.time < before),
    isUnique: true,
  });
  return found?.night;
}
