import { tags } from "./tags.ts";
import type { ModelVersion } from "./tracking.ts";

/** What a rollback says of the version that it took out of production. */
export interface Rejection {
  /** null where tags were written by hand, and say no more than that it is rejected */
  readonly by: string | null;
  readonly at: Date | null;
  readonly reason: string;
}

type Tagged = Pick<ModelVersion, "tag">;

/** Of a version that a rollback took out of production, and that nobody has promoted since; else undefined. */
export function rejectionOf({ tag }: Tagged): Rejection | undefined {
  const reason = tag(tags.rejected);
  if (reason === undefined) return undefined;
  const at = timeOf(tag(tags.rejectedAt));
  const promotedAt = timeOf(tag(tags.promotedAt));
  if (at !== null && promotedAt !== null && promotedAt > at) return undefined;
  return { by: tag(tags.rejectedBy) ?? null, at, reason };
}

export function isRejected(version: Tagged): boolean {
  return rejectionOf(version) !== undefined;
}

/** What a registry is to be left in peace for: the newest rollback, while it is no older than register.hold. */
export interface Hold {
  /** the version that was taken out */
  readonly version: number;
  readonly by: string | null;
  readonly at: Date;
  readonly reason: string;
  readonly until: Date;
}

/**
 * The hold after the newest rollback, or undefined when there is none any more.
 *
 * @param seconds  register.hold
 */
export function holdOf(versions: readonly ModelVersion[], seconds: number, now: Date): Hold | undefined {
  let newest: Hold | undefined;
  for (const { version, tag } of versions) {
    const at = timeOf(tag(tags.rejectedAt));
    const reason = tag(tags.rejected);
    if (at === null || reason === undefined || (newest !== undefined && newest.at >= at)) continue;
    newest = { version, by: tag(tags.rejectedBy) ?? null, at, reason, until: new Date(at.getTime() + seconds * 1000) };
  }
  return newest !== undefined && newest.until > now ? newest : undefined;
}

/** A tag's time; null where it is none. */
export function timeOf(text: string | undefined): Date | null {
  const time = new Date(text ?? "");
  return Number.isNaN(time.getTime()) ? null : time;
}
