import { readFileSync } from "node:fs";

/** Ticks a second of the kernel's CPU times, as it tells them to programs: 100 on every machine that Node runs on. */
const TICKS = 100;

/** What a process and all that it has started, and they again, take of the machine. */
export interface TreeUsage {
  /** in memory at this moment, of all of them together */
  readonly memory_bytes: number;
  /** the most that the first one alone ever had there */
  readonly peak_bytes: number;
  /** of those too that have ended and whose starter knows of it */
  readonly cpu_seconds: number;
}

/** What is taken now; undefined where nobody can tell: the process is gone, or this isn't Linux. */
export function treeUsage(pid: number): TreeUsage | undefined {
  const own = usageOf(pid);
  if (own === undefined) return undefined;
  const others = startedBy(pid).map(treeUsage);
  const sum = (part: "memory_bytes" | "cpu_seconds") =>
    others.reduce((all, one) => all + (one?.[part] ?? 0), own[part]);
  return { memory_bytes: sum("memory_bytes"), peak_bytes: own.peak_bytes, cpu_seconds: sum("cpu_seconds") };
}

/** The processes that a process has started and that live; none where the kernel doesn't say. */
export function startedBy(pid: number): readonly number[] {
  // Node starts processes from its first thread.
  const listed = text(`/proc/${pid}/task/${pid}/children`) ?? "";
  return listed.split(" ").filter(Boolean).map(Number);
}

/** CPU seconds of the processes that a process has started, and that have ended. */
export function endedCpuSeconds(pid: number): number {
  const [, , children = 0, childrenInKernel = 0] = cpuTicks(pid) ?? [];
  return (children + childrenInKernel) / TICKS;
}

/** A process that has died and that nobody has buried yet has no memory any more. */
function usageOf(pid: number): TreeUsage | undefined {
  const status = text(`/proc/${pid}/status`) ?? "";
  const [peak, now] = ["VmHWM", "VmRSS"].map((name) => new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
  const ticks = cpuTicks(pid);
  if (peak === undefined || now === undefined || ticks === undefined) return undefined;
  return {
    memory_bytes: Number(now) * 1024,
    peak_bytes: Number(peak) * 1024,
    cpu_seconds: ticks.reduce((sum, one) => sum + one, 0) / TICKS,
  };
}

/** In the process's own code and in the kernel for it; then the same of what it has started and has ended. @see proc(5) */
function cpuTicks(pid: number): readonly number[] | undefined {
  const stat = text(`/proc/${pid}/stat`);
  // The name before it, in brackets, may have anything in it.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.slice(11, 15).map(Number);
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
