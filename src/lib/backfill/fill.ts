import type { CommandContext } from "../cli/command.ts";
import { shellWord } from "../cli/shell.ts";
import { ChurnError } from "../errors.ts";
import { knownError } from "../files/machine-error.ts";
import { decisionIn } from "../ledger/decision.ts";
import { sentenceOf } from "../ledger/writer.ts";
import { ownWords } from "../notify/outgoing.ts";
import { failureDigest } from "../notify/series.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { workspaceId } from "../store/id.ts";
import type { DateReport } from "../supervise/date-run.ts";
import type { Interruption } from "../supervise/interruption.ts";
import { pause } from "../supervise/retry.ts";
import { runDate } from "../supervise/run-date.ts";
import type { NightView } from "../supervise/view.ts";
import type { FilledDay } from "./report.ts";

/** As a stage's process names the error of a date that is not in the source. */
const NO_SNAPSHOT = "NoSnapshotError";

/** Between two nights others get in, whose looks at the lock are closer to each other. */
const GAP_SECONDS = 1;

/** The flags that each day's run goes by. */
export interface FillFlags {
  readonly allow_register: boolean;
  readonly accept_empty_registry: boolean;
  readonly wait_lock?: string | undefined;
  readonly verbose: boolean;
}

/** Days that are to be filled. */
export interface Filling {
  readonly pipeline: readonly Stage[];
  readonly context: CommandContext;
  readonly archive: Archive;
  /** the workspace's folder */
  readonly root: string;
  /** oldest first */
  readonly days: readonly string[];
  readonly flags: FillFlags;
  /** the digests of failures that are no news, by their day */
  readonly toldFailures: ReadonlyMap<string, string>;
  /** how long another run is waited for that came in between two days */
  readonly longestRun: string;
  /** the key of the message that tells of all of them */
  readonly key: string;
  readonly interruption: Interruption;
  /** draws a day's run */
  readonly view: (date: string) => NightView;
  /** hears why a day waits */
  readonly onWait: (line: string) => void;
  /** hears of each day when it is over, with compare's and register's own lines */
  readonly onDay: (day: FilledDay, lines: readonly string[]) => void;
}

/** What came of it. */
export interface Filled {
  readonly days: readonly FilledDay[];
  /** reasons of failures without other programs' words, by their day: for people elsewhere */
  readonly ownReasons: ReadonlyMap<string, string>;
  /** days of which the source has no customers: to try them again is in vain */
  readonly absent: ReadonlySet<string>;
  /** days that were not tried: what ended the last one would have ended them too */
  readonly left: readonly string[];
  /** that end; one that was turned away by another run is among those that were not tried */
  readonly stopped: ChurnError | undefined;
}

/**
 * Runs a night for each day, as run-all does, each under a lock of its own. A day that fails stops the others only where its cause would
 * stop them as well.
 *
 * @throws {InterruptedError} as soon as churn is asked to stop
 */
export async function fillDays(filling: Filling): Promise<Filled> {
  const { days, interruption, context, root, onDay } = filling;
  const filled: FilledDay[] = [];
  const ownReasons = new Map<string, string>();
  const absent = new Set<string>();
  let before: Failure | undefined;
  for (const [index, date] of days.entries()) {
    const ahead = days.slice(index);
    const hint = `go on with ${goesOn(context, root, ahead, filling.flags)}`;
    // Its own error knows of no days.
    if (index > 0) await pause(GAP_SECONDS, interruption).catch(() => undefined);
    interruption.throwIfInterrupted(hint);
    const { day, failure, lines } = await fillDay(filling, date, index === 0);
    interruption.throwIfInterrupted(hint);
    // It was turned away, and has begun nothing.
    if (failure?.name === "HeldError") return { days: filled, ownReasons, absent, left: ahead, stopped: failure.error };
    filled.push(day);
    onDay(day, lines);
    if (failure !== undefined) {
      ownReasons.set(date, ownWords(failure.message, failure.foreign));
      if (failure.name === NO_SNAPSHOT) absent.add(date);
      if (stopsAll(failure, before))
        return { days: filled, ownReasons, absent, left: ahead.slice(1), stopped: failure.error };
    }
    before = failure;
  }
  return { days: filled, ownReasons, absent, left: [], stopped: undefined };
}

/** How a day failed. */
export interface Failure {
  /** undefined where none had begun */
  readonly stage: string | undefined;
  /** of the error's class */
  readonly name: string;
  readonly exitCode: number;
  readonly message: string;
  readonly foreign: readonly string[];
  readonly error: ChurnError;
}

