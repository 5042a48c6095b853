import { flagWords } from "../cli/flags.ts";
import { shellWord } from "../cli/shell.ts";
import type { Config } from "../config/schema.ts";
import { closeDatabaseAhead } from "../duckdb/open.ts";
import { type ChurnError, InputError } from "../errors.ts";
import { tellerOfStage } from "../ledger/stage.ts";
import type { LedgerWriter } from "../ledger/writer.ts";
import { isWaiving } from "../quality/waivers.ts";
import { canReadAgain } from "../source/past-days.ts";
import { mistakeAhead } from "../stage/ahead.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { assess, planWork } from "../stage/fresh.ts";
import { decisionOf, isPartOfDecision } from "../stage/nights.ts";
import { readResult } from "../stage/parts.ts";
import { readSuccess, type StageRecord } from "../stage/record.ts";
import type { RunLog } from "../workspace/log.ts";
import type { Night } from "../workspace/night.ts";
import type { Services } from "../workspace/services.ts";
import { absentService, absentSource } from "./absent-service.ts";
import { askChannels } from "./closed-channels.ts";
import { failedEvent } from "./events.ts";
import { handOn } from "./handed-on.ts";
import type { Interruption } from "./interruption.ts";
import { stageLimitSeconds } from "./limits.ts";
import { noteSilentEnd } from "./note-end.ts";
import type { Retries } from "./retry.ts";
import { type StageProcess, startStage } from "./stage-process.ts";
import { startAhead, startInTurn } from "./start-with-room.ts";
import type { FailedEvent, NightView, StageLine } from "./view.ts";

export interface NightRun {
  readonly archive: Archive;
  readonly services: Services;
  readonly root: string;
  readonly config: Config;
  readonly night: Night;
  /** in the configured time zone, YYYY-MM-DD */
  readonly today: string;
  readonly runId: string;
  /** what earlier tries of the same run have done: how long they worked, stages that are not forced a second time, lines that are on the screen */
  readonly before: Pick<Retries, "workedSeconds" | "tryOf"> & {
    readonly done: ReadonlySet<string>;
    readonly shown: ReadonlySet<string>;
  };
  /** why the night can't begin: no stage works then */
  readonly refused?: ChurnError | undefined;
  /** the stages to look at, in order */
  readonly stages: readonly Stage[];
  /** run every stage, whatever its record says */
  readonly force: boolean;
  /** run this stage and the later ones whatever their records say; the earlier ones are taken as they are */
  readonly from: string | undefined;
  /** flags of stages, by their names: each stage gets those that it declares */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly program: string;
  /** the values of --set, in order: a.b=c */
  readonly overrides: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly lockFds: readonly number[];
  /** hears which stage begins to work */
  readonly atStage: (stage: string) => void;
  readonly log: RunLog;
  /** told of each stage that works */
  readonly writer: LedgerWriter;
  readonly view: NightView;
  readonly interruption: Interruption;
}

export interface StageSummary extends StageLine {
  readonly result: StageRecord["result"];
}

export interface NightSummary {
  readonly stages: readonly StageSummary[];
  /** what stages said for people, in order */
  readonly said: readonly string[];
  /** the stage that failed and how, if one did: no later one ran */
  readonly failure: { readonly stage: string; readonly event: FailedEvent } | undefined;
  /** seconds that the run has worked, earlier tries included */
  readonly workedSeconds: number;
}

/** Processes that get ready while a stage works: some stages are over before one process has loaded its program. */
const STARTED_AHEAD = 2;

/** Whether a stage is to run, and why; or what its record says if not. */
export type Plan =
  | { readonly stage: Stage; readonly runs: true; readonly reason: string; readonly first: boolean }
  | { readonly stage: Stage; readonly runs: false; readonly kept: boolean; readonly record: StageRecord };

/**
 * Runs a night's stages, one process each, in order; skips those whose records still hold and stops at the first failure.
 * While one stage works the next ones' processes are started already and wait for their word, so that their start costs little.
 */
