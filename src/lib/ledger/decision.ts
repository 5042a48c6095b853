import * as z from "zod";
import { olderNight, outcome, productionMoved } from "../compare/report.ts";
import { classificationMetrics } from "../model/evaluation.ts";
import type { Archive } from "../stage/archive.ts";
import { findDecision } from "../stage/decided.ts";
import { DECIDING_STAGE } from "../stage/inputs.ts";
import { lastSuccess } from "../stage/lost-record.ts";
import { readResult } from "../stage/parts.ts";
import { readAttempt, readSuccess, type StageRecord } from "../stage/record.ts";
import type { EventOf, WithoutPlace } from "./events.ts";
import { readLedgerFile } from "./lines.ts";

/** A night's decision, as the ledger has it. */
export type DecisionEvent = EventOf<"registered" | "not_registered">;

const evaluated = z.object({ metrics: classificationMetrics });
const compared = z.object({
  outcome,
  f1: z.number(),
  prod_f1: z.number().nullable(),
  improvement: z.number().nullable(),
  rows: z.int().positive(),
  production_version: z.int().positive().nullable(),
  production_moved: productionMoved,
  older: olderNight,
});
const decided = z.object({
  registered: z.boolean(),
  name: z.string(),
  version: z.int().positive().nullable(),
  stage: z.string().nullable(),
  reason: z.string(),
});

/**
 * What the records of a decided night say of its decision; undefined where it isn't decided, or its stages are not churn's own.
 *
 * @throws {InputError} when a record is damaged
 * @throws {UsageError} when one is another workspace's, or a newer churn's
 */
export async function decisionIn(
  archive: Archive,
  night: string,
): Promise<{ readonly record: StageRecord; readonly event: WithoutPlace<DecisionEvent> } | undefined> {
  const decision = await findDecision(archive, night);
  if (decision.kind === "lost") throw decision.error;
  if (decision.kind === "open") return undefined;
  const { record } = decision;
  const end = decided.safeParse(resultOf(archive, record)).data;
  const [comparison, evaluation] = [
    compared.safeParse(await successOf(archive, night, "compare")).data,
    evaluated.safeParse(await successOf(archive, night, "evaluate")).data,
  ];
  if (end === undefined || comparison === undefined) return undefined;
  const { registered, name, version, stage, reason } = end;
  const { production_version, prod_f1, older, ...facts } = comparison;
  const common = {
    night,
    model: name,
    ...facts,
    reason,
    auc_roc: evaluation?.metrics.auc_roc ?? null,
    production: production_version === null ? null : { version: production_version, f1: prod_f1 },
    is_older: older !== null,
    stage,
  };
  return {
    record,
    event:
      registered && version !== null
        ? { event: "registered", ...common, version }
        : { event: "not_registered", ...common, version },
  };
}

/**
 * The decision that a run came to, where the workspace's ledger doesn't tell it yet: it was killed before it could.
 *
 * @param root  the workspace's folder
 * @throws as `decisionIn`
 * @throws {ServiceError} when the ledger can't be read
 */
export async function untoldDecision(
  archive: Archive,
  root: string,
  { run, night }: { readonly run: string; readonly night: string },
): Promise<DecisionEvent | undefined> {
  // Of a night that another run has decided, or none, this one has nothing to tell: the attempt is the cheaper question.
  if ((await readAttempt(archive, night, run, DECIDING_STAGE))?.status !== "succeeded") return undefined;
  const found = await decisionIn(archive, night);
  if (found === undefined || found.record.run !== run) return undefined;
  const { record, event } = found;
  const lines = readLedgerFile(root, {
    isWanted: (line) => line.includes(`"run":"${run}"`),
    isEnough: (events) => events.some(({ event: kind }) => kind === "run_started"),
  });
  const isTold = lines?.events.some(({ event: kind }) => kind === "registered" || kind === "not_registered");
  return isTold ? undefined : { ...event, run, time: record.ended_at ?? record.started_at };
}

async function successOf(archive: Archive, night: string, stage: string): Promise<unknown> {
  const record = (await readSuccess(archive, night, stage)) ?? (await lastSuccess(archive, night, stage))?.record;
  return record && resultOf(archive, record);
}

function resultOf({ stages }: Archive, record: StageRecord): unknown {
  const stage = stages.find(({ name }) => name === record.stage);
  return stage && readResult(stage.result, record);
}
