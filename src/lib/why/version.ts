import { UsageError } from "../errors.ts";
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
  const registered = events.findLast(
    (event) => event.event === "registered" && event.model === model && event.version === version,
  );
  const found = registry.versions?.find((one) => one.version === version);
  if (found === undefined && registered === undefined) throw unknownVersion(model, version, registry);
  const night = nightOf(place, model, version, found) ?? registered?.night;
  if (night == null)
    throw new UsageError(
      `version ${version} of ${model} was registered by something else than a night of churn's`,
      "churn models shows what is known of it",
    );
  const periods = productionPeriods(events, { model, ...registry, now });
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

/** @throws {UsageError} when it is another workspace's */
function nightOf(place: LedgerPlace, model: string, version: number, found: ModelVersion | undefined) {
  const workspace = found?.tag(tags.workspace);
  if (workspace !== undefined && workspace !== place.workspaceId)
    throw new UsageError(
      `version ${version} of ${model} was made by a night of another workspace, ${workspace}`,
      "churn models shows what is known of it",
    );
  return found?.tag(tags.night);
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
