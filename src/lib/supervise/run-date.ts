import { constants } from "node:os";
import { join } from "node:path";
import type { CommandContext, Terminal } from "../cli/command.ts";
import { nightView, silentView } from "../cli/output/night-view.ts";
import { waitingLine } from "../cli/output/waiting.ts";
import { visible } from "../cli/visible.ts";
import { secondsOf } from "../config/duration.ts";
import { ChurnError, UnreachableError } from "../errors.ts";
import { damageInAWord } from "../integrity/glance.ts";
import { witnessOf } from "../integrity/witness.ts";
import { endBy, type RunEnd, type RunTeller, tellerOfRun } from "../ledger/run.ts";
import { startedBy, startFacts } from "../ledger/started-by.ts";
import { tellWhatIsLeft, troubleWith } from "../notify/left.ts";
import { type Left, requireTold, undeliveredSentences } from "../notify/undelivered.ts";
import { waivingOf } from "../quality/waivers.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { requireKnownRegistry } from "../stage/known-registry.ts";
import { decisionOf, resolveNight } from "../stage/nights.ts";
import { attemptKey } from "../stage/record.ts";
import { restoredText, restoreRecords } from "../stage/restore.ts";
import { type HeldWorkspace, holdWorkspace } from "../workspace/hold.ts";
import { type LockWait, openLockWait } from "../workspace/lock-wait.ts";
import { openRunLog } from "../workspace/log.ts";
import { addDays, datedName, type Night, parseNight, today } from "../workspace/night.ts";
import { removeOldLogs } from "../workspace/old-logs.ts";
import { createRunId } from "../workspace/run-id.ts";
import { openServices, type Services } from "../workspace/services.ts";
import { wallClock } from "../workspace/timezone.ts";
import { openWorkspace, type Workspace } from "../workspace/workspace.ts";
import { announceFailure, leaveUntold, markRunFailed } from "./announce-failure.ts";
import { type Beat, openBeat } from "./beat.ts";
import { InterruptedError, type Interruption } from "./interruption.ts";
import { removeOldNights } from "./old-nights.ts";
import { chooseNight, type OpenedNight, takeOver } from "./open-night.ts";
import { decisionText, failureError, isComplete, type RunPlace, runError } from "./report.ts";
import { type NextTry, openRetries, parseUntil, pause, type Retries } from "./retry.ts";
import { doubtOfRoom, placesOf, shortOfRoom } from "./room.ts";
import { type NightSummary, runNight } from "./run-night.ts";
import { requireLimitedStages, selectStages } from "./select-stages.ts";
import { unfinishedNights } from "./unfinished-nights.ts";
import type { NightView } from "./view.ts";
import { requireJudge, requireWaivable } from "./waiving.ts";

/** The stage that tells the team of a decision. */
const TELLING_STAGE = "notify";

