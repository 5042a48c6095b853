import { fstatSync, readFileSync } from "node:fs";
import { isatty } from "node:tty";
import type { StartedBy } from "./events.ts";

/** What a process can know of how it came to be. */
export interface StartFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** whether a terminal controls it, wherever its output goes */
  readonly hasTerminal: boolean;
  /** names of the processes above it, the nearest first; undefined for one that may not be looked at */
  readonly ancestors: readonly (string | undefined)[];
  /** whether they lead up to the machine's first process, or to a user's own systemd */
  readonly isFromInit: boolean;
  /** stdout and stderr, as `DEVICE:INODE` */
  readonly streams: readonly string[];
}

/** cron of Debian (CRON is its child, before it runs the job's shell), cronie, busybox and others. */
const CRONS: ReadonlySet<string> = new Set(["cron", "crond", "CRON", "anacron", "fcron", "dcron", "bcron-exec"]);
/** Services that start what a person asks for, without a terminal if that is wished. */
const FOR_PERSONS: ReadonlySet<string> = new Set(["sshd", "sshd-session", "atd"]);

/**
 * How a run was started: `timer` is a unit of systemd, which its timer fires, or somebody by systemctl.
 *
 * A terminal tells first, since whoever sits at one may have inherited a service's variables; neither cron nor a unit has one. Of a
 * make that cron or a timer fires, these count.
 *
 * @see systemd.exec(5): INVOCATION_ID, JOURNAL_STREAM, TRIGGER_UNIT
 */
export function startedBy({ env, hasTerminal, ancestors, isFromInit, streams }: StartFacts): StartedBy {
  const isMade = /^[1-9]\d*$/.test(env.MAKELEVEL ?? "");
  if (hasTerminal) return isMade ? "make" : "terminal";
  if (ancestors.some((name) => name !== undefined && CRONS.has(name))) return "cron";
  const isTriggered = env.TRIGGER_UNIT?.endsWith(".timer") === true;
  const isJournalled = env.JOURNAL_STREAM !== undefined && streams.includes(env.JOURNAL_STREAM);
  const isForPerson = ancestors.some((name) => name !== undefined && FOR_PERSONS.has(name));
  const isOfUnit = env.INVOCATION_ID !== undefined && isFromInit && !isForPerson;
  if (isTriggered || isJournalled || isOfUnit) return "timer";
  return isMade ? "make" : "other";
}

/** What this process knows of it. Without /proc, as on other systems than Linux, its own streams tell of a terminal. */
export function startFacts(env: StartFacts["env"]): StartFacts {
  const own = readStat("self");
  const { names, isFromInit } = own === undefined ? { names: [], isFromInit: false } : ancestorsOf(own.parent);
  return {
    env,
    hasTerminal: own?.hasTerminal ?? [0, 1, 2].some((fd) => isatty(fd)),
    ancestors: names,
    isFromInit,
    streams: [1, 2].flatMap(streamOf),
  };
}

/** No machine has so many processes above one another, unless they go in circles while they are looked at. */
const MOST_ANCESTORS = 100;

function ancestorsOf(parent: number): { names: readonly (string | undefined)[]; isFromInit: boolean } {
  const names: (string | undefined)[] = [];
  for (let pid = parent; pid > 0 && names.length < MOST_ANCESTORS; ) {
    // Who hides other users' processes hides the first one, too.
    if (pid === 1) return { names, isFromInit: true };
    const found = readStat(String(pid));
    names.push(found?.name);
    if (found === undefined) break;
    if (found.name === "systemd") return { names, isFromInit: true };
    pid = found.parent;
  }
  return { names, isFromInit: false };
}

interface ProcessStat {
  readonly name: string;
  readonly parent: number;
  readonly hasTerminal: boolean;
}

/** @see proc_pid_stat(5). Undefined where there is no such process, or it is hidden. */
function readStat(pid: string): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** `pid (name) state parent group session terminal …`, where the name may hold brackets and spaces of its own. */
export function parseStat(text: string): ProcessStat | undefined {
  const [, name, parent, terminal] = /^\d+ \(([\s\S]*)\) \S (\d+) -?\d+ -?\d+ (-?\d+) /.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { name, parent: Number(parent), hasTerminal: terminal !== "0" };
}

function streamOf(fd: number): string[] {
  try {
    const { dev, ino } = fstatSync(fd);
    return [`${dev}:${ino}`];
  } catch {
    return [];
  }
}
