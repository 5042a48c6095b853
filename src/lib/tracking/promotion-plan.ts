import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { allInProduction, isInProduction, isPromotable, namedProduction } from "./production.ts";
import { requireRegisteredContent } from "./registered-content.ts";
import { rejectionOf } from "./rejection.ts";
import { tags } from "./tags.ts";
import type { ModelVersion, Tracking } from "./tracking.ts";
import { byAlias, byStage, type Via, type Way, wayOf } from "./via.ts";

/** A registered model, and how its registry says what is in production. */
export type Registry = Pick<Config["register"], "model" | "via">;

/** A sentence names so many versions, the newest ones. */
const NAMED = 5;

/** What a promotion would do, for the question that comes before it. */
export interface PromotionPlan {
  readonly version: ModelVersion;
  /** register.via */
  readonly via: Via;
  /** how the registry says what is in production now */
  readonly way: Way;
  /** versions that leave production, newest first */
  readonly replaces: readonly ModelVersion[];
  /**
   * `promote`: a candidate, one that made way for a newer one too. `roll back`: a version that was in production before.
   * `finish`: a promotion that was cut short goes on.
   */
  readonly kind: "promote" | "roll back" | "finish";
}

/**
 * Says what promoting the version means, or why it can't be.
 *
 * @param force  takes a version that a rollback has rejected
 * @throws {UsageError} when there is no such version, it is in production already, in a stage that nothing is promoted from,
 *                      or rejected
 * @throws {InputError} when it isn't what was registered
 */
export async function planPromotion(
  tracking: Tracking,
  { model, via }: Registry,
  number: number,
  { force = false } = {},
): Promise<PromotionPlan> {
  const versions = await tracking.modelVersions(model);
  const version = versions.find((candidate) => candidate.version === number);
  if (version === undefined) throw unknownVersion(tracking, model, number, versions);
  const way = wayOf(via, versions);
  const replaces = allInProduction(versions, way).filter((other) => other !== version);
  const subject = `${model} version ${number}`;
  if (isInProduction(version, way)) {
    const { stage, alias } = namedProduction(versions, way);
    const settled = (!byStage(way) || stage === version) && (!byAlias(way) || alias === version);
    if (replaces.length === 0 && settled) throw new UsageError(`${subject} is in Production already`, "churn models");
  } else if (!isPromotable(version, way)) {
    throw new UsageError(
      `${subject} is in no stage yet: register puts a version into Staging`,
      `what can be promoted: ${promotable(versions, way)}`,
    );
  }
  const rejection = force ? undefined : rejectionOf(version);
  if (rejection !== undefined) {
    throw new UsageError(
      `${subject} was rejected${rejection.by === null ? "" : ` by ${rejection.by}`}: ${rejection.reason}`,
      `to promote it all the same: churn promote --version ${number} --force`,
    );
  }
  const plan = { version, via, way, replaces };
  if (byStage(way) && version.stage === "Production") return { ...plan, kind: "finish" };
  await requireRegisteredContent(tracking, version);
  return { ...plan, kind: wasInProduction(version) ? "roll back" : "promote" };
}

function unknownVersion(
  tracking: Tracking,
  model: string,
  number: number,
  versions: readonly ModelVersion[],
): UsageError {
  if (versions.length === 0) {
    return new UsageError(
      `${model} has no versions in ${tracking.registryUri}`,
      "churn run-all makes one and registers it",
    );
  }
  return new UsageError(
    `${model} has no version ${number}; it has ${newest(versions.map(({ version }) => String(version)))}`,
    "churn models",
  );
}

function promotable(versions: readonly ModelVersion[], way: Way): string {
  const able = versions.filter((one) => isPromotable(one, way) && !isInProduction(one, way));
  if (able.length === 0) return "no version at the moment (one in Staging or Archived)";
  return newest(able.map(({ version, stage }) => `version ${version} (${stage})`));
}

/** A list of versions for a sentence: after a year there are hundreds. */
function newest(versions: readonly string[]): string {
  const named = versions.slice(0, NAMED);
  return `${named.join(", ")}${versions.length > named.length ? " and older ones" : ""}`;
}

/** By churn's promotion, or by a promotion elsewhere that churn then took back. */
export function wasInProduction({ tag }: ModelVersion): boolean {
  return tag(tags.promotedAt) !== undefined || tag(tags.productionUntil) !== undefined;
}
