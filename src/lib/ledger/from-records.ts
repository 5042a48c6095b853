import { InputError } from "../errors.ts";
import { openOutbox } from "../notify/outbox/outbox.ts";
import { failedKey } from "../notify/team.ts";
import type { Archive } from "../stage/archive.ts";
import { readResult } from "../stage/parts.ts";
import { readAttempt, type StageRecord } from "../stage/record.ts";
import { startOfRun } from "../workspace/run-id.ts";
import { decisionIn } from "./decision.ts";
import type { EventOf, LedgerEvent } from "./events.ts";
import { waivedIn } from "./waived.ts";

/** What records tell where the ledger doesn't: of a churn that kept none, of another folder's run, or where lines are lost. */
export interface FromRecords {
  readonly events: readonly LedgerEvent[];
  /** a sentence for each record that can't be read */
  readonly damaged: readonly string[];
}

/**
 * One run's story, but for its decision, by the records of its attempts. How it was started, they don't say.
 *
 * @param mayBeAtWork  whether a run that was last heard of then, ISO 8601, may have no end yet; by default it has one
 */
export async function runFromRecords(
  archive: Archive,
  night: string,
  run: string,
  mayBeAtWork: (heard: string) => Promise<boolean> = async () => false,
): Promise<FromRecords> {
  const { attempts, damaged } = await attemptsOf(archive, night, run);
  const [first] = attempts;
  const time = startOfRun(run)?.toISOString() ?? first?.started_at;
  if (time === undefined) return { events: [], damaged };
  const started: LedgerEvent = {
    event: "run_started",
    time,
    run,
    night,
    started_by: null,
    command: first?.command ?? [],
    user: null,
    host: null,
    process: null,
  };
  const stages = attempts.flatMap((attempt) => [...stageEvents(archive, attempt), ...waivedEvents(attempt)]);
  const heard = [time, ...attempts.map(({ started_at }) => started_at)].sort().at(-1) ?? time;
  const end = (await mayBeAtWork(heard)) ? [] : [await endOf(archive, night, { run, attempts, began: time })];
  return { events: [started, ...stages, ...end], damaged };
}

/** How a run ended, by the records of its attempts, where nothing else says it. */
export async function endFromRecords(
  archive: Archive,
  { night, run, began }: { readonly night: string; readonly run: string; readonly began: string },
): Promise<EventOf<"run_ended">> {
  return await endOf(archive, night, { run, began, attempts: (await attemptsOf(archive, night, run)).attempts });
}

/** The night's decision, with the run that came to it. */
export async function decisionFromRecords(archive: Archive, night: string): Promise<FromRecords> {
  try {
    const found = await decisionIn(archive, night);
    if (found === undefined) return { events: [], damaged: [] };
    const { record, event } = found;
    return { events: [{ ...event, run: record.run, time: record.ended_at ?? record.started_at }], damaged: [] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { events: [], damaged: [error.message] };
  }
}

/** In the order in which they began. */
async function attemptsOf(
  archive: Archive,
  night: string,
  run: string,
): Promise<{ readonly attempts: readonly StageRecord[]; readonly damaged: readonly string[] }> {
  const attempts: StageRecord[] = [];
  const damaged: string[] = [];
  for (const { name } of archive.stages) {
    try {
      const attempt = await readAttempt(archive, night, run, name);
      if (attempt !== undefined) attempts.push(attempt);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      damaged.push(error.message);
    }
  }
  return { attempts: attempts.sort((one, other) => (one.started_at < other.started_at ? -1 : 1)), damaged };
}

function stageEvents(archive: Archive, attempt: StageRecord): readonly LedgerEvent[] {
  const { stage, night, run, status, started_at, ended_at, reason, error } = attempt;
  const common = { run, night, stage };
  const started: LedgerEvent = { event: "stage_started", ...common, time: started_at, reason };
  if (ended_at === null) return [started];
  const ended: LedgerEvent = {
    event: "stage_ended",
    ...common,
    time: ended_at,
    outcome: status === "running" ? "interrupted" : status,
    took: secondsBetween(started_at, ended_at),
    text: error?.message ?? (status === "succeeded" ? described(archive, attempt) : status),
    exit_code: error?.exit_code ?? (status === "succeeded" ? 0 : null),
  };
  return [started, ended];
}

/** A checkpoint that can't be read is told by whoever needs it. */
function waivedEvents(attempt: StageRecord): readonly LedgerEvent[] {
  try {
    return waivedIn(attempt);
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}

async function endOf(
  archive: Archive,
  night: string,
  { run, attempts, began }: { readonly run: string; readonly attempts: readonly StageRecord[]; readonly began: string },
): Promise<EventOf<"run_ended">> {
  const ends = attempts.map(({ started_at, ended_at }) => ended_at ?? started_at);
  const time = [began, ...ends].sort().at(-1) ?? began;
  const end = { event: "run_ended", time, run, night, stage: null, reason: null, exit_code: null, took: null } as const;
  const failed = attempts.findLast(({ status }) => status === "failed");
  const cut = attempts.findLast(({ status }) => status === "running" || status === "interrupted");
  if (cut !== undefined) return { ...end, outcome: "interrupted", stage: cut.stage };
  const took = secondsBetween(began, time);
  if (failed !== undefined) {
    const { stage, error } = failed;
    const [reason, exit_code] = [error?.message ?? null, error?.exit_code ?? null];
    return { ...end, outcome: "failed", stage, reason, exit_code, took };
  }
  const message = (await openOutbox(archive.store).entry(failedKey(night, run)))?.letter.message;
  if (message?.kind === "failed")
    return { ...end, outcome: "failed", stage: message.stage, reason: message.reason, took };
  const last = attempts.at(-1);
  if (last === undefined) return { ...end, outcome: "unknown" };
  return { ...end, outcome: "succeeded", stage: last.stage, exit_code: 0, took };
}

/** A result that can't be read is told by whoever needs it. */
function described({ stages }: Archive, record: StageRecord): string {
  const stage = stages.find(({ name }) => name === record.stage);
  try {
    return stage?.describe(readResult(stage.result, record)) ?? "";
  } catch (error) {
    if (error instanceof InputError) return "";
    throw error;
  }
}

function secondsBetween(start: string, end: string): number {
  return Math.max(0, Date.parse(end) - Date.parse(start)) / 1000;
}
