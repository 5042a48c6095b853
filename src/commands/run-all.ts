import { constants } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type Command, type CommandContext, defineCommand, type Terminal } from "../lib/cli/command.ts";
import { nightView, silentView } from "../lib/cli/output/night-view.ts";
import { planLines } from "../lib/cli/output/plan.ts";
import { waitingLine } from "../lib/cli/output/waiting.ts";
import { visible } from "../lib/cli/visible.ts";
import { duration, secondsOf } from "../lib/config/duration.ts";
import { ChurnError, UnreachableError } from "../lib/errors.ts";
import { damageInAWord } from "../lib/integrity/glance.ts";
import { witnessOf } from "../lib/integrity/witness.ts";
import { endBy, type RunEnd, type RunTeller, tellerOfRun } from "../lib/ledger/run.ts";
import { startedBy, startFacts } from "../lib/ledger/started-by.ts";
import { tellWhatIsLeft, troubleWith } from "../lib/notify/left.ts";
import { requireTold, undeliveredSentences } from "../lib/notify/undelivered.ts";
import { waiverFlags, waivingOf } from "../lib/quality/waivers.ts";
import { mistakeAhead } from "../lib/stage/ahead.ts";
import type { Stage } from "../lib/stage/define.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import type { Ledger } from "../lib/stage/ledger.ts";
import { decisionOf, resolveNight } from "../lib/stage/nights.ts";
import { attemptKey } from "../lib/stage/record.ts";
import { restoredText, restoreRecords } from "../lib/stage/restore.ts";
import { workspaceId } from "../lib/store/id.ts";
import { announceFailure, leaveUntold } from "../lib/supervise/announce-failure.ts";
import { type Beat, openBeat } from "../lib/supervise/beat.ts";
import { endAtOnce } from "../lib/supervise/end-at-once.ts";
import { InterruptedError, type Interruption, listenForSignals } from "../lib/supervise/interruption.ts";
import { removeOldNights } from "../lib/supervise/old-nights.ts";
import { chooseNight, type OpenedNight, takeOver } from "../lib/supervise/open-night.ts";
import { decisionText, failureError, isComplete, nightJson, type RunPlace, runError } from "../lib/supervise/report.ts";
import { type NextTry, openRetries, parseUntil, pause, type Retries } from "../lib/supervise/retry.ts";
import { doubtOfRoom, placesOf, shortOfRoom } from "../lib/supervise/room.ts";
import { type NightSummary, planNight, runNight } from "../lib/supervise/run-night.ts";
import { requireLimitedStages, selectStages } from "../lib/supervise/select-stages.ts";
import { unfinishedNights } from "../lib/supervise/unfinished-nights.ts";
import { requireJudge, requireWaivable } from "../lib/supervise/waiving.ts";
import { type HeldWorkspace, holdWorkspace } from "../lib/workspace/hold.ts";
import { type LockWait, openLockWait } from "../lib/workspace/lock-wait.ts";
import { openRunLog } from "../lib/workspace/log.ts";
import { addDays, datedName, type Night, parseNight, today } from "../lib/workspace/night.ts";
import { removeOldLogs } from "../lib/workspace/old-logs.ts";
import { createRunId } from "../lib/workspace/run-id.ts";
import { openServices, type Services } from "../lib/workspace/services.ts";
import { wallClock } from "../lib/workspace/timezone.ts";
import { openWorkspace, type Workspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  date: z.string().default("today").describe("YYYY-MM-DD, today or yesterday"),
  from: z.string().optional().describe("run this stage and all later ones"),
  to: z.string().optional().describe("stop after this stage"),
  force: z.boolean().default(false).describe("run every stage, whatever its record says"),
  again: z.boolean().default(false).describe("decide a decided date anew, as a night of its own"),
  accept_empty_registry: z.boolean().default(false).describe("go on although the registry lost Production"),
  ...waiverFlags,
  retry_until: z.string().optional().meta({ value: "HH:MM" }).describe("try again until then, where a service fails"),
  wait_lock: duration
    .optional()
    .meta({ value: "duration" })
    .describe("how long another run is waited for, such as 30m"),
  dry_run: z.boolean().default(false).describe("say what would run and why, and change nothing"),
  quiet: z.boolean().default(false).describe("say nothing unless something fails"),
  verbose: z.boolean().default(false).describe("show each stage's command line"),
});
type Flags = z.infer<typeof flags>;

