import { closest } from "../cli/suggestions.ts";
import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import type { Stage } from "../stage/define.ts";

/**
 * The stages of the pipeline that a run looks at, in order: all up to --to.
 *
 * @throws {UsageError} when --from or --to is no stage, or they are the wrong way round
 */
export function selectStages(
  pipeline: readonly Stage[],
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): readonly Stage[] {
  const names = pipeline.map(({ name }) => name);
  requireStages(pipeline, { "--from": from, "--to": to });
  const last = to === undefined ? names.length - 1 : names.indexOf(to);
  if (from !== undefined && names.indexOf(from) > last)
    throw new UsageError(`--from ${from} comes after --to ${to}`, `the stages are ${names.join(", ")}`);
  return pipeline.slice(0, last + 1);
}

/** @throws {UsageError} when run.stages in churn.yaml limits a stage that isn't there */
export function requireLimitedStages(pipeline: readonly Stage[], { stages }: Pick<Config["run"], "stages">): void {
  for (const name of Object.keys(stages)) requireStages(pipeline, { "run.stages in churn.yaml:": name });
}

function requireStages(pipeline: readonly Stage[], named: Readonly<Record<string, string | undefined>>): void {
  const names = pipeline.map(({ name }) => name);
  for (const [place, name] of Object.entries(named)) {
    if (name === undefined || names.includes(name)) continue;
    const meant = closest(name, names);
    throw new UsageError(
      `${place} ${name}: there is no such stage`,
      meant === undefined ? `the stages are ${names.join(", ")}` : `did you mean ${meant}?`,
    );
  }
}