export async function runNight(options: NightRun): Promise<NightSummary> {
  const startedAt = performance.now();
  const worked = () => options.before.workedSeconds + secondsSince(startedAt);
  const over = new AbortController();
  const course: Course = {
    ...{ options, worked, over: over.signal },
    ...{ stages: [], said: [], started: new Map(), leaving: [], hasAsked: false },
  };
  const { stages, said, started, leaving } = course;
  const end = (failure: NightSummary["failure"]) => ({ stages, said, failure, workedSeconds: worked() });
  try {
    const todo = await stagesToDo(options);
    // What --from takes as it is has to be there: a mistake of whoever typed it, of which no team need hear.
    for (const stage of todo.filter(({ name }) => isBeforeFrom(options, name))) await planStage(options, stage);
    const absence = absentService(todo, options.services);
    // Where nobody waits for the answer any more.
    absence.catch(() => undefined);
    for (const stage of todo) {
      options.interruption.throwIfInterrupted();
      const failure = await goThrough(course, stage, { todo, absence });
      if (failure !== undefined) return end(failure);
    }
    return end(undefined);
  } finally {
    over.abort();
    options.view.nightStops();
    await Promise.all([...leaving, ...[...started.values()].map((process) => process.dismiss())]);
  }
}

/** How far a night has come. */
interface Course {
  readonly options: NightRun;
  /** seconds that the run has worked, earlier tries included */
  readonly worked: () => number;
  /** aborted when no stage works any more */
  readonly over: AbortSignal;
  readonly stages: StageSummary[];
  readonly said: string[];
  /** processes that wait for their word */
  readonly started: Map<Stage, StageProcess>;
  /** each settles when a process that has said all is gone */
  readonly leaving: Promise<void>[];
  /** whether all was asked that is asked before the first stage works */
  hasAsked: boolean;
}

/** What a stage is gone through with. */
interface Ahead {
  /** all stages of the night that are looked at, in order */
  readonly todo: readonly Stage[];
  /** the first stage that would miss a service */
  readonly absence: ReturnType<typeof absentService>;
}

type Failed = NonNullable<NightSummary["failure"]>;

/** Finds out whether a stage has to work, and has it work. @returns how it failed, or one that would fail later */
async function goThrough(course: Course, stage: Stage, { todo, absence }: Ahead): Promise<Failed | undefined> {
  const { options, started } = course;
  const { name } = stage;
  // A server that is down would be asked for minutes whether this stage is up to date.
  const absent = stage.uses?.includes("tracking") === true ? await absence : undefined;
  if (absent !== undefined) return failBeforeWork(course, absent.stage, failedEvent(absent.error));
  const plan = await planStage(options, stage).catch((error: unknown) => failedEvent(error));
  if ("event" in plan) return failBeforeWork(course, name, plan);
  if (!plan.runs) {
    const { kept, record } = plan;
    const text = stage.describe(readResult(stage.result, record));
    const status = kept ? "kept" : "fresh";
    endStage(course, { name, status, seconds: 0, text, reason: undefined, result: record.result });
    return undefined;
  }
  if (options.refused !== undefined) return failBeforeWork(course, name, failedEvent(options.refused));
  const process = await processOf(course, stage);
  if ("event" in process) return failBeforeWork(course, name, process);
  if (!course.hasAsked) {
    // The process gets ready meanwhile, so that the question costs nothing.
    course.hasAsked = true;
    started.set(stage, process);
    const found = await mistakeBeforeWork(options, stage, absence);
    if (found !== undefined) return failBeforeWork(course, found.stage, failedEvent(found.error));
    askWhoIsTold(course, todo, stage);
  }
  started.delete(stage);
  const next = todo.slice(todo.indexOf(stage) + 1).slice(0, STARTED_AHEAD);
  return await work(course, stage, { process, reason: plan.first ? undefined : plan.reason, next });
}

/** The process of a stage whose turn it is, or why there is none. */
async function processOf({ options, started, leaving }: Course, stage: Stage): Promise<StageProcess | FailedEvent> {
  const start = () => startStage(childOptions(options, stage));
  return started.get(stage) ?? (await startInTurn(start, leaving).catch((error: unknown) => failedEvent(error)));
}

