import { UsageError } from "../errors.ts";
import type { EventOf, LedgerEvent } from "../ledger/events.ts";
import { HISTORY_KINDS, type ProductionPeriod, productionPeriods } from "../ledger/history.ts";
import { type LedgerPlace, readLedger } from "../ledger/read.ts";
import type { AskedRegistry } from "../tracking/ask-registry.ts";
import { registeredVersion } from "../tracking/registered-version.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion } from "../tracking/tracking.ts";
import type { Why } from "./format.ts";

/** A version's night, and what became of it since. */
export interface VersionLife {
  /** the night that registered it */
  readonly night: string;
  readonly life: NonNullable<Why["version"]>;
}

/**
 * What became of a version, by the ledger and the registry's tags.
 *
 * @param registry  that can't be asked, too: the ledger knows of what churn has done
 * @throws {UsageError} when there is no such version, or no night of this workspace made it
 * @throws as `readLedger`
 */
export async function lifeOfVersion(
  place: LedgerPlace,
  { model, version }: { readonly model: string; readonly version: number },
  registry: AskedRegistry,
  now: Date,
): Promise<VersionLife> {
  const { events } = await readLedger(place, { kinds: HISTORY_KINDS, now });
  const found = registry.versions?.find((one) => one.version === version);
  const made = found === undefined ? undefined : nightOf(place, model, version, found);
  const { registered, since } = ofRegistration(events, { model, version, night: made });
  if (found === undefined && registered === undefined) throw unknownVersion(model, version, registry);
  const night = made ?? registered?.night;
  if (night == null)
    throw new UsageError(
      `version ${version} of ${model} was registered by something else than a night of churn's`,
      "churn models shows what is known of it",
    );
  const periods = productionPeriods(since, { model, ...registry, now });
  const own = periods.filter((one) => one.version === version);
  const rejection = found === undefined ? null : registeredVersion(found).rejection;
  return {
    night,
    life: {
      version,
      stage: found?.stage ?? null,
      periods: own,
      replaced_by: successorOf(periods, own.at(-1)),
      rejected: rejection && { ...rejection, at: rejection.at?.toISOString() ?? null },
    },
  };
}

/**
 * The registration that is meant, and what is told while it held: in a registry that was emptied the same number is given out anew, and
 * what became of the version that had it before is none of this one's.
 *
 * @param events  in their order
 * @param night   that made the version, as the registry says it; undefined where that isn't known: then the last one is meant
 */
function ofRegistration(
  events: readonly LedgerEvent[],
  { model, version, night }: { readonly model: string; readonly version: number; readonly night: string | undefined },
): { readonly registered: EventOf<"registered"> | undefined; readonly since: readonly LedgerEvent[] } {
  const all = events.filter(
    (event): event is EventOf<"registered"> =>
      event.event === "registered" && event.model === model && event.version === version,
  );
  const registered = night === undefined ? all.at(-1) : all.findLast((one) => one.night === night);
  // A number that was given out once has one story, in whatever order clocks have put it.
  if (all.length === 0 || (all.length === 1 && registered !== undefined)) return { registered, since: events };
  // One that the ledger doesn't know was registered elsewhere: the registry's tags have what is known of it.
  if (registered === undefined) return { registered, since: [] };
  const next = all[all.indexOf(registered) + 1];
  const end = next === undefined ? events.length : events.indexOf(next);
  return { registered, since: events.slice(events.indexOf(registered), end) };
}

/** @throws {UsageError} when it is another workspace's */
function nightOf(place: LedgerPlace, model: string, version: number, found: ModelVersion) {
  const workspace = found.tag(tags.workspace);
  if (workspace !== undefined && workspace !== place.workspaceId)
    throw new UsageError(
      `version ${version} of ${model} was made by a night of another workspace, ${workspace}`,
      "churn models shows what is known of it",
    );
  return found.tag(tags.night);
}

/** What took its place at the moment at which it left. */
function successorOf(periods: readonly ProductionPeriod[], last: ProductionPeriod | undefined): number | null {
  if (last === undefined || last.is_current) return null;
  const left = last.to ?? last.to_before;
  return periods.find((one) => left !== null && (one.from === left || one.seen === left))?.version ?? null;
}

function unknownVersion(model: string, version: number, { versions }: AskedRegistry): UsageError {
  return versions === undefined
    ? new UsageError(
        `the ledger knows of no version ${version} of ${model}, and the registry can't be asked`,
        "churn doctor says why",
      )
    : new UsageError(`there is no version ${version} of ${model}`, "churn models --all shows those that are there");
}
