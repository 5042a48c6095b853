import { type Rejection, rejectionOf, timeOf } from "./rejection.ts";
import { tags } from "./tags.ts";
import type { ModelStage, ModelVersion } from "./tracking.ts";

/** A version with what churn wrote into its tags; null where a version was made by somebody else, or a tag is no number. */
export interface RegisteredVersion {
  readonly version: number;
  readonly stage: ModelStage;
  readonly aliases: readonly string[];
  readonly createdAt: Date;
  readonly night: string | null;
  readonly f1: number | null;
  readonly aucRoc: number | null;
  /** customers that trained it */
  readonly rows: number | null;
  readonly runId: string | null;
  readonly promotedBy: string | null;
  readonly promotedAt: Date | null;
  /** why it was promoted, where somebody said it */
  readonly reason: string | null;
  /** when another version took its place */
  readonly productionUntil: Date | null;
  readonly rejection: Rejection | null;
}

export function registeredVersion(version: ModelVersion): RegisteredVersion {
  const { tag } = version;
  return {
    version: version.version,
    stage: version.stage,
    aliases: version.aliases,
    createdAt: timeAt(version.creationTime),
    night: tag(tags.night) ?? null,
    f1: number(tag(tags.f1)),
    aucRoc: number(tag(tags.aucRoc)),
    rows: number(tag(tags.rows)),
    runId: version.runId,
    promotedBy: tag(tags.promotedBy) ?? null,
    promotedAt: timeOf(tag(tags.promotedAt)),
    reason: tag(tags.promotionReason) ?? null,
    productionUntil: timeOf(tag(tags.productionUntil)),
    rejection: rejectionOf(version) ?? null,
  };
}

/** What is beyond any calendar is as good as none, which MLflow's servers give as 0. */
function timeAt(milliseconds: number): Date {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? new Date(0) : time;
}

function number(text: string | undefined): number | null {
  const value = Number(text);
  return text === undefined || text.trim() === "" || !Number.isFinite(value) ? null : value;
}