/** The stage that tells the team of a decision. */
const TELLING_STAGE = "notify";

/** All stages of a night, one process each: the command that cron starts. */
export function runAll(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "run-all",
    group: "A night",
    summary: "all nine stages, supervised",
    flags,
    run: (context, given) => (given.dry_run ? dryRun(stages, context, given) : run(stages, context, given)),
  });
}

async function run(pipeline: readonly Stage[], context: CommandContext, flags: Flags): Promise<void> {
  const stages = selectStages(pipeline, flags);
  const interruption = listenForSignals();
  // Who asks twice doesn't wait for what is still to be told or given back: the next start copes with that, as after a kill.
  interruption.onSignal((count, signal) => {
    if (count > 1) setImmediate(endAtOnce, signal);
  });
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
    beat = await openBeat(workspace, (warning) => warn(context.terminal, warning));
    requireLimitedStages(pipeline, workspace.config.run);
    const waiving = waivingOf(flags, workspace.config.gates);
    if (waiving !== undefined) requireJudge(stages, flags.from);
    date = pastDate(flags.date, workspace.config.timezone, context.now);
    const { timezone } = workspace.config;
    const until = flags.retry_until === undefined ? undefined : parseUntil(flags.retry_until, timezone, new Date());
    const retries = openRetries(workspace.config.run.retries, until);
    const lockWait = openLockWait(
      flags.wait_lock,
      (sentence) => {
        if (!flags.quiet) context.terminal.say(waitingLine(sentence));
      },
      (seconds) => pause(seconds, interruption),
    );
    await using services = openServices(workspace, (line) => context.terminal.print(line));
    let waitsFor = "";
    const onWait = (holder: string) => {
      interruption.throwIfInterrupted();
      const isNews = holder !== waitsFor && lockWait.waited() === undefined;
      if (isNews && !flags.quiet) context.terminal.say(waitingLine(`to see whether ${holder} lives`));
      waitsFor = holder;
    };
    const attempt = () =>
      holdWorkspace(
        workspace,
        `run-all of ${datedName(flags.date, timezone, context.now)}`,
        async (held) => {
          const { config, store, redact } = workspace;
          const ledger: Ledger = { store, workspaceId: held.workspaceId, stages: pipeline, redact };
          const named = await resolveNight(ledger, flags.date, config.timezone, context.now);
          await requireRegistry(ledger, workspace, named, flags);
          const witness = witnessOf(ledger, services, config.register.model);
          const opened = await chooseNight(ledger, { ...flags, named }, witness);
          if (opened.note !== undefined && !flags.quiet && retries.runId === undefined)
            context.terminal.say(opened.note);
          const decision = await decisionOf(ledger, opened.night.name, witness);
          if (waiving !== undefined) await requireWaivable(ledger, opened.night, waiving, decision !== undefined);
          const restored = (await restoreRecords(ledger, opened.night)).map(restoredText);
          if (!flags.quiet) for (const line of restored) context.terminal.say(line);
          if (decision === undefined || !(await isComplete(ledger, opened.night))) {
            isOpened = true;
            return await runOpened({
              context,
              flags,
              workspace,
              services,
              held,
              ledger,
              stages,
              interruption,
              opened,
              restored,
              retries,
              lockWait,
              beat,
              teller: ofRun,
            });
          }
          await ofRun.nothingToDo(opened.night.name, store);
          const team = services.team();
          // In a bucket each look is a request, and nobody waits for what the terminal and the file lack.
          const told =
            store.isLocal || team.isSentAway
              ? await tellWhatIsLeft(team, today(config.timezone, context.now), false)
              : { left: [] };
          const damage = await damageInAWord(
            { ledger, tracking: services.tracking, model: config.register.model },
            opened.night,
          );
          if (damage !== undefined) warn(context.terminal, damage);
          if (context.json) context.terminal.printJson(nightJson(opened.night, null, undefined, undefined));
          else if (!flags.quiet) {
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
        await beat.end(0);
        return;
      }
      if (!flags.quiet) {
        const [next, last] = [later.at, later.last].map((moment) => wallClock(timezone, moment).time);
        const reason = later.reason === undefined ? "" : `${later.reason}; `;
        context.terminal.say(waitingLine(`${reason}next try at ${next}, the last one at ${flags.retry_until ?? last}`));
      }
      await pause(later.seconds, interruption, later.at);
    }
  } catch (error) {
    teller?.fail(date ?? null, error);
    await beat?.end(error instanceof ChurnError ? error.exitCode : 1);
    // A mail has no screen above it that says where it comes from.
    if (isOpened || !flags.quiet) throw error;
    const day = date ?? "today";
    throw runError(error, { name: day, date: day }, placeOf(context, flags, pipeline, context.cwd));
  } finally {
    interruption.stopListening();
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
  { again }: Pick<Flags, "again">,
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
async function requireRegistry(
  ledger: Ledger,
  { root, config, loaded }: Workspace,
  named: Night,
  { again }: Pick<Flags, "again">,
): Promise<void> {
  if (!again && (await decisionOf(ledger, named.name)) !== undefined) return;
  await requireKnownRegistry(ledger, { root, settings: config.tracking, origins: loaded.origins });
}

/** Runs a night that has something to do, with its log, and tells of its end. */
async function runOpened({
  context,
  flags,
  workspace,
  services,
  held,
  ledger,
  stages,
  interruption,
  opened: { night, takenOverFrom },
  restored,
  retries,
  lockWait,
  beat,
  teller,
}: {
  readonly context: CommandContext;
  readonly flags: Flags;
  readonly workspace: Workspace;
  readonly services: Services;
  readonly held: HeldWorkspace;
  readonly ledger: Ledger;
  readonly stages: readonly Stage[];
  readonly interruption: Interruption;
  readonly opened: OpenedNight;
  /** what was put right before the run, for its log */
  readonly restored: readonly string[];
  readonly retries: Retries;
  readonly lockWait: LockWait;
  readonly beat: Beat | undefined;
  readonly teller: RunTeller;
}): Promise<Later | undefined> {
  const { terminal } = context;
  const { root, config, redact } = workspace;
  const dayOfStart = today(config.timezone, context.now);
  const isFirst = retries.runId === undefined;
  // What stages' processes write, they write for this run.
  await ledger.store.requireHeld();
  const runId = retries.runId ?? (await createRunId(ledger.store, night.name, new Date()));
  retries.runId = runId;
  if (takenOverFrom !== undefined && flags.from !== undefined) await takeOver(ledger, takenOverFrom, night, flags.from);
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
  await teller.begin(ledger, { id: runId, night: night.name });
  const begins = isFirst ? "run starts" : "run tries again";
  log.write({ level: "info", message: begins, stage: "run-all", fields: { command: context.argv } });
  const waited = isFirst ? lockWait.waited() : undefined;
  if (waited !== undefined)
    log.write({ level: "info", message: "another run was waited for", stage: "run-all", fields: waited });
  if (restored.length > 0)
    log.write({ level: "warn", message: "records restored", stage: "run-all", fields: { restored } });
  const view = flags.quiet ? silentView : nightView(terminal, { verbose: flags.verbose, home: context.env.HOME });
  const place = placeOf(context, flags, ledger.stages, root, join(root, log.key));
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
      const unfinished = await unfinishedNights(ledger, night, { config, source: services.source });
      if (unfinished.length > 0)
        log.write({ level: "warn", message: "earlier nights are undecided", stage: "run-all", fields: { unfinished } });
      if (!flags.quiet) for (const line of unfinished) terminal.say(visible(line));
      view.nightStarts({ name: night.name, runId, root });
    }
    const trouble = await troubleWith(() =>
      team.begin({ id: runId, night: night.name }, (run) => lastStageOf(ledger, run)),
    );
    if (trouble !== undefined) warn(terminal, trouble.message);
    const isDecided = (await decisionOf(ledger, night.name)) !== undefined;
    const places = isDecided ? [] : await placesOf({ root, store: ledger.store, tracking: services.tracking });
    const short = await shortOfRoom(ledger, places);
    const awaited = { date: night.date, today: dayOfStart };
    const doubt = await doubtOfRoom(ledger, places, async () => services.source().filesBytes?.(awaited));
    if (doubt !== undefined && isFirst) {
      log.write({ level: "warn", message: "the disk may be too small", stage: "run-all", fields: { doubt } });
      if (!flags.quiet) warn(terminal, doubt);
    }
    const summary = await runNight({
      refused: short,
      ledger,
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
      flags,
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
      await leaveUntold({ ledger, services, root, log }, { run: runId, night: night.name, stage, event });
      const until = next.at.toISOString();
      log.write({ level: "warn", message: "run waits", stage: "run-all", fields: { reason, until } });
      teller.waits({ stage, reason, exit_code: event.exitCode, until });
      return next;
    }
    failure = summary.failure && failureError(summary.failure, night, place, flags.quiet);
    if (summary.failure !== undefined && failure !== undefined) {
      const { stage, event } = summary.failure;
      end = { outcome: "failed", stage, reason: event.message, exit_code: event.exitCode };
      // "Try later" is no failure yet: cron does try later. One that was waited for is, as long as somebody has said.
      if (failure.exitCode !== 75 || flags.retry_until !== undefined || config.source.wait !== undefined)
        isTold = await announceFailure({ root, ledger, services, night, runId, stage, failure, event, log });
      else await leaveUntold({ ledger, services, root, log }, { run: runId, night: night.name, stage, event });
    }
    if (context.json) terminal.printJson(nightJson(night, runId, summary, failure));
    else if (!flags.quiet) sayVerdict(terminal, summary);
    const hasTold = failure !== undefined || retries.done.has(TELLING_STAGE);
    const told = await tellWhatIsLeft(team, dayOfStart, hasTold);
    if (failure !== undefined) {
      for (const sentence of undeliveredSentences(told.left)) warn(terminal, sentence);
      if (told.trouble !== undefined) warn(terminal, told.trouble.message);
      throw failure;
    }
    isOver = true;
    end = { outcome: "succeeded", stage: summary.stages.at(-1)?.name ?? null, reason: null, exit_code: 0 };
    const lines = await removeOldNights({
      ledger,
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
    if (end !== undefined) await teller.end(end, ledger.store);
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
  ledger: Ledger,
  { id, night }: { readonly id: string; readonly night: string },
): Promise<string | null> {
  for (const { name } of [...ledger.stages].reverse()) {
    if ((await ledger.store.stat(attemptKey(night, id, name))) !== undefined) return name;
  }
  return null;
}

async function dryRun(pipeline: readonly Stage[], context: CommandContext, flags: Flags): Promise<void> {
  const stages = selectStages(pipeline, flags);
  const workspace = await openWorkspace(context);
  const { config, store, redact } = workspace;
  await using services = openServices(workspace, () => {});
  const ledger: Ledger = { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact };
  const named = await resolveNight(ledger, flags.date, config.timezone, context.now);
  await requireRegistry(ledger, workspace, named, flags);
  const waiving = waivingOf(flags, config.gates);
  if (waiving !== undefined) requireJudge(stages, flags.from);
  const witness = witnessOf(ledger, services, config.register.model);
  const { night, takenOverFrom, note } = await chooseNight(ledger, { ...flags, named }, witness);
  const decision = await decisionOf(ledger, night.name, witness);
  if (waiving !== undefined) await requireWaivable(ledger, night, waiving, decision !== undefined);
  const plans = await planNight({
    ledger,
    services,
    config,
    night: takenOverFrom ?? night,
    anew: takenOverFrom !== undefined,
    stages,
    force: flags.force || takenOverFrom !== undefined,
    from: flags.from,
    flags,
  });
  const first = plans.find(({ runs }) => runs);
  const mistake = first && (await mistakeAhead(pipeline, first.stage, config));
  if (mistake !== undefined) throw mistake.error;
  if (context.json) {
    const steps = plans.map((plan) => ({
      stage: plan.stage.name,
      runs: plan.runs,
      reason: plan.runs ? plan.reason : null,
    }));
    context.terminal.printJson({ night: night.name, decided: decision !== undefined, stages: steps });
    return;
  }
  if (note !== undefined) context.terminal.say(note);
  const from = takenOverFrom === undefined ? "" : `, earlier stages from ${takenOverFrom.name}`;
  const decided = decision === undefined ? "" : ` was ${decisionText(pipeline, decision, config.timezone)}`;
  context.terminal.print(`night of ${night.name}${from}${decided}`);
  for (const line of planLines(plans)) context.terminal.print(line);
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
