import { constants } from "node:os";
import { join } from "node:path";
import type { CommandContext, Terminal } from "../cli/command.ts";
import { fitted } from "../cli/output/fit.ts";
import { nightView, silentView } from "../cli/output/night-view.ts";
import { warn } from "../cli/output/warn.ts";
import { visible } from "../cli/visible.ts";
import { secondsOf } from "../config/duration.ts";
import { ChurnError } from "../errors.ts";
import { endBy, type RunEnd, type RunTeller } from "../ledger/run.ts";
import { tellWhatIsLeft, troubleWith } from "../notify/left.ts";
import { knownNames, tailWithoutData } from "../notify/outgoing.ts";
import type { Team } from "../notify/team.ts";
import { type Left, requireTold, undeliveredSentences } from "../notify/undelivered.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { decisionOf } from "../stage/nights.ts";
import type { HeldWorkspace } from "../workspace/hold.ts";
import type { LockWait } from "../workspace/lock-wait.ts";
import { openRunLog, type RunLog } from "../workspace/log.ts";
import { type Night, today } from "../workspace/night.ts";
import { removeOldLogs } from "../workspace/old-logs.ts";
import { createRunId } from "../workspace/run-id.ts";
import type { Services } from "../workspace/services.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { announceFailure, leaveUntold, markRunFailed } from "./announce-failure.ts";
import type { Beat } from "./beat.ts";
import { type DateRun, placeOf } from "./date-run.ts";
import { InterruptedError } from "./interruption.ts";
import { removeOldNights } from "./old-nights.ts";
import { type OpenedNight, takeOver } from "./open-night.ts";
import { failureError, type RunPlace, runError } from "./report.ts";
import { BEFORE_STAGES, type NextTry, type Retries } from "./retry.ts";
import { doubtOfRoom, newestSizes, placesOf, shortOfRoom } from "./room.ts";
import { type NightSummary, runNight } from "./run-night.ts";
import { unfinishedNights } from "./unfinished-nights.ts";
import { untoldEnd } from "./untold-end.ts";
import type { NightView } from "./view.ts";

/** The stage that tells the team of a decision. */
const TELLING_STAGE = "notify";

/** What a run works with, in all its tries. */
export interface RunMeans {
  readonly workspace: Workspace;
  readonly services: Services;
  readonly stages: readonly Stage[];
  readonly retries: Retries;
  readonly lockWait: LockWait;
  readonly beat: Beat | undefined;
  readonly teller: RunTeller;
}

/** A night that has something to do, opened while the workspace is held. */
interface HeldNight {
  readonly held: HeldWorkspace;
  readonly archive: Archive;
  readonly opened: OpenedNight;
  /** what was put right before the run, for its log */
  readonly restored: readonly string[];
}

/** A run at work on its night, in one of its tries. */
interface Run extends DateRun, Omit<RunMeans, "beat" | "lockWait"> {
  readonly archive: Archive;
  readonly held: HeldWorkspace;
  readonly night: Night;
  readonly id: string;
  readonly isFirst: boolean;
  readonly log: RunLog;
  readonly place: RunPlace;
  readonly view: NightView;
  readonly team: Team;
  /** YYYY-MM-DD */
  readonly dayOfStart: string;
}

/** How a try ends, as far as is known. */
interface Ending {
  failure: ChurnError | undefined;
  /** undefined for one that is to be tried again */
  end: RunEnd | undefined;
  /** nothing of the night is left to do */
  isOver: boolean;
  /** nothing is left that the next run would have to tell */
  isTold: boolean;
}

/**
 * Runs an opened night, with its log, and tells of its end.
 *
 * @returns when the next try is due; undefined where the run is over
 */
export async function runOpened(given: DateRun, means: RunMeans, heldNight: HeldNight): Promise<NextTry | undefined> {
  const run = await begin(given, means, heldNight);
  const ending: Ending = { failure: undefined, end: undefined, isOver: false, isTold: true };
  try {
    if (run.isFirst) await sayHeading(run);
    await tellTeamOfStart(run);
    const summary = await work(run, await refusalForRoom(run));
    noteTry(run.retries, summary);
    const next = summary.failure && (await waitsAfter(run, summary.failure));
    if (next !== undefined) return next;
    if (summary.failure !== undefined) await tellFailure(run, summary.failure, ending);
    await conclude(run, summary, ending);
    return undefined;
  } catch (error) {
    const { failure, isOver } = ending;
    if (error !== failure && !isOver) ending.isTold &&= !isForOthers(error);
    const { exit_code, ...how } = endBy(error);
    ending.end = { ...(ending.end ?? how), exit_code };
    throw error === failure || isOver ? error : runError(error, run.night, run.place);
  } finally {
    await end(run, ending);
  }
}

