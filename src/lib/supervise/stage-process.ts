import { oomKills, oomSign } from "../files/oom-kills.ts";
import { type Usage, watchUsage } from "../stage/usage.ts";
import type { RunLog } from "../workspace/log.ts";
import { afterSeconds } from "../workspace/timer.ts";
import { type Child, type ChildEnd, startChild } from "./child.ts";
import type { StageEvent } from "./events.ts";
import type { Interruption } from "./interruption.ts";
import { silentEnd } from "./silent-end.ts";
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
  /** The process ended without a word, so its attempt's record lacks how; undefined where it has said it itself. */
  readonly silent: { readonly usage: Usage | undefined } | undefined;
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
      const killsBefore = oomKills();
      using usage = watchUsage(child.pid);
      view.stageStarts({ name, command: options.command, reason });
      log.write({ level: "info", message: "stage begins", stage: name, fields: { command: options.command, reason } });
      child.go(options.today);
      const ended = watched(child, limitSeconds, interruption);
      // Its record is written by then: the next stage need not wait until this process has been cleared away.
      const stopped = await Promise.race([ended, success]);
      const event =
        last ??
        silentEnd(name, {
          end: stopped?.end,
          limitSeconds: stopped?.timedOut ? limitSeconds : undefined,
          usage: usage.seen(),
          oom: oomSign(killsBefore, oomKills()),
        });
      const silent = last === undefined ? { usage: usage.seen() } : undefined;
      const kill = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      const gone = ended.then(() => clearTimeout(kill));
      const seconds = (performance.now() - startedAt) / 1000;
      if (event.event === "failed")
        log.write({ level: "error", message: "stage failed", stage: name, fields: { seconds, ...event } });
      else log.write({ level: "info", message: "stage ended", stage: name, fields: { seconds, outcome: event.kind } });
      return { seconds, said, event, silent, gone };
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
