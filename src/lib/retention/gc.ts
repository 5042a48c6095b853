import { openCache } from "../cache/cache.ts";
import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { bytesOf } from "../config/size.ts";
import { type PlanRequest, planRemoval, type RemovalPlan } from "./plan.ts";
import { removeOld } from "./remove.ts";

/** What was removed, and what was kept although it is old. */
export interface Removal extends RemovalPlan {
  /** copies of `.churn/cache` */
  readonly cacheBytes: number;
}

/**
 * Removes what is old, from the store, from a local tracking folder and from the cache. Call it while holding the workspace.
 *
 * @param request.onStart  hears of each night before its files are removed
 * @throws {ChurnError} as `planRemoval`, before anything is removed
 */
export async function collectOld(
  request: PlanRequest & {
    /** the workspace's folder */
    readonly root: string;
    readonly config: Pick<Config, "s3">;
    readonly onStart: (night: string) => void;
  },
): Promise<Removal> {
  const plan = await planRemoval(request);
  await removeOld(request, plan);
  const { keep, size } = request.config.s3.cache;
  const cacheBytes = openCache(request.root).prune({ keepSeconds: secondsOf(keep), bytes: bytesOf(size) });
  return { ...plan, cacheBytes };
}
