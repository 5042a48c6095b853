import type { LedgerEvent } from "../ledger/events.ts";
import { knownProduction, lastSeen } from "../ledger/known-production.ts";
import { lastDeed } from "../ledger/last-deed.ts";
import type { LedgerFiles } from "../ledger/newest-event.ts";
import { nightOfVersion } from "../ledger/night-of-version.ts";
import type { AskedRegistry } from "../tracking/ask-registry.ts";
import { registeredVersion } from "../tracking/registered-version.ts";
import { daysFrom, today } from "../workspace/night.ts";
import type { Status } from "./format.ts";

/**
 * The version in production: as the registry has it, or, where that can't be asked, as the ledger knew it last, by what churn has put
 * there and what the nights have seen there.
 *
 * @param events  as `lastSeen` takes them
 * @throws as `lastDeed`
 */
export async function productionNow(
  { versions, current }: AskedRegistry,
  events: readonly LedgerEvent[],
  {
    place,
    model,
    timezone,
    now,
  }: { readonly place: LedgerFiles; readonly model: string; readonly timezone: string; readonly now: Date },
): Promise<Status["production"]> {
  if (current === null) return null;
  const age = (date: string) => daysFrom(date, today(timezone, now));
  const found = versions?.find(({ version }) => version === current);
  if (found !== undefined) {
    const { version, night, createdAt, promotedAt: since, promotedBy: by } = registeredVersion(found);
    const age_days = age(night?.slice(0, 10) ?? today(timezone, createdAt));
    return { version, night, age_days, since: since?.toISOString() ?? null, by, told_by: "registry" };
  }
  const seen = lastSeen(events, { model, now });
  const known = knownProduction(seen, await lastDeed(place, model, seen?.at));
  if (known === undefined) return null;
  const { version, deed } = known;
  const registered = events.findLast(
    (event) => event.event === "registered" && event.model === model && event.version === version,
  );
  const night = registered?.night ?? (await nightOfVersion(place, model, version)) ?? null;
  const age_days = night === null ? null : age(night.slice(0, 10));
  return { version, night, age_days, since: deed?.promoted_at ?? null, by: deed?.by ?? null, told_by: "ledger" };
}
