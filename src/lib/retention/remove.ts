import type { Archive } from "../stage/archive.ts";
import { type RemovedFile, writeRemoved } from "../stage/removed.ts";
import type { Tracking } from "../tracking/tracking.ts";
import type { Limits } from "./limits.ts";
import type { OldNight, RemovalPlan } from "./plan.ts";

export interface RemovalRequest {
  readonly archive: Archive;
  readonly tracking: () => Promise<Tracking>;
  readonly limits: Limits;
  /** hears of each night before its files are removed */
  readonly onStart: (night: string) => void;
  /** called before each removal: what it throws ends the work there */
  readonly goOn?: () => void;
}

/**
 * Removes what the plan says. Call it while holding the workspace. A night's list is written before the first of its files goes,
 * so that a kill leaves nothing that isn't there unexplained; the same again finishes it.
 *
 * @throws what `goOn` does
 */
export async function removeOld(request: RemovalRequest, { nights, runs }: RemovalPlan): Promise<void> {
  for (const night of nights) {
    request.onStart(night.night);
    await removeNight(request, night);
  }
  if (runs.length === 0) return;
  const { oldRuns } = await request.tracking();
  for (const run of runs) {
    request.goOn?.();
    await oldRuns?.remove(run);
  }
}

async function removeNight(
  { archive, limits, goOn }: Pick<RemovalRequest, "archive" | "limits" | "goOn">,
  { night, decided, folders, files, before }: OldNight,
): Promise<void> {
  const removedAt = new Date().toISOString();
  const listed = new Map<string, RemovedFile>((before?.files ?? []).map((file) => [file.key, file]));
  for (const { folder, ...file } of files)
    listed.set(file.key, { ...file, removed_at: removedAt, limit: limits[folder]?.name ?? "" });
  const list = { finished: before?.finished ?? [], files: [...listed.values()] };
  if (files.length > 0) await writeRemoved(archive, night, list);
  for (const { key } of files) {
    goOn?.();
    await archive.store.remove(key);
  }
  // The files of one that isn't decided may be made anew.
  if (decided) await writeRemoved(archive, night, { ...list, finished: [...new Set([...list.finished, ...folders])] });
}
