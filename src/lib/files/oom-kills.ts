import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How many processes the kernel has ended for want of memory, as far as it tells; undefined where it doesn't. */
export interface OomKills {
  /** of this process's control group: its container, or its unit of systemd's */
  readonly group: number | undefined;
  /** of the whole machine */
  readonly machine: number | undefined;
}

/** Whose count has grown between two looks; `unknown` where nothing was counted at all. */
export type OomSign = "group" | "machine" | "none" | "unknown";

/** What has grown, in half a sentence; undefined where nothing has. */
export function oomClause(sign: OomSign): string | undefined {
  if (sign !== "group" && sign !== "machine") return undefined;
  const whose = sign === "group" ? "its control group's (a container, a unit of systemd's)" : "this machine's";
  return `the kernel has ended one of ${whose} processes for want of it`;
}

export function oomSign(before: OomKills, after: OomKills): OomSign {
  const [group, machine] = (["group", "machine"] as const).map((which) => {
    const [first, second] = [before[which], after[which]];
    return first === undefined || second === undefined ? undefined : second > first;
  });
  if (group) return "group";
  if (machine) return "machine";
  return group === undefined && machine === undefined ? "unknown" : "none";
}

/**
 * Reads the kernel's counts: of a control group of version 1 or 2, and of the machine, which needs no rights.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html (memory.events), cgroup-v1/memory.html (memory.oom_control)
 */
export function oomKills(proc = "/proc", groups = "/sys/fs/cgroup"): OomKills {
  return { group: groupKills(proc, groups), machine: countIn(join(proc, "vmstat")) };
}

function groupKills(proc: string, groups: string): number | undefined {
  for (const line of (text(join(proc, "self/cgroup")) ?? "").trim().split("\n")) {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const isSecond = controllers === "";
    if (!isSecond && !controllers.split(",").includes("memory")) continue;
    const [root, file] = isSecond ? [groups, "memory.events"] : [join(groups, "memory"), "memory.oom_control"];
    // In a container the path may be the machine's, and its own group lie at the top.
    const count = countIn(join(root, path, file)) ?? countIn(join(root, file));
    if (count !== undefined) return count;
  }
  return undefined;
}

function countIn(file: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(text(file) ?? "")?.[1];
  return count === undefined ? undefined : Number(count);
}

function text(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
