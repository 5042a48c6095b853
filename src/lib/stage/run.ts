import * as z from "zod";
import type { Config } from "../config/schema.ts";
import { QualityGateError, UsageError } from "../errors.ts";
import type { Told } from "../ledger/events.ts";
import type { Night } from "../workspace/night.ts";
import type { Services } from "../workspace/services.ts";
import type { Archive } from "./archive.ts";
import type { Stage } from "./define.ts";
import { assess, planWork, type Work } from "./fresh.ts";
import { openInputs, openOutputs, openPrevious } from "./handles.ts";
import { decisionOf, isPartOfDecision } from "./nights.ts";
import { readCheckpoint, readResult } from "./parts.ts";
import {
  attemptKey,
  failureOf,
  lastAttempt,
  type References,
  readAttempts,
  readSuccess,
  recordKey,
  type StageRecord,
  writeRecord,
} from "./record.ts";
import { watchOwnUsage } from "./usage.ts";

/** What a stage says while it works; the terminal and the run's log listen. */
export interface Reporter {
  log(level: "info" | "warn" | "error", message: string, fields?: Readonly<Record<string, unknown>>): void;
  progress(text: string, share?: number): void;
  /** shows people a line while the stage works; the log has it already */
  notice(message: string): void;
}

export interface StageRun {
  readonly archive: Archive;
  readonly config: Config;
  readonly services: Services;
  readonly night: Night;
  /** today in the configured time zone, YYYY-MM-DD */
  readonly today: string;
  readonly runId: string;
  /** who started it: personName */
  readonly person: string;
  /** which try of the run this is, counted from 1 */
  readonly tryNumber?: number;
  readonly command: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  readonly force: boolean;
  readonly reporter: Reporter;
  /** reads what tells which version was in production when; nothing does where there is no ledger */
  readonly history?: () => Promise<Told>;
  /** Called before a stage that is not up to date begins: it may refuse to. */
  readonly beforeWork?: () => Promise<void>;
  /** Called before the attempt's first record is written: with a function that marks it as interrupted, and why it runs. */
  readonly onStart?: (interrupt: () => Promise<void>, reason: string) => void;
}

export type StageOutcome = {
  readonly kind: "succeeded" | "fresh" | "decided";
  readonly record: StageRecord;
  /** the result in half a line */
  readonly line: string;
  readonly reason: string;
};

/**
 * Runs one stage of one night: finds its inputs through the records of the stages before it, decides whether anything is to
 * be done, runs it, and writes its record last.
 *
 * @throws {UsageError} when a decided night is forced
 * @throws {QualityGateError} when a gate has stopped this night before
 * @throws {InputError} when a stage before it has not succeeded, or its files were changed since
 */
export async function runStage(stage: Stage, options: StageRun): Promise<StageOutcome> {
  const { archive, night, reporter } = options;
  const decided = await decidedAlready(stage, options);
  if (decided !== undefined) return decided;
  await refuseAfterFailedGates(stage, options);

  const work = await planWork(archive, stage, night.name, options, stage.flags.parse(options.flags));
  const freshness = options.force
    ? { fresh: false as const, reason: "forced" }
    : await assess(archive, stage, night.name, work, options);
  if (freshness.fresh) {
    const line = stage.describe(readResult(stage.result, freshness.record));
    return { kind: "fresh", record: freshness.record, line, reason: "up to date" };
  }
  await options.beforeWork?.();
  const inputs = await openInputs(archive, stage.needs, work.inputs, night.name);
  const previous = await openPrevious(archive, stage.previous, work);
  reporter.log("info", "stage starts", { reason: freshness.reason });
  return attempt(stage, options, { work, inputs, previous, reason: freshness.reason });
}

/** A stage that is to run, with all that it needs at hand. */
interface Ready {
  readonly work: Work;
  readonly inputs: Awaited<ReturnType<typeof openInputs>>;
  readonly previous: Awaited<ReturnType<typeof openPrevious>>;
  /** why it runs */
  readonly reason: string;
}