/** What would end the night at this stage or a later one, as far as can be known before the first works. */
async function mistakeBeforeWork({ archive, config, services }: NightRun, stage: Stage, absence: Ahead["absence"]) {
  return (
    (await mistakeAhead(archive.stages, stage, config)) ?? (await absentSource(stage, services)) ?? (await absence)
  );
}

/** A stage works; the next ones get ready. @returns how it failed */
async function work(
  course: Course,
  stage: Stage,
  {
    process,
    reason,
    next,
  }: { readonly process: StageProcess; readonly reason: string | undefined; readonly next: readonly Stage[] },
): Promise<Failed | undefined> {
  const { options, worked, said, leaving } = course;
  const { name } = stage;
  options.atStage(name);
  const waives = isWaiving(flagsOf(stage, options.flags));
  const told = tellerOfStage(options.writer, options.archive, { night: options.night.name, stage: name, waives });
  told.begin(reason ?? null);
  const running = process.run(reason, stageLimitSeconds(options.config.run, name, worked()));
  await startNext(course, next);
  // The question before the first stage may have opened one, which would take memory all night.
  await closeDatabaseAhead();
  const { event, seconds, said: lines, silent, gone } = await running;
  said.push(...lines);
  leaving.push(gone);
  if (event.event === "failed") {
    // One that a signal has stopped is no failure, though it may say so.
    const { isInterrupted } = options.interruption;
    await told.end(isInterrupted ? "interrupted" : "failed", event.message, event.exitCode);
    const noted = isInterrupted ? undefined : event;
    if (silent !== undefined) await noteSilentEnd(options, name, { event: noted, usage: silent.usage });
    options.interruption.throwIfInterrupted();
    endStage(course, { name, status: "failed", seconds, text: event.message, reason, result: null }, event.details);
    return { stage: name, event };
  }
  const status = event.kind === "succeeded" ? "succeeded" : "fresh";
  await told.end(status, event.line, 0);
  const notes = status === "succeeded" ? stage.notes?.(stage.result.read(event.result, `the result of ${name}`)) : [];
  endStage(course, { name, status, seconds, text: event.line, reason, result: event.result }, notes);
  return undefined;
}

/** As far as the machine has room for them. */
async function startNext({ options, started }: Course, stages: readonly Stage[]): Promise<void> {
  for (const stage of stages) {
    if (started.has(stage)) continue;
    const process = await startAhead(() => startStage(childOptions(options, stage)));
    if (process !== undefined) started.set(stage, process);
  }
}

/** A stage has ended, or had nothing to do: people see its line, unless an earlier try has shown it. */
function endStage({ options, stages }: Course, ended: StageSummary, details: readonly string[] = []): void {
  const tries = options.before.tryOf(ended.name);
  const line = tries === 1 ? ended : { ...ended, tries };
  stages.push(line);
  const isSeen = (line.status === "fresh" || line.status === "kept") && options.before.shown.has(line.name);
  if (!isSeen) options.view.stageEnds(line, details);
}

/** A stage that has not worked, and needn't begin. */
function failBeforeWork(course: Course, stage: string, event: FailedEvent): Failed {
  endStage(
    course,
    { name: stage, status: "failed", seconds: 0, text: event.message, reason: undefined, result: null },
    event.details,
  );
  return { stage, event };
}

/** What the channels say is logged when it comes, and shown below the line of the stage that works then. */
function askWhoIsTold({ options, over }: Course, todo: readonly Stage[], first: Stage): void {
  const { services, log, view } = options;
  // Where nothing else is left to do, who is told is tried at once.
  const telling = todo.find(({ uses = [] }) => uses.includes("team"));
  if (telling === undefined || telling === first) return;
  askChannels(services.channels(), over, (warning) => {
    log.write({ level: "warn", message: "a channel is closed", stage: "run-all", fields: { warning } });
    view.stageWarns(telling.name, warning);
  });
}

/** A stage that no start of run-all comes to: its night is decided. */
export interface DecidedStage {
  readonly stage: Stage;
  readonly runs: false;
  readonly decided: true;
}

/**
 * What each stage of the night would do now. A stage behind one that runs can't be told: its inputs are not there yet.
 *
 * @param options.anew  the night gives its earlier stages to a new one, and that is not decided yet
 */
