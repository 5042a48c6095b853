import { tags } from "../tracking/tags.ts";
import type { ModelVersion } from "../tracking/tracking.ts";
import type { ComparisonReport, ProductionMoved } from "./report.ts";

/**
 * When churn last promoted a version, as tags tell; null where none does. ISO 8601 in UTC, which sorts as text.
 *
 * @param before  up to that moment alone
 */
export function lastPromotion(versions: readonly Pick<ModelVersion, "tag">[], before?: string): string | null {
  const times = versions
    .map(({ tag }) => tag(tags.promotedAt))
    .filter((time) => time !== undefined && (before === undefined || time < before));
  return times.sort().at(-1) ?? null;
}

/**
 * Whether production is another version than it was on the night before, and not by a promotion of churn's: each of those
 * leaves its time at the version, later than all that were known then.
 *
 * @param before  what compare found on the newest decided night of an earlier date; undefined while there is none
 */
export function movedOutside(
  production: Pick<ModelVersion, "version" | "tag"> | undefined,
  before: Pick<ComparisonReport, "production" | "last_promotion"> | undefined,
): ProductionMoved {
  if (production === undefined || before === undefined) return null;
  const from = before.production?.version ?? null;
  const { version: to, tag } = production;
  if (from === to) return null;
  const [since, until] = [tag(tags.promotedAt), tag(tags.productionUntil)];
  const isLast = since !== undefined && (until === undefined || since >= until);
  const isNew = before.last_promotion === null || (since !== undefined && since > before.last_promotion);
  return isLast && isNew ? null : { from, to };
}

/** production moved from 3 to 5 outside churn */
export function movedSentence({ from, to }: NonNullable<ProductionMoved>): string {
  return from === null
    ? `version ${to} was put into production outside churn`
    : `production moved from ${from} to ${to} outside churn`;
}