async function attempt(
  stage: Stage,
  options: StageRun,
  { work, inputs, previous, reason }: Ready,
): Promise<StageOutcome> {
  const { archive, night, reporter } = options;
  const key = attemptKey(night.name, options.runId, stage.name);
  const earlier = await lastCheckpoint(stage, options);

  using usage = watchOwnUsage();
  const beganAt = performance.now();
  // A try of the same run before this one has this very record, which is about to be replaced. Of other work nothing can be kept there.
  const isOwn = earlier?.run === options.runId && earlier.digest === work.digest;
  let record = newRecord(stage, options, work, reason, isOwn ? toJson(stage.checkpoint?.write(earlier.value)) : null);
  const save = async (change: Partial<StageRecord>) => {
    record = { ...record, ...change };
    await writeRecord(archive, key, record);
  };
  const ended = () => ({
    // A clock that is set back meanwhile makes no attempt end before it began.
    ended_at: new Date(Math.max(Date.now(), Date.parse(record.started_at) + performance.now() - beganAt)).toISOString(),
    ...usage.now(),
  });
  // Before the first write: a signal that nobody listens for ends the process in the midst of it.
  options.onStart?.(() => save({ status: "interrupted", ...ended() }), reason);
  await save({});

  // A success record never stands over files that are being replaced.
  const written: Record<string, References[string]> = {};
  const outputs = openOutputs(archive, stage.produces, night.name, {
    beforeFirst: () => archive.store.remove(recordKey(night.name, stage.name)),
    onWritten: (name, reference) => {
      written[name] = reference;
    },
  });
  try {
    const returned = await stage.run({
      night: night.name,
      date: night.date,
      today: options.today,
      runId: options.runId,
      person: options.person,
      workspaceId: archive.workspaceId,
      inputs,
      outputs,
      previous,
      later: work.later,
      history: options.history ?? (async () => ({ events: [], damaged: [] })),
      config: options.config,
      services: options.services,
      flags: stage.flags.parse(options.flags),
      digest: work.digest,
      log: (message, fields) => reporter.log("info", message, fields),
      warn: (message, fields) => reporter.log("warn", message, fields),
      notice: (message, fields) => {
        reporter.log("info", message, fields);
        reporter.notice(message);
      },
      progress: (text, share) => reporter.progress(text, share),
      checkpoint: {
        last: earlier,
        save: (checkpoint) => save({ checkpoint: toJson(stage.checkpoint?.write(checkpoint)) }),
      },
    });
    const result = stage.result.schema.parse(returned);
    await save({ status: "succeeded", outputs: written, result: toJson(stage.result.write(result)), ...ended() });
    await writeRecord(archive, recordKey(night.name, stage.name), record);
    const line = stage.describe(result);
    reporter.log("info", "stage succeeded", { result });
    return { kind: "succeeded", record, line, reason };
  } catch (error) {
    if (error instanceof QualityGateError) await archive.store.remove(recordKey(night.name, stage.name));
    // What went wrong first is what people are to hear of.
    await save({ status: "failed", outputs: written, error: failureOf(error), ...ended() }).catch((lost: unknown) =>
      reporter.log("warn", "the attempt's record can't be written", { error: String(lost) }),
    );
    throw error;
  }
}

/** A decided night stays as it is, whatever the registry or churn.yaml says by now. notify is no part of the decision. */
async function decidedAlready(stage: Stage, { archive, night, force }: StageRun): Promise<StageOutcome | undefined> {
  const decision = await decisionOf(archive, night.name);
  if (decision === undefined || !isPartOfDecision(archive, stage)) return undefined;
  if (force) {
    throw new UsageError(
      `the night of ${night.name} is decided: its files don't change any more`,
      `churn run-all --date ${night.date} --again decides anew`,
    );
  }
  const record = (await readSuccess(archive, night.name, stage.name)) ?? decision;
  return { kind: "decided", record, line: `the night of ${night.name} is decided, nothing to do`, reason: "decided" };
}

/** Once validate has refused the night's customers, nothing is built on them until it has accepted others. */
async function refuseAfterFailedGates(stage: Stage, { archive, night }: StageRun): Promise<void> {
  for (const earlier of archive.stages.slice(
    0,
    archive.stages.findIndex(({ name }) => name === stage.name),
  )) {
    if ((await readSuccess(archive, night.name, earlier.name)) !== undefined) continue;
    const attempt = await lastAttempt(archive, night.name, earlier.name);
    if (attempt?.error?.name === "QualityGateError") {
      throw new QualityGateError(`${earlier.name} stopped the night of ${night.name}: ${attempt.error.message}`, [
        "look at the source, then read it again:",
        `churn run-all --date ${night.date}`,
      ]);
    }
  }
}

async function lastCheckpoint(stage: Stage, { archive, night, force }: StageRun) {
  if (stage.checkpoint === undefined) return undefined;
  for await (const attempt of readAttempts(archive, night.name, stage.name)) {
    const value = readCheckpoint(stage.checkpoint, attempt);
    if (value === undefined) continue;
    return { run: attempt.run, digest: attempt.digest, value, resumable: !(force && attempt.status === "succeeded") };
  }
  return undefined;
}

function newRecord(
  stage: Stage,
  options: StageRun,
  work: Work,
  reason: string,
  checkpoint: StageRecord["checkpoint"],
): StageRecord {
  return {
    workspace: options.archive.workspaceId,
    stage: stage.name,
    night: options.night.name,
    run: options.runId,
    status: "running",
    started_at: new Date().toISOString(),
    ended_at: null,
    versions: work.versions,
    node: process.version,
    command: [...options.command],
    reason,
    config: toJson(work.config),
    flags: toJson(work.flags),
    digest: work.digest,
    inputs: work.inputs,
    outputs: {},
    checkpoint,
    result: null,
    error: null,
    peak_memory_bytes: null,
    cpu_seconds: null,
    tries: options.tryNumber ?? 1,
    taken_over_from: null,
  };
}

const jsonObject = z.record(z.string(), z.json());
function toJson(value: unknown) {
  return jsonObject.parse(value);
}
