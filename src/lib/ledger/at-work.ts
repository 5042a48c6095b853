import { hostname } from "node:os";
import { isRunning } from "../files/running.ts";
import { startOfRun } from "../workspace/run-id.ts";
import { readLedgerFile } from "./lines.ts";
import { mayBeAtWork, unfinishedRuns } from "./unfinished.ts";

/** A run has its id, and its log, a moment before the ledger knows of it. */
const UNTOLD_MS = 10_000;

/**
 * Whether a run is at work, or waits to try again, as far as the workspace's own ledger and this machine know. Its lock is not tried.
 *
 * @throws {ServiceError} when the ledger can't be read
 */
export function isAtWork(root: string, run: string, now: Date): boolean {
  const found = readLedgerFile(root, {
    isWanted: (line) => line.includes(`"run":"${run}"`),
    isEnough: (events) => events.some(({ event }) => event === "run_started"),
  });
  const events = found?.events ?? [];
  if (events.length === 0) return now.getTime() - (startOfRun(run)?.getTime() ?? 0) < UNTOLD_MS;
  const unfinished = unfinishedRuns(events).find((one) => one.run === run);
  return unfinished !== undefined && mayBeAtWork(unfinished, { isHeld: true, isRunning, host: hostname(), now });
}
