import { visibleLine } from "../cli/visible.ts";
import { ServiceError } from "../errors.ts";
import { namedProduction } from "./production.ts";
import type { PromotionPlan } from "./promotion-plan.ts";
import { aliases, tags } from "./tags.ts";
import type { ModelVersion, Tracking } from "./tracking.ts";
import { byAlias, byStage, isSaid, type Way } from "./via.ts";

/** Who does something to a version, when, and why, for its tags and its description. */
export interface Deed {
  readonly by: string;
  readonly at: Date;
  readonly reason?: string | undefined;
}

export interface Promotion {
  readonly version: number;
  readonly kind: PromotionPlan["kind"];
  /** how the registry says it now */
  readonly way: Way;
  /** numbers of the versions that left production, newest first */
  readonly replaced: readonly number[];
  readonly promotedBy: string;
  /** ISO 8601 in UTC */
  readonly promotedAt: string;
  readonly reason: string | null;
}

/** Of promotions at the same time each looks again so often; two need no more than a few. */
const LOOKS = 20;

/**
 * Puts the plan into effect. Killed between any two steps, the same promotion again finishes it: the alias champion moves
 * last and tells that all else is done. There is a version in production at every moment.
 *
 * @throws {ServiceError} when somebody else promoted another version at the same time, and that one stays
 */
export async function promote(tracking: Tracking, plan: PromotionPlan, deed: Deed): Promise<Promotion> {
  const { version, replaces, kind, via } = plan;
  const { name, version: number } = version;
  const promotedAt = deed.at.toISOString();

  const intoProduction = () => tracking.transitionStage(name, number, "Production");
  const staged = byStage(via) && (await isSaid(via, intoProduction));
  for (const former of replaces) {
    await tracking.setModelVersionTags(name, former.version, { [tags.productionUntil]: promotedAt });
    if (staged) await tracking.transitionStage(name, former.version, "Archived");
  }
  if (staged) await settleStage(tracking, version, promotedAt);
  await tracking.setModelVersionTags(name, number, {
    [tags.promotedBy]: deed.by,
    [tags.promotedAt]: promotedAt,
    ...reasonTag(version, deed),
  });
  await tracking.addToDescription(name, number, deedLine("Promoted", deed));
  const asChampion = async () => {
    if (version.aliases.includes(aliases.challenger)) await tracking.deleteAlias(name, aliases.challenger);
    await settleAlias(tracking, version, staged ? "both" : "aliases");
  };
  const named = byAlias(via) && (await isSaid(staged ? via : "aliases", asChampion));
  return {
    version: number,
    kind,
    way: staged && named ? "both" : staged ? "stages" : "aliases",
    replaced: replaces.map((former) => former.version),
    promotedBy: deed.by,
    promotedAt,
    reason: deed.reason ?? null,
  };
}

/** What a description says of it: "Promoted on 2026-11-23 by maria: fewer false alarms" */
export function deedLine(what: string, { by, at, reason }: Deed): string {
  return visibleLine(
    `${what} on ${at.toISOString().slice(0, 10)} by ${by}${reason === undefined ? "" : `: ${reason}`}`,
  );
}

/** A reason of an earlier promotion is none of this one. */
function reasonTag({ tag }: ModelVersion, { reason }: Deed): Readonly<Record<string, string>> {
  if (reason !== undefined) return { [tags.promotionReason]: reason };
  return tag(tags.promotionReason) === undefined ? {} : { [tags.promotionReason]: "none given" };
}

/**
 * MLflow has no compare-and-set: of two promotions at once, both versions may end up in Production, or each takes the other's
 * out. Whoever looks last sees all, and all follow one rule: the highest number stays, and Production is never left empty.
 */
async function settleStage(tracking: Tracking, { name, version }: ModelVersion, promotedAt: string): Promise<void> {
  let found: readonly ModelVersion[] = [];
  for (let look = 0; look < LOOKS; look++) {
    found = (await tracking.modelVersions(name)).filter(({ stage }) => stage === "Production");
    if (found.length === 0) await tracking.transitionStage(name, version, "Production");
    if (found.length === 1) break;
    const highest = Math.max(...found.map((one) => one.version));
    for (const other of found) {
      if (other.version === highest) continue;
      // One that is only just being promoted was never in production.
      const until = other.version !== version && other.tag(tags.promotedAt) !== undefined;
      if (until) await tracking.setModelVersionTags(name, other.version, { [tags.productionUntil]: promotedAt });
      await tracking.transitionStage(name, other.version, "Archived");
    }
  }
  requireOwn(
    name,
    version,
    found.map((one) => one.version),
  );
}

/** Moves the alias champion, and then looks whether another promotion has moved stage or alias meanwhile. The stage decides. */
async function settleAlias(tracking: Tracking, { name, version }: ModelVersion, way: Way): Promise<void> {
  let wanted = version;
  for (let look = 0; look < LOOKS; look++) {
    await tracking.setAlias(name, aliases.champion, wanted);
    const { stage, alias } = namedProduction(await tracking.modelVersions(name), way);
    const winner = (stage ?? alias)?.version;
    if (winner === undefined) break;
    if (alias?.version === winner) return requireOwn(name, version, [winner]);
    wanted = winner;
  }
  requireOwn(name, version, []);
}

function requireOwn(name: string, version: number, found: readonly number[]): void {
  if (found.length === 1 && found[0] === version) return;
  throw new ServiceError(
    `somebody else promoted at the same time: ${found.length === 0 ? "no version" : `version ${found.join(" and ")}`} of ${name} is in Production now, not version ${version}`,
    "churn models shows the stages",
  );
}
