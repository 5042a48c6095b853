import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/** As systemd gives a scope: to root, and to a user where it has a session. */
const SCOPES = [
  ["systemd-run", "--scope", "--quiet"],
  ["systemd-run", "--user", "--scope", "--quiet"],
];

/**
 * A command that gets so much memory and so many cores, by what the machine has for that.
 *
 * @param {{ gigabytes: number, cores: number }} bounds  gigabytes: of 2³⁰ bytes
 * @returns {{ confine: (command: readonly string[]) => string[], memory: string | undefined, cores: string }}
 *   memory, cores: how, for people; memory undefined where nothing bounds it
 */
export function confinement({ gigabytes, cores }) {
  const works = (words) => spawnSync(words[0], [...words.slice(1), "true"]).status === 0;
  const memory = memoryBound(gigabytes, works);
  const all = availableParallelism();
  const pin = ["taskset", "--cpu-list", `0-${cores - 1}`];
  const isPinned = all > cores && works(pin);
  return {
    confine: (command) => [...(memory?.words ?? []), ...(isPinned ? pin : []), ...command],
    memory: memory?.how,
    cores: isPinned ? `${cores} of ${all} cores` : `${all} cores`,
  };
}

function memoryBound(gigabytes, works) {
  const bytes = gigabytes * 2 ** 30;
  const scope = SCOPES.find(works);
  if (scope !== undefined) {
    const properties = ["--property", `MemoryMax=${bytes}`, "--property", "MemorySwapMax=0"];
    return { words: [...scope, ...properties], how: `${gigabytes} GB for all processes together (cgroup)` };
  }
  const group = memoryGroup(bytes);
  if (group !== undefined) {
    const enter = ["sh", "-c", `echo $$ >${join(group, "cgroup.procs")} && exec "$@"`, "sh"];
    return { words: enter, how: `${gigabytes} GB for all processes together (cgroup)` };
  }
  // Of each process alone, and of what it asked for, not of what it uses.
  const limit = ["prlimit", `--data=${bytes}`];
  return works(limit) ? { words: limit, how: `${gigabytes} GB of data for each process (prlimit)` } : undefined;
}

/** Made by hand where there is no systemd, as in containers; undefined for who may not. */
function memoryGroup(bytes) {
  const groups = "/sys/fs/cgroup";
  const isFirst = existsSync(join(groups, "memory"));
  const folder = join(groups, isFirst ? "memory" : "", `churn-bench-${process.pid}`);
  try {
    if (!isFirst) writeFileSync(join(groups, "cgroup.subtree_control"), "+memory");
    mkdirSync(folder);
    writeFileSync(join(folder, isFirst ? "memory.limit_in_bytes" : "memory.max"), String(bytes));
  } catch {
    return undefined;
  }
  process.once("exit", () => rmdirSync(folder));
  return folder;
}