/** What of run-all's flags a date goes by; those of stages are among them, by their names. */
export interface DateFlags extends Readonly<Record<string, unknown>> {
  readonly date: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly force: boolean;
  readonly again: boolean;
  readonly accept?: readonly string[];
  readonly reason?: string | undefined;
  readonly retry_until?: string | undefined;
  readonly wait_lock?: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** A date that is to be run, and who hears of it. */
export interface DateRun {
  readonly pipeline: readonly Stage[];
  readonly context: CommandContext;
  readonly flags: DateFlags;
  readonly interruption: Interruption;
  /** hears how it ended, before the team is told of more; of a decided night that nothing is left to do */
  readonly onEnd: (report: DateReport) => void;
  /** of a day of a backfill: the key of the message that tells the team of all its days */
  readonly toldIn?: string;
  /** draws it, in the place of what the flags say */
  readonly view?: NightView;
  /** hears why it waits, likewise */
  readonly onWait?: (line: string) => void;
}

/** How a date's run ended. */
export interface DateReport {
  readonly night: Night;
  /** null where nothing was to do */
  readonly run: string | null;
  readonly summary: NightSummary | undefined;
  readonly failure: ChurnError | undefined;
}

/**
 * Runs a date's night: takes the workspace, lets it go again, and in between tries what a service's absence ended once more. A
 * decided night that is complete is left as it is.
 *
 * @throws {ChurnError} with which it ends, where it doesn't end well
 */
export async function runDate(given: DateRun): Promise<void> {
  const { pipeline, context, flags, interruption, toldIn, onEnd } = given;
  const stages = selectStages(pipeline, flags);
  // Until the time zone is known.
  let date = flags.date === "yesterday" ? flags.date : parseNight(flags.date)?.date;
  let isOpened = false;
  let beat: Beat | undefined;
  let teller: RunTeller | undefined;
  try {
    const workspace = await openWorkspace(context);
    const ofRun = tellerOfRun({
      writer: workspace.ledger,
      root: workspace.root,
      origin: () => startedBy(startFacts(context.env)),
      command: context.argv,
    });
    teller = ofRun;
    // Whoever waits for the night of the day is told nothing of older ones.
    if (toldIn === undefined) beat = await openBeat(workspace, (warning) => warn(context.terminal, warning));
    requireLimitedStages(pipeline, workspace.config.run);
    const waiving = waivingOf({ accept: flags.accept ?? [], reason: flags.reason }, workspace.config.gates);
    if (waiving !== undefined) requireJudge(stages, flags.from);
    date = pastDate(flags.date, workspace.config.timezone, context.now);
    const { timezone } = workspace.config;
    const until = flags.retry_until === undefined ? undefined : parseUntil(flags.retry_until, timezone, new Date());
    const retries = openRetries(workspace.config.run.retries, until);
    const sayWhy = (what: string) => {
      if (given.onWait !== undefined) given.onWait(waitingLine(what));
      else if (!flags.quiet) context.terminal.say(waitingLine(what));
    };
    const lockWait = openLockWait(flags.wait_lock, sayWhy, (seconds) => pause(seconds, interruption));
    await using services = openServices(workspace, (line) => context.terminal.print(line));
    let waitsFor = "";
    const onWait = (holder: string) => {
      interruption.throwIfInterrupted();
      const isNews = holder !== waitsFor && lockWait.waited() === undefined;
      if (isNews) sayWhy(`to see whether ${holder} lives`);
      waitsFor = holder;
    };
    const attempt = () =>
      holdWorkspace(
        workspace,
        `${toldIn === undefined ? "run-all" : "backfill"} of ${datedName(flags.date, timezone, context.now)}`,
        async (held) => {
          const { config, store, redact } = workspace;
          const archive: Archive = { store, workspaceId: held.workspaceId, stages: pipeline, redact };
          const named = await resolveNight(archive, flags.date, config.timezone, context.now);
          await requireRegistry(archive, workspace, named, flags);
          const witness = witnessOf(archive, services, config.register.model);
          const opened = await chooseNight(archive, { ...flags, named }, witness);
          if (opened.note !== undefined && !flags.quiet && retries.runId === undefined)
            context.terminal.say(opened.note);
          const decision = await decisionOf(archive, opened.night.name, witness);
          if (waiving !== undefined) await requireWaivable(archive, opened.night, waiving, decision !== undefined);
          const restored = (await restoreRecords(archive, opened.night)).map(restoredText);
          if (!flags.quiet) for (const line of restored) context.terminal.say(line);
          if (decision === undefined || !(await isComplete(archive, opened.night))) {
            isOpened = true;
            const parts = { workspace, services, held, archive, stages, opened, restored, retries, lockWait, beat };
            return await runOpened(given, { ...parts, teller: ofRun });
          }
          await ofRun.nothingToDo(opened.night.name, store);
          const team = services.team();
          // In a bucket each look is a request, and nobody waits for what the terminal and the file lack.
          const told =
            toldIn === undefined && (store.isLocal || team.isSentAway)
              ? await tellWhatIsLeft(team, today(config.timezone, context.now), false)
              : { left: [] };
          const damage = await damageInAWord(
            { archive, tracking: services.tracking, model: config.register.model },
            opened.night,
          );
          if (damage !== undefined) warn(context.terminal, damage);
          onEnd({ night: opened.night, run: null, summary: undefined, failure: undefined });
          if (!context.json && !flags.quiet) {
            const decided = `Night of ${opened.night.name} was ${decisionText(pipeline, decision, config.timezone)}`;
            context.terminal.print(`${decided}. Nothing to do (--again decides anew)`);
          }
          requireTold(told);
          return undefined;
        },
        { onWait },
      );
    // While it waits, the workspace is free for others.
    for (;;) {
      const later = await lockWait.through(attempt).catch((error: unknown) => triedLater(error, retries));
      if (later === undefined) {
        await beat?.end(0);
        return;
      }
      const [next, last] = [later.at, later.last].map((moment) => wallClock(timezone, moment).time);
      const reason = later.reason === undefined ? "" : `${later.reason}; `;
      sayWhy(`${reason}next try at ${next}, the last one at ${flags.retry_until ?? last}`);
      await pause(later.seconds, interruption, later.at);
    }
  } catch (error) {
    teller?.fail(date ?? null, error);
    await beat?.end(error instanceof ChurnError ? error.exitCode : 1);
    // A mail has no screen above it that says where it comes from.
    if (isOpened || !flags.quiet) throw error;
    const day = date ?? "today";
    throw runError(error, { name: day, date: day }, placeOf(context, flags, pipeline, context.cwd));
  }
}

/** A run that is to be tried again, and why where no stage's line has said so. */
interface Later extends NextTry {
  readonly reason?: string;
}

/** What stands for a stage where none has begun. */
const BEFORE_STAGES = "run-all";

/** When what ended a try is tried again; for what nothing is gained by waiting it is thrown on. */
function triedLater(error: unknown, retries: Retries): Later {
  if (!(error instanceof ChurnError)) throw error;
  // What run-all says in its own words has what happened as its cause.
  const { name } = error.cause instanceof UnreachableError ? error.cause : error;
  const { exitCode, message: reason } = error;
  const next = retries.next({ stage: BEFORE_STAGES, name, exitCode }, new Date());
  if (next === undefined) throw error;
  return { ...next, reason };
}

/** The date that --date names; undefined where it names none up to today. */
function pastDate(given: string, timezone: string, now: Date): string | undefined {
  const last = today(timezone, now);
  const named = given === "yesterday" ? addDays(last, -1) : given === "today" ? last : parseNight(given)?.date;
  return named === undefined || named > last ? undefined : named;
}

function placeOf(
  context: CommandContext,
  { again }: Pick<DateFlags, "again">,
  stages: readonly Stage[],
  root: string,
  log?: string,
): RunPlace {
  return {
    root,
    log,
    overrides: context.overrides,
    again,
    commands: context.commands,
    stages: stages.map(({ name }) => name),
  };
}

/** Of a decided night nothing is left to do that a registry is needed for, be it another one by now. */
export async function requireRegistry(
  archive: Archive,
  { root, config, loaded }: Pick<Workspace, "root" | "config" | "loaded">,
  named: Night,
  { again }: Pick<DateFlags, "again">,
): Promise<void> {
  if (!again && (await decisionOf(archive, named.name)) !== undefined) return;
  await requireKnownRegistry(archive, { root, settings: config.tracking, origins: loaded.origins });
}

/** A night that has something to do, opened while the workspace is held. */
interface Opened {
  readonly workspace: Workspace;
  readonly services: Services;
  readonly held: HeldWorkspace;
  readonly archive: Archive;
  readonly stages: readonly Stage[];
  readonly opened: OpenedNight;
  /** what was put right before the run, for its log */
  readonly restored: readonly string[];
  readonly retries: Retries;
  readonly lockWait: LockWait;
  readonly beat: Beat | undefined;
  readonly teller: RunTeller;
}

/** Runs it, with its log, and tells of its end. */
async function runOpened(
  { context, flags, interruption, toldIn, view: drawn, onEnd }: DateRun,
  { workspace, services, held, archive, stages, opened, restored, retries, lockWait, beat, teller }: Opened,
): Promise<Later | undefined> {
  const { night, takenOverFrom } = opened;
  const { terminal } = context;
  const { root, config, redact } = workspace;
  const dayOfStart = today(config.timezone, context.now);
  const isFirst = retries.runId === undefined;
  // What stages' processes write, they write for this run.
  await archive.store.requireHeld();
  const runId = retries.runId ?? (await createRunId(archive.store, night.name, new Date()));
  retries.runId = runId;
  if (takenOverFrom !== undefined && flags.from !== undefined)
    await takeOver(archive, takenOverFrom, night, flags.from);
  await removeOldLogs(root, new Date(Date.now() - secondsOf(config.logs.keep) * 1000));
  const log = await openRunLog({
    root,
    date: night.date,
    night: night.name,
    runId,
    redact,
    onLost: (reason) => warn(terminal, reason),
  });
  beat?.begin(runId, () => log.tail());
  await teller.begin(archive, { id: runId, night: night.name });
  const begins = isFirst ? "run starts" : "run tries again";
  log.write({ level: "info", message: begins, stage: "run-all", fields: { command: context.argv } });
  const waited = isFirst ? lockWait.waited() : undefined;
  if (waited !== undefined)
    log.write({ level: "info", message: "another run was waited for", stage: "run-all", fields: waited });
  if (restored.length > 0)
    log.write({ level: "warn", message: "records restored", stage: "run-all", fields: { restored } });
  const shown = flags.quiet ? silentView : nightView(terminal, { verbose: flags.verbose, home: context.env.HOME });
  const view = drawn ?? shown;
  const place = placeOf(context, flags, archive.stages, root, join(root, log.key));
  const team = services.team();
  let failure: ChurnError | undefined;
  /** undefined for one that is to be tried again */
  let end: RunEnd | undefined;
  /** nothing of the night is left to do */
  let isOver = false;
  /** nothing is left that the next run would have to tell */
  let isTold = true;
  try {
    if (isFirst) {
      const sources = { config, source: services.source };
      const unfinished = toldIn === undefined ? await unfinishedNights(archive, night, sources) : [];
      if (unfinished.length > 0)
        log.write({ level: "warn", message: "earlier nights are undecided", stage: "run-all", fields: { unfinished } });
      if (!flags.quiet) for (const line of unfinished) terminal.say(visible(line));
      view.nightStarts({ name: night.name, runId, root });
    }
    const trouble = await troubleWith(() =>
      team.begin({ id: runId, night: night.name }, (run) => lastStageOf(archive, run)),
    );
    if (trouble !== undefined) warn(terminal, trouble.message);
    const isDecided = (await decisionOf(archive, night.name)) !== undefined;
    const places = isDecided ? [] : await placesOf({ root, store: archive.store, tracking: services.tracking });
    const short = await shortOfRoom(archive, places);
    const awaited = { date: night.date, today: dayOfStart };
    const doubt = await doubtOfRoom(archive, places, async () => services.source().filesBytes?.(awaited));
    if (doubt !== undefined && isFirst) {
      log.write({ level: "warn", message: "the disk may be too small", stage: "run-all", fields: { doubt } });
      if (!flags.quiet) warn(terminal, doubt);
    }
    const summary = await runNight({
      refused: short,
      archive,
      services,
      root,
      config,
      night,
      today: dayOfStart,
      stages,
      log,
      writer: workspace.ledger,
      view,
      interruption,
      runId,
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
    retries.workedSeconds = summary.workedSeconds;
    for (const { name, status } of summary.stages) {
      if (status === "succeeded") retries.done.add(name);
      if (status !== "failed") retries.shown.add(name);
    }
    const { failure: failed } = summary;
    const next = failed && retries.next({ ...failed.event, stage: failed.stage }, new Date());
    if (failed !== undefined && next !== undefined) {
      const { stage, event } = failed;
      const reason = event.message;
      // While it waits another start may have the store, and is to find no run that seems to have been killed.
      await leaveUntold({ archive, services, root, log }, { run: runId, night: night.name, stage, event });
      const until = next.at.toISOString();
      log.write({ level: "warn", message: "run waits", stage: "run-all", fields: { reason, until } });
      teller.waits({ stage, reason, exit_code: event.exitCode, until });
      return next;
    }
    failure = summary.failure && failureError(summary.failure, night, place, flags.quiet);
    if (summary.failure !== undefined && failure !== undefined) {
      const { stage, event } = summary.failure;
      end = { outcome: "failed", stage, reason: event.message, exit_code: event.exitCode };
      if (toldIn !== undefined) await markRunFailed({ archive, services, night, log });
      // "Try later" is no failure yet: cron does try later. One that was waited for is, as long as somebody has said.
      else if (failure.exitCode !== 75 || flags.retry_until !== undefined || config.source.wait !== undefined)
        isTold = await announceFailure({ root, archive, services, night, runId, stage, failure, event, log });
      else await leaveUntold({ archive, services, root, log }, { run: runId, night: night.name, stage, event });
    }
    onEnd({ night, run: runId, summary, failure });
    if (!context.json && !flags.quiet) sayVerdict(terminal, summary);
    const hasTold = failure !== undefined || retries.done.has(TELLING_STAGE);
    const told: Left = toldIn === undefined ? await tellWhatIsLeft(team, dayOfStart, hasTold) : { left: [] };
    if (failure !== undefined) {
      for (const sentence of undeliveredSentences(told.left)) warn(terminal, sentence);
      if (told.trouble !== undefined) warn(terminal, told.trouble.message);
      throw failure;
    }
    isOver = true;
    end = { outcome: "succeeded", stage: summary.stages.at(-1)?.name ?? null, reason: null, exit_code: 0 };
    const lines = await removeOldNights({
      archive,
      services,
      workspace,
      night,
      now: context.now,
      log,
      interruption,
      onProblem: (problem) => warn(terminal, problem),
    });
    if (!flags.quiet) for (const line of lines) terminal.say(terminal.chalk.stderr.dim(line));
    requireTold(told);
    return undefined;
  } catch (error) {
    if (error !== failure && !isOver) isTold &&= !isForOthers(error);
    const { exit_code, ...how } = endBy(error);
    end = { ...(end ?? how), exit_code };
    throw error === failure || isOver ? error : runError(error, night, place);
  } finally {
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
}

/** Whether the next run has to tell of what ended this one: nobody need hear of what a person has ended, or is to mend. */
function isForOthers(error: unknown): boolean {
  if (error instanceof InterruptedError) return error.exitCode !== constants.signals.SIGINT + 128;
  return !(error instanceof ChurnError && [2, 4, 75].includes(error.exitCode));
}

/** The last stage that a run has begun. */
async function lastStageOf(
  archive: Archive,
  { id, night }: { readonly id: string; readonly night: string },
): Promise<string | null> {
  for (const { name } of [...archive.stages].reverse()) {
    if ((await archive.store.stat(attemptKey(night, id, name))) !== undefined) return name;
  }
  return null;
}

/** What the stages said for people, apart from their table: the verdict, last. */
function sayVerdict(terminal: Terminal, { said }: NightSummary): void {
  terminal.say("");
  for (const line of said) terminal.print(line);
}

function warn(terminal: Terminal, message: string): void {
  terminal.say(`${terminal.chalk.stderr.yellow("warning")}  ${visible(message)}`);
}

function definedOnly(env: CommandContext["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
