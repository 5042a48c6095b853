import { MEMORY_HINT, saysOutOfMemory } from "../files/machine-error.ts";
import type { RunLog } from "../workspace/log.ts";
import { afterSeconds } from "../workspace/timer.ts";
import { type Child, type ChildEnd, startChild } from "./child.ts";
import type { StageEvent } from "./events.ts";
import type { Interruption } from "./interruption.ts";
import type { EndedEvent, FailedEvent, NightView } from "./view.ts";

/** After a request to stop, a stage has so long to leave everything in order. */
const GRACE_MS = 3_000;

export interface StageProcessOptions {
  readonly name: string;
  /** what a person would type, for the log and --verbose */
  readonly command: string;
  readonly words: readonly string[];
  readonly program: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly lockFds: readonly number[];
  /** in the configured time zone, YYYY-MM-DD */
  readonly today: string;
  readonly log: RunLog;
  readonly view: NightView;
  readonly interruption: Interruption;
}

/** A stage's process as its supervisor sees it: started early, told to begin, watched until its end. */
export interface StageProcess {
  /** @param reason  why it runs; undefined when it never ran  @param limitSeconds  it is stopped after that */
  run(reason: string | undefined, limitSeconds: number): Promise<StageEnd>;
  /** Ends it before it has begun; settles when it is gone. */
  dismiss(): Promise<void>;
}

export interface StageEnd {
  readonly seconds: number;
  readonly said: readonly string[];
  readonly event: EndedEvent | FailedEvent;
  /** settles when the process is gone */
  readonly gone: Promise<void>;
}

export async function startStage(options: StageProcessOptions): Promise<StageProcess> {
  const { name, log, view, interruption } = options;
  const said: string[] = [];
  let last: EndedEvent | FailedEvent | undefined;
  let tellSuccess = () => {};
  const success = new Promise<void>((resolve) => {
    tellSuccess = resolve;
  });
  const child = await startChild({ ...options, onEvent: receive });

  function receive(event: StageEvent): void {
    if (event.event === "progress") view.stageProgress(name, event.text, event.share ?? undefined);
    else if (event.event === "say") said.push(event.line);
    else if (event.event === "log") {
      log.write({ level: event.level, message: event.message, stage: name, fields: event.fields });
      if (event.level === "warn") view.stageWarns(name, event.message);
    } else {
      last = event;
      if (event.event === "ended") tellSuccess();
    }
  }

  return {
    dismiss: async () => {
      child.dismiss();
      // It has begun nothing, so there is nothing to leave in order.
      const kill = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      await child.ended;
      clearTimeout(kill);
    },
    run: async (reason, limitSeconds) => {
      const startedAt = performance.now();
      view.stageStarts({ name, command: options.command, reason });
      log.write({ level: "info", message: "stage begins", stage: name, fields: { command: options.command, reason } });
      child.go(options.today);
      const ended = watched(child, limitSeconds, interruption);
      // Its record is written by then: the next stage need not wait until this process has been cleared away.
      const stopped = await Promise.race([ended, success]);
      const event = last ?? silentEnd(name, stopped?.end, stopped?.timedOut ? limitSeconds : undefined);
      const kill = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      const gone = ended.then(() => clearTimeout(kill));
      const seconds = (performance.now() - startedAt) / 1000;
      if (event.event === "failed")
        log.write({ level: "error", message: "stage failed", stage: name, fields: { seconds, ...event } });
      else log.write({ level: "info", message: "stage ended", stage: name, fields: { seconds, outcome: event.kind } });
      return { seconds, said, event, gone };
    },
  };
}

/** Waits for the stage's end; stops it at its limit and at a signal, at first kindly. */
async function watched(
  child: Child,
  limitSeconds: number,
  interruption: Interruption,
): Promise<{ end: ChildEnd; timedOut: boolean }> {
  let timedOut = false;
  let kill: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill("SIGTERM");
    kill ??= setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  const endLimit = afterSeconds(limitSeconds, () => {
    timedOut = true;
    stop();
  });
  const ignore = interruption.onSignal((count) => (count === 1 ? stop() : child.kill("SIGKILL")));
  try {
    return { end: await child.ended, timedOut };
  } finally {
    endLimit();
    clearTimeout(kill);
    ignore();
  }
}

/** A process that ended without a word about how: killed, out of time, or broken. */
function silentEnd(name: string, end: ChildEnd | undefined, limitSeconds: number | undefined): FailedEvent {
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
  if (end?.signal !== undefined) {
    const { signal, output: stack } = end;
    if (!saysOutOfMemory(stack))
      return { ...failed, message: `${name} was ended by ${signal}`, hint: hintOf(signal), stack };
    return { ...failed, message: `${name} ran out of memory (${signal})`, hint: MEMORY_HINT, stack };
  }
  const lastLine = (end?.output ?? "").trim().split("\n").at(-1) ?? "";
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

/** A run that is at its end leaves a stage no time. */
function overtime(limitSeconds: number): string {
  const seconds = Math.round(limitSeconds);
  return seconds === 0 ? "the run has used up its time" : `it took longer than its limit of ${seconds} s`;
}

/** What a signal that nobody sent on purpose may mean. */
function hintOf(signal: string): string | null {
  if (signal === "SIGKILL") return "was the machine out of memory? the kernel's log (dmesg) says so";
  // V8, DuckDB and the C library end themselves so where they get no more.
  const ownEnd = ["SIGABRT", "SIGTRAP", "SIGILL", "SIGSEGV"].includes(signal);
  return ownEnd ? "was it refused memory or threads? look at ulimit -v, ulimit -u and the container's limits" : null;
}
