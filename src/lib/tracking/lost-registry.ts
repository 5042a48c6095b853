import type { ComparisonReport } from "../compare/report.ts";
import { UsageError } from "../errors.ts";
import type { LedgerEvent } from "../ledger/events.ts";
import { knownProduction, lastDeedIn, lastSeen } from "../ledger/known-production.ts";
import { productionVersion } from "./production.ts";
import type { RegistrationReport } from "./registration.ts";
import { tags } from "./tags.ts";
import type { ModelVersion, Tracking } from "./tracking.ts";
import type { Via } from "./via.ts";

/** What the newest decided earlier night left. */
interface Earlier {
  readonly comparison: ComparisonReport;
  readonly registration: RegistrationReport;
}

/**
 * Refuses a registry that has lost what an earlier night saw there: behind a mistyped address every model looks like the
 * first one. Versions that were deleted since are no loss.
 *
 * @param versions  of register.model, newest first
 * @param earlier   undefined while no earlier night is decided
 * @param model     register.model
 * @param date      the night's, for the command that goes on all the same
 * @param via       register.via
 * @throws {UsageError} when it is another registry, or an emptied one, or has no Production although it had
 */
export async function refuseLostRegistry(
  tracking: Pick<Tracking, "registryUri" | "highestVersion">,
  versions: readonly ModelVersion[],
  earlier: Earlier | undefined,
  { model, date, via }: { readonly model: string; readonly date: string; readonly via: Via },
): Promise<void> {
  if (earlier === undefined) return;
  const { registration, comparison } = earlier;
  const where = placeOf(tracking);
  const hint = hintFor(registration.name === model ? "tracking.uri" : `register.model (${model})`, date);
  const known = Math.max(registration.version ?? 0, comparison.production?.version ?? 0);
  if (!holdsProduction(versions, comparison) && (await tracking.highestVersion(model)) < known) {
    throw new UsageError(
      `${where} has no version ${known} of ${registration.name}, which an earlier night saw there`,
      hint,
    );
  }
  if (comparison.production !== null && productionVersion(versions, via) === undefined) {
    throw new UsageError(
      `${where} has no Production version of ${registration.name}, but version ${comparison.production.version} was there on an earlier night`,
      hint,
    );
  }
}

/**
 * Likewise by what the ledger tells, which knows of nights and promotions of the same date too: a registry that was emptied after the very
 * first night has no earlier one that saw anything. Of a registry that has something in production nothing is asked.
 *
 * @param events  those that tell of production (HISTORY_KINDS)
 * @throws {UsageError} when it has never given out a number that is known
 */
export async function refuseForgottenVersions(
  tracking: Pick<Tracking, "registryUri" | "highestVersion">,
  versions: readonly ModelVersion[],
  events: () => Promise<readonly LedgerEvent[]>,
  { model, date, via, now }: { readonly model: string; readonly date: string; readonly via: Via; readonly now: Date },
): Promise<void> {
  if (productionVersion(versions, via) !== undefined) return;
  const told = await events();
  const seen = lastSeen(told, { model, now });
  const production = knownProduction(seen, lastDeedIn(told, model));
  const known = Math.max(seen?.registered ?? 0, seen?.version ?? 0, production?.version ?? 0);
  if ((await tracking.highestVersion(model)) >= known) return;
  throw new UsageError(
    `${placeOf(tracking)} has no version ${known} of ${model}, of which the ledger tells`,
    hintFor("tracking.uri", date),
  );
}

function placeOf({ registryUri }: Pick<Tracking, "registryUri">): string {
  return `the registry at ${registryUri}`;
}

function hintFor(suspect: string, date: string): string {
  return `is ${suspect} right? If the registry was emptied on purpose: churn run-all --date ${date} --accept-empty-registry`;
}

/** Whether the very model that was in production then is still there, in whatever stage. */
function holdsProduction(versions: readonly ModelVersion[], { production }: ComparisonReport): boolean {
  if (production === null) return false;
  const now = versions.find(({ version }) => version === production.version);
  if (now === undefined) return false;
  const digest = now.tag(tags.modelDigest);
  return digest === undefined || production.model_digest === null || digest === production.model_digest;
}
