import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Of Debian, cronie and busybox, and others. */
const NAMES: ReadonlySet<string> = new Set(["cron", "crond", "fcron"]);

/**
 * Whether a cron daemon runs on this machine; undefined where that isn't to be seen.
 *
 * @param proc  the kernel's list of processes
 */
export function isCronRunning(proc = "/proc"): boolean | undefined {
  try {
    return readdirSync(proc).some((entry) => /^\d+$/.test(entry) && NAMES.has(nameOf(join(proc, entry))));
  } catch {
    return undefined;
  }
}

/** Nothing of a process that has ended meanwhile. */
function nameOf(process: string): string {
  try {
    return readFileSync(join(process, "comm"), "utf8").trim();
  } catch {
    return "";
  }
}
