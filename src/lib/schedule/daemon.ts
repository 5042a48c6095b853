import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Of Debian, cronie and busybox, and others. */
const NAMES: ReadonlySet<string> = new Set(["cron", "crond", "fcron", "bcron-sched", "mcron"]);

/** What makes timers of crontabs where systemd-cron stands in for a daemon. */
const GENERATORS = ["/usr/lib", "/lib"].map((lib) => `${lib}/systemd/system-generators/systemd-crontab-generator`);

/**
 * Whether a cron daemon runs on this machine; undefined where that isn't to be seen: there is no list of processes, it has this user's own
 * alone (hidepid), or something else than a daemon may read the crontabs.
 *
 * @param proc        the kernel's list of processes
 * @param generators  where systemd-cron has its own, one of them
 */
export function isCronRunning(proc = "/proc", generators: readonly string[] = GENERATORS): boolean | undefined {
  const names = namesIn(proc);
  if (names.some((name) => NAMES.has(name))) return true;
  // The first one is root's, so whoever can look at it can look at them all.
  const isWhole = nameOf(join(proc, "1")) !== "";
  return isWhole && !generators.some((path) => existsSync(path)) ? false : undefined;
}

function namesIn(proc: string): readonly string[] {
  try {
    return readdirSync(proc).flatMap((entry) => (/^\d+$/.test(entry) ? [nameOf(join(proc, entry))] : []));
  } catch {
    return [];
  }
}

/** Nothing of a process that has ended meanwhile, or is hidden. */
function nameOf(process: string): string {
  try {
    return readFileSync(join(process, "comm"), "utf8").trim();
  } catch {
    return "";
  }
}