/** The run gets its id and its log, and the ledger and the heartbeat hear of it: at its first try, but for the log. */
async function begin(given: DateRun, means: RunMeans, { held, archive, opened, restored }: HeldNight): Promise<Run> {
  const { context, flags } = given;
  const { workspace, services, retries, lockWait, beat, teller } = means;
  const { night, takenOverFrom } = opened;
  const { root, config, redact } = workspace;
  const isFirst = retries.runId === undefined;
  // What stages' processes write, they write for this run.
  await archive.store.requireHeld();
  const id = retries.runId ?? (await createRunId(archive.store, night.name, new Date()));
  retries.runId = id;
  if (takenOverFrom !== undefined && flags.from !== undefined)
    await takeOver(archive, takenOverFrom, night, flags.from);
  await removeOldLogs(root, new Date(Date.now() - secondsOf(config.logs.keep) * 1000));
  const onLost = (reason: string) => warn(context.terminal, reason);
  const log = await openRunLog({ root, date: night.date, night: night.name, runId: id, redact, onLost });
  beat?.begin(id, () => tailWithoutData(log.tail(), knownNames(config)));
  await teller.begin(archive, { id, night: night.name });
  const begins = isFirst ? "run starts" : "run tries again";
  log.write({ level: "info", message: begins, stage: "run-all", fields: { command: context.argv } });
  const waited = lockWait.waited();
  if (waited !== undefined)
    log.write({ level: "info", message: "another run was waited for", stage: "run-all", fields: waited });
  if (restored.length > 0)
    log.write({ level: "warn", message: "records restored", stage: "run-all", fields: { restored } });
  const place = placeOf(context, flags, archive.stages, root, join(root, log.key));
  const { terminal, env } = context;
  const shown = flags.quiet ? silentView : nightView(terminal, { verbose: flags.verbose, home: env.HOME });
  const view = given.view ?? shown;
  const team = services.team();
  const dayOfStart = today(config.timezone, context.now);
  return { ...given, ...means, held, archive, night, id, isFirst, log, place, view, team, dayOfStart };
}

/** What of earlier nights this run does nothing about, and its own heading. */
async function sayHeading(run: Run): Promise<void> {
  const { context, flags, toldIn, workspace, services, archive, night, id, log, view } = run;
  const { root, config } = workspace;
  const sources = { config, source: services.source };
  const unfinished = toldIn === undefined ? await unfinishedNights(archive, night, sources) : [];
  if (unfinished.length > 0)
    log.write({ level: "warn", message: "earlier nights are undecided", stage: "run-all", fields: { unfinished } });
  if (!flags.quiet) for (const line of unfinished) context.terminal.say(visible(line));
  view.nightStarts({ name: night.name, runId: id, root });
}

/** Should the run be killed, the next one tells of it. */
async function tellTeamOfStart({ context, workspace, archive, team, night, id }: Run): Promise<void> {
  const trouble = await troubleWith(() =>
    team.begin({ id, night: night.name }, (run) => untoldEnd(archive, workspace.root, run)),
  );
  if (trouble !== undefined) warn(context.terminal, trouble.message);
}

/** Why the disk has no room for the night, where it hasn't; that a first night's is doubtful is only said. */
async function refusalForRoom(run: Run): Promise<ChurnError | undefined> {
  const { context, flags, workspace, services, archive, night, isFirst, log, dayOfStart } = run;
  if ((await decisionOf(archive, night.name)) !== undefined) return undefined;
  const places = await placesOf({ root: workspace.root, store: archive.store, tracking: services.tracking });
  const last = await newestSizes(archive);
  const awaited = { date: night.date, today: dayOfStart };
  const doubt = await doubtOfRoom(places, last, async () => services.source().filesBytes?.(awaited));
  if (doubt !== undefined && isFirst) {
    log.write({ level: "warn", message: "the disk may be too small", stage: "run-all", fields: { doubt } });
    if (!flags.quiet) warn(context.terminal, doubt);
  }
  return shortOfRoom(places, last);
}

/** The stages work. */
async function work(run: Run, refused: ChurnError | undefined): Promise<NightSummary> {
  const { context, flags, toldIn, workspace, held, dayOfStart, retries } = run;
  const { services, archive, night, stages, log, view, interruption } = run;
  return await runNight({
    refused,
    archive,
    services,
    root: workspace.root,
    config: workspace.config,
    night,
    today: dayOfStart,
    stages,
    log,
    writer: workspace.ledger,
    view,
    interruption,
    runId: run.id,
    before: retries,
    force: flags.force,
    from: flags.from,
    flags: toldIn === undefined ? flags : { ...flags, told_in: toldIn },
    program: context.program,
    overrides: context.overrides,
    env: definedOnly(context.env),
    lockFds: held.lockFds,
    atStage: held.at,
  });
}