export async function planNight(
  options: Planning & { readonly anew: boolean },
): Promise<readonly (Plan | DecidedStage)[]> {
  const todo = options.anew ? options.stages : await stagesToDo(options);
  const plans: (Plan | DecidedStage)[] = [];
  for (const stage of options.stages) {
    const before = plans.find(({ runs }) => runs);
    if (!todo.includes(stage)) plans.push({ stage, runs: false, decided: true });
    else if (before === undefined) plans.push(await planStage(options, stage));
    else plans.push({ stage, runs: true, first: false, reason: `after ${before.stage.name}` });
  }
  return plans;
}

type Planning = Pick<
  NightRun,
  "archive" | "services" | "config" | "night" | "today" | "stages" | "force" | "from" | "flags"
> &
  Partial<Pick<NightRun, "before">>;

/** Of a decided night only what comes after the decision is left to do. */
async function stagesToDo({ archive, night, stages }: Planning): Promise<readonly Stage[]> {
  const decided = (await decisionOf(archive, night.name)) !== undefined;
  return decided ? stages.filter((stage) => !isPartOfDecision(archive, stage)) : stages;
}

async function planStage(options: Planning, stage: Stage): Promise<Plan> {
  const { archive, night } = options;
  if (isBeforeFrom(options, stage.name)) {
    const record = await readSuccess(archive, night.name, stage.name);
    if (record !== undefined) return { stage, runs: false, kept: true, record };
    throw new InputError(
      `--from ${options.from} takes ${stage.name} as it is, but it has not succeeded for ${night.name}`,
      `churn run-all --date ${night.date} --from ${stage.name}`,
    );
  }
  if (isForced(options, stage.name)) return { stage, runs: true, reason: "forced", first: false };
  const work = await planWork(archive, stage, night.name, options, flagsOf(stage, options.flags));
  // What the source shows by now is what a person speaks for: the same file, or it is judged anew. Where it can't be read again it is the
  // one that lies there.
  const { config, services, today } = options;
  const takesRefused =
    isWaiving(options.flags) && !canReadAgain(config, services.source(), { date: night.date, today });
  const freshness = await assess(archive, stage, night.name, work, { ...options, takesRefused });
  return freshness.fresh
    ? { stage, runs: false, kept: false, record: freshness.record }
    : { stage, runs: true, ...freshness };
}

function isForced({ force, from, before }: Pick<Planning, "force" | "from" | "before">, stage: string): boolean {
  return (force || from !== undefined) && before?.done.has(stage) !== true;
}

function isBeforeFrom({ stages, from }: Pick<Planning, "stages" | "from">, stage: string): boolean {
  const names = stages.map(({ name }) => name);
  return from !== undefined && names.indexOf(stage) < names.indexOf(from);
}

/** Those of the run's flags that the stage declares, parsed by it. */
function flagsOf(stage: Stage, flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return stage.flags.parse(Object.fromEntries(Object.entries(flags).filter(([name]) => name in stage.flags.shape)));
}

function childOptions(options: NightRun, stage: Stage) {
  const forced = isForced(options, stage.name) ? ["--force"] : [];
  const { root, overrides, runId, archive } = options;
  const tryNumber = options.before.tryOf(stage.name);
  const handedOn = handOn({ root, overrides, runId, tryNumber, redact: archive.redact });
  const words = [
    stage.name,
    "--date",
    options.night.name,
    ...forced,
    ...flagWords(stage.flags, flagsOf(stage, options.flags)),
    ...handedOn.words,
  ];
  return {
    name: stage.name,
    command: ["churn", ...words].map(shellWord).join(" "),
    words,
    program: options.program,
    cwd: root,
    env: { ...options.env, ...handedOn.env },
    lockFds: options.lockFds,
    today: options.today,
    log: options.log,
    view: options.view,
    interruption: options.interruption,
  };
}

/** By a clock that no one sets: a machine's other one may be put hours ahead in the midst of a night. */
function secondsSince(moment: number): number {
  return (performance.now() - moment) / 1000;
}
