import { commandsAt, commandsOf, shellWord } from "../cli/shell.ts";
import { ChurnError } from "../errors.ts";
import { knownError } from "../files/machine-error.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { DECIDING_STAGE } from "../stage/inputs.ts";
import { isPartOfDecision } from "../stage/nights.ts";
import { readResult } from "../stage/parts.ts";
import { readSuccess, type StageRecord } from "../stage/record.ts";
import type { Night } from "../workspace/night.ts";
import { wallClock } from "../workspace/timezone.ts";
import type { NightSummary } from "./run-night.ts";

/** Whether a decided night is complete: the stages after the decision have succeeded too. */
export async function isComplete(archive: Archive, night: Night): Promise<boolean> {
  for (const stage of archive.stages.filter((stage) => !isPartOfDecision(archive, stage))) {
    if ((await readSuccess(archive, night.name, stage.name)) === undefined) return false;
  }
  return true;
}

/** "decided at 06:00:09: churn-model version 4 in Staging" */
export function decisionText(pipeline: readonly Stage[], decision: StageRecord, timezone: string): string {
  const stage = pipeline.find(({ name }) => name === DECIDING_STAGE);
  const ended = new Date(decision.ended_at ?? decision.started_at);
  return `decided at ${wallClock(timezone, ended).time}: ${stage?.describe(readResult(stage.result, decision)) ?? ""}`;
}

/** A run for programs: stable names, everything that the screen shows and each stage's result. */
export function nightJson(
  night: Night,
  run: string | null,
  summary: NightSummary | undefined,
  failure: ChurnError | undefined,
): object {
  const outcome = summary === undefined ? "nothing_to_do" : failure === undefined ? "succeeded" : "failed";
  const error =
    failure === undefined
      ? null
      : { message: failure.message, hint: failure.hint ?? null, exit_code: failure.exitCode };
  return { night: night.name, run, outcome, stages: summary?.stages ?? [], error };
}

/** What whoever is told of a run's failure needs to go on: cron's mail is read in no workspace, and has no screen above it. */
export interface RunPlace {
  /** the workspace's folder */
  readonly root: string;
  /** the log's path, absolute; undefined where the run ended before it had one */
  readonly log: string | undefined;
  /** --set of the run */
  readonly overrides: readonly string[];
  /** --again of the run: without it the date's newest night may be a decided one */
  readonly again: boolean;
  /** names of churn's commands */
  readonly commands: readonly string[];
  /** and of the stages among them */
  readonly stages: readonly string[];
}

/**
 * The stage's failure as run-all's own, with a command that can be pasted and the log's path.
 *
 * @param alone  no table of stages stands above it: then the message says where it happened, and brings its evidence along
 */
export function failureError(
  { stage, event }: NonNullable<NightSummary["failure"]>,
  night: Night,
  place: RunPlace,
  alone: boolean,
): ChurnError {
  const message = (alone ? `${stage} of ${night.name}: ${event.message}` : event.message).split("\n");
  const hint = event.exitCode === 1 ? "this is a defect in churn: please report it with the run's log" : event.hint;
  return new ChurnError(event.exitCode, message, nextSteps(hint, night, place), {
    details: alone ? event.details : [],
    foreign: event.foreign,
  });
}

/** What ends a run outside of its stages, a signal say, as run-all's own in the same way; a defect comes back as it is. */
export function runError(error: unknown, night: Pick<Night, "name" | "date">, place: RunPlace): unknown {
  const known = knownError(error);
  if (known === undefined) return error;
  const hint = nextSteps(known.hint ?? null, night, place);
  return new ChurnError(known.exitCode, known.message.split("\n"), hint, { cause: error, details: known.details });
}

/** A whole line that starts run-all: words and options, and no prose behind them. */
const RUN_ALL = /^churn run-all(?: --[\w-]+(?: [^\s-]\S*)?)*$/;

function nextSteps(
  hint: string | null,
  { name, date }: Pick<Night, "name" | "date">,
  { root, log, overrides, again, commands, stages }: RunPlace,
): string[] {
  const plain = `churn run-all --date ${shellWord(date)}`;
  const goesOn = [plain, ...overrides.flatMap((override) => ["--set", shellWord(override)])].join(" ");
  const given = hint === null ? [] : commandsOf(name, hint, stages).split("\n");
  const steps = given.some((line) => RUN_ALL.test(line)) ? given : [...given, plain];
  // Of this date's first night; 2026-11-23.2 is another one.
  const ofThisRun = steps.join("\n").replaceAll(plain, (found, at: number, text: string) => {
    const left = text.slice(at + found.length);
    if (/^[\w.-]/.test(left)) return found;
    return again && !/^.* --again\b/.test(left) ? `${goesOn} --again` : goesOn;
  });
  const lines = commandsAt(root, ofThisRun, commands).split("\n");
  return [...lines, ...(log === undefined ? [] : [`the run's log: ${shellWord(log)}`])];
}
