import { UsageError } from "../errors.ts";
import { isChurns } from "./registered-content.ts";
import { isRejected } from "./rejection.ts";
import { aliases } from "./tags.ts";
import type { ModelVersion } from "./tracking.ts";
import { byAlias, byStage, type Via } from "./via.ts";

type Placed = Pick<ModelVersion, "stage" | "aliases">;

/**
 * The version in production, or undefined: that in stage Production, that with the alias champion, or the one that both name.
 * Two promotions at once, or one cut short, may leave several in the stage for a moment: then the highest number counts, which
 * is the one that promotions converge on.
 *
 * @throws {UsageError} when stage and alias name two, as after a promotion that was cut short, or a change in MLflow's pages
 */
export function productionVersion(versions: readonly ModelVersion[], via: Via): ModelVersion | undefined {
  const { stage, alias } = namedProduction(versions, via);
  if (stage === undefined || alias === undefined || stage.version === alias.version) return stage ?? alias;
  throw new UsageError(
    `two versions of ${stage.name} are in production: version ${stage.version} by its stage Production, version ${alias.version} by its alias ${aliases.champion}`,
    settling(stage, alias),
  );
}

/**
 * What stage and alias name, each by itself; undefined where one names none, or isn't read. An alias that was left on a version
 * in Archived, with none in Production, names none: the stage was taken away from it.
 */
export function namedProduction(
  versions: readonly ModelVersion[],
  via: Via,
): { readonly stage: ModelVersion | undefined; readonly alias: ModelVersion | undefined } {
  const stage = byStage(via) ? highest(versions.filter((one) => one.stage === "Production")) : undefined;
  const alias = byAlias(via) ? versions.find((one) => one.aliases.includes(aliases.champion)) : undefined;
  const isLeft = byStage(via) && stage === undefined && alias?.stage === "Archived";
  return { stage, alias: isLeft ? undefined : alias };
}

/** Every version that is in production in some way, newest first: more than one where something was cut short. */
export function allInProduction(versions: readonly ModelVersion[], via: Via): readonly ModelVersion[] {
  const { stage, alias } = namedProduction(versions, via);
  return stage === undefined && alias === undefined ? [] : versions.filter((one) => isInProduction(one, via));
}

/** Whether stage or alias say so. */
export function isInProduction({ stage, aliases: named }: Placed, via: Via): boolean {
  return (byStage(via) && stage === "Production") || (byAlias(via) && named.includes(aliases.champion));
}

/** Whether the version is the candidate: in Staging, or with the alias challenger. */
export function isCandidate({ stage, aliases: named }: Placed, via: Via): boolean {
  return (byStage(via) && stage === "Staging") || (byAlias(via) && named.includes(aliases.challenger));
}

/**
 * Whether a promotion takes the version. Where stages count, one of churn's in no stage is an attempt that was cut short; one that
 * somebody else registered is as whole as it will be. Aliases alone tell nothing of that, and what a promotion takes is checked anyway.
 */
export function isPromotable(version: ModelVersion, via: Via): boolean {
  return !byStage(via) || version.stage !== "None" || !isChurns(version) || (byAlias(via) && isNamed(version));
}

function isNamed({ aliases: named }: Placed): boolean {
  return named.includes(aliases.challenger) || named.includes(aliases.champion);
}

function highest(versions: readonly ModelVersion[]): ModelVersion | undefined {
  return versions.reduce<ModelVersion | undefined>(
    (best, one) => (best === undefined || one.version > best.version ? one : best),
    undefined,
  );
}

/** A rollback that was cut short has rejected what it takes out already. */
function settling(stage: ModelVersion, alias: ModelVersion): readonly string[] {
  for (const [taken, back] of [
    [alias, stage],
    [stage, alias],
  ] as const) {
    if (isRejected(taken) && !isRejected(back))
      return [`a rollback was cut short, and the same again finishes it: churn rollback --to ${back.version}`];
  }
  return [
    `to have version ${stage.version}, also where its promotion was cut short: churn promote --version ${stage.version}`,
    `to have version ${alias.version}: churn promote --version ${alias.version}`,
  ];
}
