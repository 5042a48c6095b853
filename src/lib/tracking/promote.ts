import { ServiceError, UsageError } from "../errors.ts";
import { requireRegisteredContent } from "./registered-content.ts";
import { aliases, tags } from "./tags.ts";
import type { ModelVersion, Tracking } from "./tracking.ts";

/** A sentence names so many versions, the newest ones. */
const NAMED = 5;

/** What a promotion would do, for the question that comes before it. */
export interface PromotionPlan {
  readonly version: ModelVersion;
  /** versions that leave Production for Archived, newest first */
  readonly replaces: readonly ModelVersion[];
  /**
   * `promote`: a candidate, one that made way for a newer one too. `roll back`: a version that was in Production before.
   * `finish`: a promotion that was cut short goes on.
   */
  readonly kind: "promote" | "roll back" | "finish";
}

export interface Promotion {
  readonly version: number;
  readonly kind: PromotionPlan["kind"];
  /** numbers of the versions that went to Archived, newest first */
  readonly replaced: readonly number[];
  readonly promotedBy: string;
  /** ISO 8601 in UTC */
  readonly promotedAt: string;
}

/**
 * Says what promoting the version means, or why it can't be.
 *
 * @throws {UsageError} when there is no such version, it is in Production already, or in a stage that nothing is promoted from
 * @throws {InputError} when it isn't what was registered
 */
export async function planPromotion(tracking: Tracking, model: string, number: number): Promise<PromotionPlan> {
  const versions = await tracking.modelVersions(model);
  const version = versions.find((candidate) => candidate.version === number);
  if (version === undefined) throw unknownVersion(tracking, model, number, versions);
  const replaces = versions.filter(({ stage }) => stage === "Production").filter((other) => other !== version);
  if (version.stage === "Staging" || version.stage === "Archived") {
    await requireRegisteredContent(tracking, version);
    return {
      version,
      replaces,
      kind: version.stage === "Archived" && wasInProduction(version) ? "roll back" : "promote",
    };
  }
  if (version.stage === "Production") {
    const settled = replaces.length === 0 && version.aliases.includes(aliases.champion);
    if (!settled) return { version, replaces, kind: "finish" };
    throw new UsageError(`${model} version ${number} is in Production already`, "churn models");
  }
  throw new UsageError(
    `${model} version ${number} is in no stage yet: register puts a version into Staging`,
    `what can be promoted: ${promotable(versions)}`,
  );
}

/**
 * Puts the plan into effect. Killed between any two steps, the same promotion again finishes it: the alias champion moves
 * last and tells that all else is done. There is a version in Production at every moment.
 *
 * @param by  who promotes, for the version's tags
 * @throws {ServiceError} when somebody else promoted another version at the same time, and that one stays
 */
export async function promote(
  tracking: Tracking,
  plan: PromotionPlan,
  { by, at }: { readonly by: string; readonly at: Date },
): Promise<Promotion> {
  const { version, replaces, kind } = plan;
  const { name } = version;
  const promotedAt = at.toISOString();
  const leaveProduction = async (number: number) => {
    await tracking.setModelVersionTags(name, number, { [tags.productionUntil]: promotedAt });
    await tracking.transitionStage(name, number, "Archived");
  };

  await tracking.transitionStage(name, version.version, "Production");
  for (const former of replaces) await leaveProduction(former.version);
  await settle(tracking, version, leaveProduction);
  await tracking.setModelVersionTags(name, version.version, { [tags.promotedBy]: by, [tags.promotedAt]: promotedAt });
  if (version.aliases.includes(aliases.challenger)) await tracking.deleteAlias(name, aliases.challenger);
  await tracking.setAlias(name, aliases.champion, version.version);
  return {
    version: version.version,
    kind,
    replaced: replaces.map((former) => former.version),
    promotedBy: by,
    promotedAt,
  };
}

/**
 * MLflow has no compare-and-set: of two promotions at once, both versions may end up in Production. Whoever looks last sees
 * both, and all follow one rule: the highest number stays.
 */
async function settle(
  tracking: Tracking,
  { name, version }: ModelVersion,
  leaveProduction: (number: number) => Promise<void>,
): Promise<void> {
  const inProduction = async () =>
    (await tracking.modelVersions(name)).filter(({ stage }) => stage === "Production").map((one) => one.version);
  const found = await inProduction();
  const highest = Math.max(...found);
  for (const other of found) if (other !== highest) await leaveProduction(other);
  const now = found.length > 1 ? await inProduction() : found;
  if (now.length === 1 && now[0] === version) return;
  throw new ServiceError(
    `somebody else promoted at the same time: ${now.length === 0 ? "no version" : `version ${now.join(" and ")}`} of ${name} is in Production now, not version ${version}`,
    "churn models shows the stages",
  );
}

function unknownVersion(
  tracking: Tracking,
  model: string,
  number: number,
  versions: readonly ModelVersion[],
): UsageError {
  if (versions.length === 0) {
    return new UsageError(`${model} has no versions in ${tracking.uri}`, "churn run-all makes one and registers it");
  }
  return new UsageError(
    `${model} has no version ${number}; it has ${newest(versions.map(({ version }) => String(version)))}`,
    "churn models",
  );
}

function promotable(versions: readonly ModelVersion[]): string {
  const able = versions.filter(({ stage }) => stage === "Staging" || stage === "Archived");
  if (able.length === 0) return "no version at the moment (one in Staging or Archived)";
  return newest(able.map(({ version, stage }) => `version ${version} (${stage})`));
}

/** A list of versions for a sentence: after a year there are hundreds. */
function newest(versions: readonly string[]): string {
  const named = versions.slice(0, NAMED);
  return [...named, ...(versions.length > named.length ? ["older ones"] : [])].join(", ");
}

/** By churn's promotion, or by a promotion elsewhere that churn then took back. */
function wasInProduction({ tag }: ModelVersion): boolean {
  return tag(tags.promotedAt) !== undefined || tag(tags.productionUntil) !== undefined;
}
