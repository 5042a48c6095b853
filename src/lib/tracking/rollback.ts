import { UsageError } from "../errors.ts";
import { allInProduction, isInProduction, productionVersion } from "./production.ts";
import { type Deed, deedLine, type Promotion, promote } from "./promote.ts";
import { type PromotionPlan, planPromotion, type Registry, wasInProduction } from "./promotion-plan.ts";
import { isRejected } from "./rejection.ts";
import { tags } from "./tags.ts";
import type { ModelVersion, Tracking } from "./tracking.ts";

/**
 * Says which version comes back into production, and which ones are taken out of it.
 *
 * @param to  the version that is to come back; by default the one that was in production before
 * @throws {UsageError} when nothing is in production, none was before, or that one can't be promoted
 * @throws {InputError} when it isn't what was registered
 */
export async function planRollback(
  tracking: Tracking,
  registry: Registry,
  to: number | undefined,
): Promise<PromotionPlan> {
  const { model, via } = registry;
  const versions = await tracking.modelVersions(model);
  if (allInProduction(versions, via).length === 0) {
    throw new UsageError(
      `no version of ${model} is in production, so there is nothing to roll back`,
      "churn models shows what can be promoted",
    );
  }
  return planPromotion(tracking, registry, to ?? formerVersion(versions, registry));
}

/**
 * Takes versions out of production, as rejected, and puts the former one back. Killed between any two steps, the same rollback
 * again finishes it: what is taken out is marked before anything else, and is never what comes back.
 *
 * @throws {ServiceError} when somebody promoted another version at the same time, and that one stays
 */
export async function rollBack(tracking: Tracking, plan: PromotionPlan, deed: Deed): Promise<Promotion> {
  const { name } = plan.version;
  for (const { version } of plan.replaces) {
    await tracking.setModelVersionTags(name, version, {
      [tags.rejectedBy]: deed.by,
      [tags.rejectedAt]: deed.at.toISOString(),
      [tags.rejected]: deed.reason ?? "rolled back, no reason given",
    });
    await tracking.addToDescription(name, version, deedLine("Rolled back", deed));
  }
  const promotion = await promote(
    tracking,
    plan,
    plan.replaces.length === 0 ? deed : { ...deed, reason: instead(plan, deed) },
  );
  return { ...promotion, reason: deed.reason ?? null };
}

/** Why a version came back: the reason that a person gave is the one that was taken out's. */
function instead({ replaces }: PromotionPlan, { reason }: Deed): string {
  const out = replaces.map(({ version }) => `version ${version}`).join(" and ");
  return `in place of ${out}, rolled back${reason === undefined ? "" : `: ${reason}`}`;
}

/** The version that was in production before the one that is now, as its tags tell. */
function formerVersion(versions: readonly ModelVersion[], { model, via }: Registry): number {
  const inProduction = allInProduction(versions, via);
  const staying = inProduction.filter((one) => !isRejected(one));
  // A rollback that was cut short.
  const [back] = staying;
  if (back !== undefined && staying.length === 1 && inProduction.length > 1) return back.version;
  const now = staying.length === 0 ? inProduction[0] : productionVersion(versions, via);
  const former = versions
    .filter((one) => !isInProduction(one, via) && !isRejected(one) && wasInProduction(one))
    .sort(laterFirst)[0];
  if (former !== undefined) return former.version;
  throw new UsageError(
    `no version of ${model} is known that was in production before version ${now?.version} and was not rejected`,
    "churn rollback --to N takes any version: churn models shows them",
  );
}

/** By when they were in production last. Of two that changed places in that moment, it is the one that came in. */
function laterFirst(one: ModelVersion, other: ModelVersion): number {
  const [a, b] = [lastInProduction(one), lastInProduction(other)];
  if (a.time !== b.time) return a.time < b.time ? 1 : -1;
  if (a.cameIn !== b.cameIn) return a.cameIn ? -1 : 1;
  return other.version - one.version;
}

/** ISO 8601 in UTC, which sorts as text. */
function lastInProduction({ tag }: ModelVersion): { readonly time: string; readonly cameIn: boolean } {
  const [since, until] = [tag(tags.promotedAt) ?? "", tag(tags.productionUntil) ?? ""];
  return since > until ? { time: since, cameIn: true } : { time: until, cameIn: false };
}
