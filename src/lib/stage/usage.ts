import { endedCpuSeconds, startedBy, treeUsage } from "../files/process-tree.ts";

/** What a stage took of the machine, with all processes that it started. */
export interface Usage {
  /** at most, at one moment */
  readonly peak_memory_bytes: number;
  readonly cpu_seconds: number;
}

/** Looks at a process again and again; a look takes some 0.1 ms. */
const LOOK_MS = 200;

/** A process's usage, as far as it was seen. */
export interface UsageWatch extends Disposable {
  /** until the last look; undefined where nothing could be seen */
  seen(): Usage | undefined;
}

/** Watches another process, of which nothing is left to be seen once it is dead. */
export function watchUsage(pid: number | undefined): UsageWatch {
  let seen: Usage | undefined;
  const look = () => {
    const found = pid === undefined ? undefined : treeUsage(pid);
    if (found === undefined) return;
    const peak = Math.max(seen?.peak_memory_bytes ?? 0, found.peak_bytes, found.memory_bytes);
    // What somebody else was to bury takes its time with it.
    const cpu = Math.max(seen?.cpu_seconds ?? 0, found.cpu_seconds);
    seen = { peak_memory_bytes: peak, cpu_seconds: cpu };
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return { seen: () => seen, [Symbol.dispose]: () => clearInterval(timer) };
}

/** Watches this process, which knows itself to the byte, and what it starts. */
export function watchOwnUsage(): { now(): Usage } & Disposable {
  let together = 0;
  const timer = setInterval(() => {
    // As long as it is alone it need not be looked at.
    if (startedBy(process.pid).length > 0) together = Math.max(together, treeUsage(process.pid)?.memory_bytes ?? 0);
  }, LOOK_MS);
  timer.unref();
  return {
    now: () => {
      const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
      const others = startedBy(process.pid).reduce((sum, pid) => sum + (treeUsage(pid)?.cpu_seconds ?? 0), 0);
      const cpu = (userCPUTime + systemCPUTime) / 1e6 + endedCpuSeconds(process.pid) + others;
      return {
        peak_memory_bytes: Math.max(maxRSS * 1024, together),
        cpu_seconds: Math.round(cpu * 1000) / 1000,
      };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
