import type { ComparisonReport } from "../compare/report.ts";
import { UsageError } from "../errors.ts";
import { productionVersion } from "./production.ts";
import type { RegistrationReport } from "./registration.ts";
import type { ModelVersion, Tracking } from "./tracking.ts";

/**
 * Refuses a registry that has lost what an earlier night saw there: behind a mistyped address every model looks like the
 * first one.
 *
 * @param earlier  the newest decided earlier night, or undefined while there is none
 * @param model    register.model
 * @param date     the night's, for the command that goes on all the same
 * @throws {UsageError} when its version, or the production of that time, is gone
 */
export function refuseLostRegistry(
  tracking: Pick<Tracking, "uri">,
  versions: readonly ModelVersion[],
  earlier: { readonly comparison: ComparisonReport; readonly registration: RegistrationReport } | undefined,
  { model, date }: { readonly model: string; readonly date: string },
): void {
  if (earlier === undefined) return;
  const { registration, comparison } = earlier;
  const known = [registration.version, comparison.production?.version ?? null].filter((version) => version !== null);
  const lost = known.find((version) => !versions.some((one) => one.version === version));
  const where = `the registry at ${tracking.uri}`;
  const suspect = registration.name === model ? "tracking.uri" : `register.model (${model})`;
  const hint = `is ${suspect} right? If the registry was emptied on purpose: churn run-all --date ${date} --accept-empty-registry`;
  if (lost !== undefined)
    throw new UsageError(
      `${where} has no version ${lost} of ${registration.name}, which an earlier night saw there`,
      hint,
    );
  if (comparison.production !== null && productionVersion(versions) === undefined) {
    throw new UsageError(
      `${where} has no Production version of ${registration.name}, but version ${comparison.production.version} was there on an earlier night`,
      hint,
    );
  }
}