/** What the next try need not do, or say, again; and what has got over its failure. */
function noteTry(retries: Retries, { stages, failure, workedSeconds }: NightSummary): void {
  retries.workedSeconds = workedSeconds;
  for (const { name, status } of stages) {
    if (status === "succeeded") retries.done.add(name);
    if (status === "failed") continue;
    retries.shown.add(name);
    retries.passed(name);
  }
  // Only where a stage's own time bounds the tries from now on.
  if (failure !== undefined) retries.passed(BEFORE_STAGES);
}

type StageFailure = NonNullable<NightSummary["failure"]>;

/** When a failure that may pass is tried again; that the run waits until then is noted. */
async function waitsAfter(run: Run, { stage, event }: StageFailure): Promise<NextTry | undefined> {
  const { workspace, services, archive, night, id, log, retries, teller } = run;
  const next = retries.next({ ...event, stage }, new Date());
  if (next === undefined) return undefined;
  const reason = event.message;
  // While it waits another start may have the store, and is to find no run that seems to have been killed.
  const place = { archive, services, root: workspace.root, log };
  await leaveUntold(place, { run: id, night: night.name, stage, event });
  const until = next.at.toISOString();
  log.write({ level: "warn", message: "run waits", stage: "run-all", fields: { reason, until } });
  teller.waits({ stage, reason, exit_code: event.exitCode, until });
  return next;
}

/** Tells whoever is to hear of it that a stage failed for good. */
async function tellFailure(run: Run, failed: StageFailure, ending: Ending): Promise<void> {
  const { flags, toldIn, workspace, services, archive, night, id, log, place } = run;
  const { root, config } = workspace;
  const { stage, event } = failed;
  const failure = failureError(failed, night, place, flags.quiet);
  ending.failure = failure;
  ending.end = { outcome: "failed", stage, reason: event.message, exit_code: event.exitCode };
  if (toldIn !== undefined) await markRunFailed({ archive, services, night, log });
  // "Try later" is no failure yet: cron does try later. One that was waited for is, as long as somebody has said.
  else if (failure.exitCode !== 75 || flags.retry_until !== undefined || config.source.wait !== undefined)
    ending.isTold = await announceFailure({ root, archive, services, night, runId: id, stage, failure, event, log });
  else await leaveUntold({ archive, services, root, log }, { run: id, night: night.name, stage, event });
}

/** Shows how the night ended, tells what earlier runs left to tell, and after a good end clears away what is old. */
async function conclude(run: Run, summary: NightSummary, ending: Ending): Promise<void> {
  const { context, flags, toldIn, interruption, onEnd, workspace, services } = run;
  const { archive, night, id, log, team, dayOfStart, retries } = run;
  const { terminal } = context;
  const { failure } = ending;
  onEnd({ night, run: id, summary, failure });
  if (!context.json && !flags.quiet) sayVerdict(terminal, summary);
  const hasTold = failure !== undefined || retries.done.has(TELLING_STAGE);
  const told: Left = toldIn === undefined ? await tellWhatIsLeft(team, dayOfStart, hasTold) : { left: [] };
  if (failure !== undefined) {
    for (const sentence of undeliveredSentences(told.left)) warn(terminal, sentence);
    if (told.trouble !== undefined) warn(terminal, told.trouble.message);
    throw failure;
  }
  ending.isOver = true;
  ending.end = { outcome: "succeeded", stage: summary.stages.at(-1)?.name ?? null, reason: null, exit_code: 0 };
  const onProblem = (problem: string) => warn(terminal, problem);
  const old = { archive, services, workspace, night, now: context.now, log, interruption, onProblem };
  const lines = await removeOldNights(old);
  if (!flags.quiet) for (const line of lines) terminal.say(terminal.chalk.stderr.dim(line));
  requireTold(told);
}

/** The next run is to find none that seems to have been killed; the ledger hears how this one ended, unless it is tried again. */
async function end({ archive, team, teller, log }: Run, { end, isTold }: Ending): Promise<void> {
  try {
    if (isTold) await team.end();
  } catch (error) {
    // The next night says of this one that it was interrupted; what this run ended with stays what it is.
    const fields = { error: String(error) };
    log.write({ level: "warn", message: "the run's end could not be noted", stage: "run-all", fields });
  }
  if (end !== undefined) await teller.end(end, archive.store);
  log.write({ level: "info", message: "run ends", stage: "run-all" });
  log.close();
}

/** Whether the next run has to tell of what ended this one: nobody need hear of what a person has ended, or is to mend. */
function isForOthers(error: unknown): boolean {
  if (error instanceof InterruptedError) return error.exitCode !== constants.signals.SIGINT + 128;
  return !(error instanceof ChurnError && [2, 4, 75].includes(error.exitCode));
}

/** What the stages said for people, apart from their table: the verdict, last. */
function sayVerdict(terminal: Terminal, { said }: NightSummary): void {
  terminal.say("");
  for (const line of said.flatMap((one) => fitted(one, terminal.onScreen))) terminal.print(line);
}

function definedOnly(env: CommandContext["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
