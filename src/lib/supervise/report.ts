import { ChurnError } from "../errors.ts";
import type { Stage } from "../stage/define.ts";
import { DECIDING_STAGE } from "../stage/inputs.ts";
import type { Ledger } from "../stage/ledger.ts";
import { isPartOfDecision } from "../stage/nights.ts";
import { readResult } from "../stage/parts.ts";
import { readSuccess, type StageRecord } from "../stage/record.ts";
import type { Night } from "../workspace/night.ts";
import { wallClock } from "../workspace/timezone.ts";
import type { NightSummary } from "./run-night.ts";

/** Whether a decided night is complete: the stages after the decision have succeeded too. */
export async function isComplete(ledger: Ledger, night: Night): Promise<boolean> {
  for (const stage of ledger.stages.filter((stage) => !isPartOfDecision(ledger, stage))) {
    if ((await readSuccess(ledger, night.name, stage.name)) === undefined) return false;
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

/**
 * The stage's failure as run-all's own, with the command that continues.
 *
 * @param alone  no table of stages stands above it: then the message says where it happened, and brings its evidence along
 */
export function failureError(
  { stage, event }: NonNullable<NightSummary["failure"]>,
  night: Night,
  log: string,
  alone: boolean,
): ChurnError {
  const message = alone ? `${stage} of ${night.name}: ${event.message}` : event.message;
  const hint =
    event.exitCode === 1
      ? `this is a defect in churn: please report it with ${log}`
      : continued(event.hint ?? `look at ${log}`, night);
  return new ChurnError(event.exitCode, message, hint, { details: alone ? event.details : [] });
}

function continued(hint: string, night: Night): string {
  return hint.includes("churn run-all") ? hint : `${hint}\nchurn run-all --date ${night.date} continues`;
}