async function fillDay(
  { pipeline, context, archive, flags, toldFailures, longestRun, key, interruption, view, onWait }: Filling,
  date: string,
  isFirst: boolean,
): Promise<{ readonly day: FilledDay; readonly failure: Failure | undefined; readonly lines: readonly string[] }> {
  const began = performance.now();
  let report: DateReport | undefined;
  let thrown: unknown;
  try {
    await runDate({
      pipeline,
      context,
      flags: {
        date,
        force: false,
        again: false,
        quiet: true,
        verbose: flags.verbose,
        allow_register: flags.allow_register,
        accept_empty_registry: flags.accept_empty_registry,
        wait_lock: flags.wait_lock ?? (isFirst ? undefined : longestRun),
      },
      interruption,
      toldIn: key,
      view: view(date),
      onWait,
      onEnd: (ended) => {
        report = ended;
      },
    });
  } catch (error) {
    thrown = error;
  }
  const took = Math.round(performance.now() - began) / 1000;
  const night = report?.night.name ?? date;
  const none = { comparison: null, stage: null, f1: null, auc_roc: null, version: null };
  const place = { date, night, run: report?.run ?? null, took };
  if (thrown !== undefined) {
    const failure = failureOf(thrown, report);
    const { message: reason, exitCode: exit_code, stage = null } = failure;
    const told_before =
      toldFailures.get(date) === digestOf({ ...failure, message: sentenceOf(archive.redact(reason)) });
    return { day: { ...place, ...none, outcome: "failed", stage, reason, exit_code, told_before }, failure, lines: [] };
  }
  // The first night of all has given the workspace its id.
  const known = { ...archive, workspaceId: (await workspaceId(archive.store)) ?? "" };
  const decision = (await decisionIn(known, night))?.event;
  const facts =
    decision === undefined
      ? { ...none, reason: "" }
      : {
          comparison: decision.outcome,
          stage: null,
          f1: decision.f1,
          auc_roc: decision.auc_roc,
          version: decision.event === "registered" ? decision.version : null,
          reason: decision.reason,
        };
  const isNews = report?.run !== null;
  const outcome = isNews ? (decision?.event ?? "not_registered") : "decided_before";
  const lines = (report?.summary?.stages ?? []).flatMap(({ name, text, status }) =>
    name === "compare" || (name === "register" && outcome === "registered") ? [status === "failed" ? "" : text] : [],
  );
  const day = { ...place, ...facts, outcome, exit_code: 0, told_before: false } as const;
  return { day, failure: undefined, lines };
}

function failureOf(thrown: unknown, report: DateReport | undefined): Failure {
  const error = knownError(thrown);
  if (error === undefined) throw thrown;
  const { summary, failure } = report ?? {};
  if (summary?.failure !== undefined && failure !== undefined) {
    const { stage, event } = summary.failure;
    return { stage, ...event, error: failure };
  }
  // What run-all says in its own words has what happened as its cause.
  const cause = error.cause instanceof ChurnError ? error.cause : error;
  const { name, exitCode, message, foreign } = cause;
  return { stage: undefined, name, exitCode, message, foreign, error };
}

/**
 * Whether what ended a day would end the next one too: a setting, a right or credentials; a service that is down; a machine that fails
 * twice in the same way. That a day has no snapshot, or a bad one, says nothing of the others.
 *
 * @param before  how the day before failed, if it did
 */
export function stopsAll(failure: Failure, before: Failure | undefined): boolean {
  const { exitCode, name } = failure;
  if (exitCode === 2) return name !== NO_SNAPSHOT;
  if (name === "UnreachableError" || name === "FailingServiceError") return true;
  return exitCode === 5 && before !== undefined && digestOf(failure) === digestOf(before);
}

function digestOf({ stage = "", exitCode, message }: Pick<Failure, "stage" | "exitCode" | "message">): string {
  return failureDigest(stage, exitCode, message);
}

/** The command that fills days, wherever it is pasted. */
export function goesOn(
  { overrides }: Pick<CommandContext, "overrides">,
  root: string,
  days: readonly string[],
  { allow_register }: Pick<FillFlags, "allow_register">,
): string {
  return [
    ...["churn", "-C", root, "backfill", "--since", days[0] ?? "", "--until", days.at(-1) ?? ""],
    ...(allow_register ? ["--allow-register"] : []),
    ...overrides.flatMap((override) => ["--set", override]),
  ]
    .map(shellWord)
    .join(" ");
}
