import type { Dirent } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, machineError } from "../files/machine-error.ts";
import { requireFolderWithin } from "../files/within.ts";
import { startOfRun } from "./run-id.ts";

/** No clock is further ahead of UTC, so no run of today's date starts earlier. */
const FURTHEST_AHEAD_MS = 14 * 3_600_000;

/**
 * Removes the logs of runs that started before a moment, whatever date they were for, and folders that have none left. What
 * has no run's name stays, and so does what lies behind a link.
 *
 * @throws {ServiceError} when the folder of logs can't be looked at, or is a link that leads out of the workspace
 */
export async function removeOldLogs(root: string, before: Date): Promise<void> {
  const logs = join(root, "logs");
  requireFolderWithin(root, logs);
  for (const entry of await entriesIn(logs)) {
    const date = entry.name;
    if (!entry.isDirectory() || !/^\d{4}-\d{2}-\d{2}$/.test(date)) continue;
    // Most folders are too young for an old log, and need no look. Somebody may have named a date that was still to come.
    const start = Date.parse(date) - FURTHEST_AHEAD_MS;
    if (start >= before.getTime() && start <= Date.now()) continue;
    const folder = join(logs, date);
    const names = (await entriesIn(folder)).map(({ name }) => name);
    const old = names.filter((name) => isOlder(name, before));
    for (const name of old) await rm(join(folder, name), { force: true });
    if (old.length === names.length) await removeEmpty(folder);
  }
}

function isOlder(name: string, before: Date): boolean {
  const start = name.endsWith(".jsonl") ? startOfRun(name.slice(0, -".jsonl".length)) : undefined;
  return start !== undefined && start < before;
}

async function entriesIn(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw machineError(error, folder);
  }
}

/** A file that somebody has just put there keeps its folder. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw machineError(error, folder);
  }
}
