import { constants } from "node:os";
import { memorySize } from "../cli/numbers.ts";
import { MEMORY_HINT, saysOutOfMemory } from "../files/machine-error.ts";
import { type OomSign, oomClause } from "../files/oom-kills.ts";
import type { Usage } from "../stage/usage.ts";
import type { ChildEnd } from "./child.ts";
import type { FailedEvent } from "./view.ts";

/** What a supervisor knows of a stage's process that ended without a word. */
export interface SilentEnd {
  /** undefined as long as it hasn't ended */
  readonly end: ChildEnd | undefined;
  /** it was stopped after so many seconds */
  readonly limitSeconds: number | undefined;
  /** what it took, as it was seen last */
  readonly usage: Usage | undefined;
  /** what the kernel counted since it began */
  readonly oom: OomSign;
}

/** A process that ended without a word about how: killed, out of time, or broken. */
export function silentEnd(name: string, { end, limitSeconds, usage, oom }: SilentEnd): FailedEvent {
  const failed: FailedEvent = {
    event: "failed",
    name: "ServiceError",
    message: "",
    hint: null,
    details: [],
    foreign: [],
    exitCode: 5,
    stack: null,
  };
  if (limitSeconds !== undefined) {
    return {
      ...failed,
      message: `${name} was stopped: ${overtime(limitSeconds)}`,
      hint: "raise run.timeout or run.stages in churn.yaml",
    };
  }
  const output = end?.output ?? "";
  const signal = end?.signal ?? signalIn(end?.exitCode);
  if (signal === "SIGKILL") return { ...failed, ...killed(name, usage, oom), stack: output };
  if (signal !== undefined) {
    if (!saysOutOfMemory(output))
      return { ...failed, message: `${name} was ended by ${signal}`, hint: hintOf(signal), stack: output };
    return {
      ...failed,
      message: `${name} ran out of memory (${signal})`,
      hint: [MEMORY_HINT, lessMemory(name)].join("\n"),
      stack: output,
    };
  }
  const lastLine = output.trim().split("\n").at(-1) ?? "";
  return {
    ...failed,
    name: "Error",
    exitCode: 1,
    message: `${name} ended with code ${end?.exitCode} and without a word${lastLine === "" ? "" : `: ${lastLine}`}`,
    hint: null,
    foreign: lastLine === "" ? [] : [lastLine],
    stack: end?.output ?? null,
  };
}

/** SIGKILL is sent by the kernel where memory runs out, and by people and guards; by its count the kernel tells. */
function killed(name: string, usage: Usage | undefined, oom: OomSign): Pick<FailedEvent, "message" | "hint"> {
  const kernel = oomClause(oom);
  if (kernel !== undefined)
    return {
      message: `${name} was killed, probably out of memory${at(usage)}: ${kernel}`,
      hint: lessMemory(name),
    };
  const killedSo = `${name} was killed (SIGKILL)${at(usage)}`;
  return oom === "none"
    ? {
        message: `${killedSo}, and the kernel counts no process that it ended for want of memory`,
        hint: "did a person end it, or a program that watches over memory (systemd-oomd, earlyoom)?",
      }
    : {
        message: `${killedSo}; whether memory ran out can't be seen here`,
        hint: "the kernel's log says so: dmesg, as root",
      };
}

/** " at 23.1 GiB" */
function at(usage: Usage | undefined): string {
  return usage === undefined ? "" : ` at ${memorySize(usage.peak_memory_bytes)}`;
}

/** What takes less memory, or gives more. */
function lessMemory(stage: string): string {
  const loading = stage === "extract" ? "a smaller source.memory, " : "";
  return `${loading}fewer columns (dataset.exclude, features), or more memory for the machine or the container`;
}

/** A shell between, or a wrapper of Node's, says the signal as 128 and its number. */
function signalIn(exitCode: number | undefined): string | undefined {
  if (exitCode === undefined || exitCode <= 128) return undefined;
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
}

/** A run that is at its end leaves a stage no time. */
function overtime(limitSeconds: number): string {
  const seconds = Math.round(limitSeconds);
  return seconds === 0 ? "the run has used up its time" : `it took longer than its limit of ${seconds} s`;
}

/** What a signal that nobody sent on purpose may mean: V8, DuckDB and the C library end themselves so where they get no more. */
function hintOf(signal: string): string | null {
  const ownEnd = ["SIGABRT", "SIGTRAP", "SIGILL", "SIGSEGV"].includes(signal);
  return ownEnd ? "was it refused memory or threads? look at ulimit -v, ulimit -u and the container's limits" : null;
}
