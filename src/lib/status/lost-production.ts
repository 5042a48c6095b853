import type { LedgerEvent } from "../ledger/events.ts";
import { knownProduction, lastSeen } from "../ledger/known-production.ts";
import { lastDeed } from "../ledger/last-deed.ts";
import type { LedgerFiles } from "../ledger/newest-event.ts";
import type { AskedRegistry } from "../tracking/ask-registry.ts";
import { wallClock } from "../workspace/timezone.ts";
import type { Status } from "./format.ts";

type Lost = NonNullable<Status["lost"]>;

/**
 * What the ledger knows to have been in production, where the registry answers and has nothing there: it was emptied, or is another one
 * behind the same address, or a version was taken out of production by other means than churn's.
 *
 * @param events  as `lastSeen` takes them
 * @returns undefined where nothing is lost, and where the registry can't be asked
 * @throws as `lastDeed`
 */
export async function lostProduction(
  { versions, current }: AskedRegistry,
  events: readonly LedgerEvent[],
  { place, model, now }: { readonly place: LedgerFiles; readonly model: string; readonly now: Date },
): Promise<Lost | undefined> {
  if (versions === undefined || current !== null) return undefined;
  const seen = lastSeen(events, { model, now });
  const known = knownProduction(seen, await lastDeed(place, model, seen?.at));
  if (known === undefined) return undefined;
  const { version, deed } = known;
  return { version, since: deed?.promoted_at ?? null, by: deed?.by ?? null };
}

/**
 * The same as half a sentence, for people.
 *
 * @param registry.versions  how many the registry knows of the model
 */
export function lostSentence(
  { version, since }: Pick<Lost, "version" | "since">,
  { model, versions, timezone }: { readonly model: string; readonly versions: number; readonly timezone: string },
): string {
  const was =
    since === null
      ? "was in production on the newest night"
      : `was put into production on ${wallClock(timezone, new Date(since)).date}`;
  const has = versions === 0 ? `knows no version of ${model}` : "has nothing in production";
  return `version ${version} ${was}, but the registry ${has}`;
}
