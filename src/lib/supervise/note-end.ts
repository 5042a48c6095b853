import type { Archive } from "../stage/archive.ts";
import { attemptKey, readAttempt, writeRecord } from "../stage/record.ts";
import type { Usage } from "../stage/usage.ts";
import type { RunLog } from "../workspace/log.ts";
import type { Night } from "../workspace/night.ts";
import type { FailedEvent } from "./view.ts";

/**
 * Completes the record of an attempt whose process ended without a word: killed, it could write no more. The supervisor knows how it
 * ended, and what it took. Nothing that goes wrong here hides the failure itself: it goes to the log.
 *
 * @param ended.event  how it failed; undefined for one that had to be killed since churn was asked to stop, which is no failure
 */
export async function noteSilentEnd(
  {
    archive,
    night,
    runId,
    log,
  }: {
    readonly archive: Archive;
    readonly night: Pick<Night, "name">;
    readonly runId: string;
    readonly log: Pick<RunLog, "write">;
  },
  stage: string,
  { event, usage }: { readonly event: FailedEvent | undefined; readonly usage: Usage | undefined },
): Promise<void> {
  const error = event && { name: event.name, message: event.message, hint: event.hint, exit_code: event.exitCode };
  try {
    const record = await readAttempt(archive, night.name, runId, stage);
    // It never began, or had said all before it ended.
    if (record === undefined || !(record.status === "running" || record.status === "interrupted")) return;
    await writeRecord(archive, attemptKey(night.name, runId, stage), {
      ...record,
      status: "interrupted",
      ended_at: record.ended_at ?? new Date().toISOString(),
      error: record.error ?? error ?? null,
      peak_memory_bytes: record.peak_memory_bytes ?? usage?.peak_memory_bytes ?? null,
      cpu_seconds: record.cpu_seconds ?? usage?.cpu_seconds ?? null,
    });
  } catch (error) {
    const fields = { error: String(error) };
    log.write({ level: "warn", message: "how the stage ended could not be noted", stage, fields });
  }
}
