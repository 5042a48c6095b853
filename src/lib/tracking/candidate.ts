import type { ComparisonReport } from "../compare/report.ts";
import { InputError } from "../errors.ts";
import { isPromotable, productionVersion } from "./production.ts";
import { contentDigest } from "./registered-content.ts";
import { aliases, tags } from "./tags.ts";
import type { ModelStage, ModelVersion, NewModelVersion, Tracking } from "./tracking.ts";
import { byAlias, byStage, isSaid, type Via, wayOf } from "./via.ts";

/**
 * Registers a candidate: a version is made, checked, and put into Staging, with the alias challenger; older candidates go to
 * Archived, so that one is open at a time. Repeated after a failure it goes on with the version that is there.
 *
 * @param candidate.check      throws when the registered files are not what they should be; the version then stays out of Staging
 * @param candidate.archiving  hears of the older candidates before they are archived, so that a repetition can still name them
 * @param registry.versions    of the model, as they were just now
 * @param registry.via         register.via
 * @returns the version's number, and its stage, null where it has an alias alone
 */
export async function registerCandidate(
  tracking: Tracking,
  candidate: NewModelVersion & {
    check(version: ModelVersion): Promise<void>;
    archiving(older: readonly number[]): Promise<void>;
  },
  { versions, via }: { readonly versions: readonly ModelVersion[]; readonly via: Via },
): Promise<{ readonly version: number; readonly stage: ModelStage | null }> {
  const { check, archiving, ...version } = candidate;
  const made = await tracking.createModelVersion(version);
  const missing = Object.entries(version.tags).filter(([key, value]) => made.tag(key) !== value);
  if (missing.length > 0) await tracking.setModelVersionTags(made.name, made.version, Object.fromEntries(missing));
  await check(made);
  const older = versions.filter((one) => one.stage === "Staging" && one.version !== made.version);
  const intoStaging = async () => {
    await archiving(older.map((one) => one.version));
    for (const one of older) await tracking.transitionStage(made.name, one.version, "Archived");
    await tracking.transitionStage(made.name, made.version, "Staging");
  };
  const staged = byStage(via) && (await isSaid(via, intoStaging));
  const asChallenger = () => tracking.setAlias(made.name, aliases.challenger, made.version);
  if (byAlias(via)) await isSaid(staged ? via : "aliases", asChallenger);
  return { version: made.version, stage: staged ? "Staging" : null };
}

interface VersionOrigin {
  readonly workspaceId: string;
  readonly night: string;
  readonly judged: ComparisonReport["new"];
  /** customers that trained it */
  readonly rows: number;
}

/**
 * What a version says of itself: where it is from, what its model scored that night, and what it holds.
 *
 * @param files  of the model folder, as they are registered
 */
export function candidateTags(
  origin: VersionOrigin,
  files: ReadonlyMap<string, Uint8Array>,
): Readonly<Record<string, string>> {
  return { ...originTags(origin), [tags.contentDigest]: contentDigest(files, origin.judged.threshold) };
}

/** Those of the tags that its night's own records say. */
export function originTags({ workspaceId, night, judged, rows }: VersionOrigin): Readonly<Record<string, string>> {
  const { f1, auc_roc } = judged.metrics;
  return {
    [tags.workspace]: workspaceId,
    [tags.night]: night,
    [tags.modelDigest]: judged.model_digest,
    [tags.threshold]: String(judged.threshold),
    [tags.f1]: String(f1),
    ...(typeof auc_roc === "number" ? { [tags.aucRoc]: String(auc_roc) } : {}),
    [tags.rows]: String(rows),
  };
}

/**
 * The version of another run that holds this very model, or undefined. One that nobody could promote is none: it is in no stage,
 * be it an attempt that was cut short or one that somebody put there.
 */
export function twinOf(
  versions: readonly ModelVersion[],
  { digest, runId, via }: { readonly digest: string; readonly runId: string; readonly via: Via },
): ModelVersion | undefined {
  const way = wayOf(via, versions);
  return versions.find((one) => one.runId !== runId && isPromotable(one, way) && one.tag(tags.modelDigest) === digest);
}

/**
 * A verdict holds for the model that it was given on.
 *
 * @throws {InputError} when Production is no longer the version that compare judged
 */
export function requireComparedProduction(
  versions: readonly ModelVersion[],
  comparison: ComparisonReport,
  { model, date, via }: { readonly model: string; readonly date: string; readonly via: Via },
): void {
  const production = productionVersion(versions, via)?.version ?? null;
  const compared = comparison.production?.version ?? null;
  if (production === compared) return;
  throw new InputError(
    `Production of ${model} is ${production === null ? "empty" : `version ${production}`} now, but compare judged ${compared === null ? "none" : `version ${compared}`}`,
    `churn compare --date ${date}`,
  );
}
