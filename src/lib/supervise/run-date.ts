import { sayWaiting, waitingLine } from "../cli/output/waiting.ts";
import { warn } from "../cli/output/warn.ts";
import { ChurnError, UnreachableError } from "../errors.ts";
import { type RunTeller, tellerOfRun } from "../ledger/run.ts";
import { startedBy, startFacts } from "../ledger/started-by.ts";
import { waivingOf } from "../quality/waivers.ts";
import type { OnWait } from "../store/store.ts";
import { type LockWait, openLockWait } from "../workspace/lock-wait.ts";
import { addDays, parseNight, today } from "../workspace/night.ts";
import { openServices } from "../workspace/services.ts";
import { machineTimezone, wallClock } from "../workspace/timezone.ts";
import { openFolder, openWorkspace, type Workspace, type WorkspaceFolder, zoneOf } from "../workspace/workspace.ts";
import { type Beat, openBeat } from "./beat.ts";
import { type DateRun, placeOf } from "./date-run.ts";
import { runError } from "./report.ts";
import { BEFORE_STAGES, type NextTry, openRetries, parseUntil, pause, type Retries } from "./retry.ts";
import { requireLimitedStages, selectStages } from "./select-stages.ts";
import { tryNight } from "./try-night.ts";
import { requireJudge } from "./waiving.ts";

/**
 * Runs a date's night: takes the workspace, lets it go again, and in between tries what a service's absence ended once more. A
 * decided night that is complete is left as it is. A start that is refused, for what churn.yaml says say, tells so.
 *
 * @throws {ChurnError} with which it ends, where it doesn't end well
 */
export async function runDate(given: DateRun): Promise<void> {
  const { pipeline, context, flags } = given;
  let start: Start | undefined;
  let workspace: Workspace | undefined;
  let hasNight = false;
  const onNight = () => {
    hasNight = true;
  };
  try {
    start = await openStart(given);
    workspace = await openWorkspace(context, start.folder);
    await runInTries(given, { ...start, workspace, onNight });
    await start.beat?.end(0);
  } catch (error) {
    const date = pastDate(flags.date, await zoneIn(given, start, workspace), context.now);
    start?.teller.fail(date ?? null, error);
    await start?.beat?.end(error instanceof ChurnError ? error.exitCode : 1);
    // A mail has no screen above it that says where it comes from.
    if (hasNight || !flags.quiet) throw error;
    const day = date ?? "today";
    throw runError(error, { name: day, date: day }, placeOf(context, flags, pipeline, context.cwd));
  }
}

/** A start that may be refused yet, and who hears of that. */
interface Start {
  readonly folder: WorkspaceFolder;
  readonly teller: RunTeller;
  readonly beat: Beat | undefined;
}

async function openStart({ context, toldIn }: DateRun): Promise<Start> {
  const folder = await openFolder(context);
  const teller = tellerOfRun({
    writer: folder.ledger,
    root: folder.root,
    origin: () => startedBy(startFacts(context.env)),
    command: context.argv,
  });
  // Whoever waits for the night of the day is told nothing of older ones.
  const beat = toldIn === undefined ? await openBeat(folder, (warning) => warn(context.terminal, warning)) : undefined;
  return { folder, teller, beat };
}

/** By which time zone the date is reckoned, as far as the start has come. */
async function zoneIn(
  { context }: DateRun,
  start: Start | undefined,
  workspace: Workspace | undefined,
): Promise<string> {
  if (workspace !== undefined) return workspace.config.timezone;
  return start === undefined ? machineTimezone() : await zoneOf(start.folder, context);
}

/** The date that --date names; undefined where it names none up to today. */
function pastDate(given: string, timezone: string, now: Date): string | undefined {
  const last = today(timezone, now);
  const named = given === "yesterday" ? addDays(last, -1) : given === "today" ? last : parseNight(given)?.date;
  return named === undefined || named > last ? undefined : named;
}

/** A start whose workspace is opened. */
interface Opened extends Start {
  readonly workspace: Workspace;
  /** hears that there is a night to run, which says by itself where it comes from */
  readonly onNight: () => void;
}

/** Takes the workspace as often as it needs to be taken. While a run waits, the workspace is free for others. */
async function runInTries(given: DateRun, { workspace, teller, beat, onNight }: Opened): Promise<void> {
  const { pipeline, context, flags, interruption } = given;
  const { timezone, run, gates } = workspace.config;
  const stages = selectStages(pipeline, flags);
  requireLimitedStages(pipeline, run);
  const waiving = waivingOf({ accept: flags.accept ?? [], reason: flags.reason }, gates);
  if (waiving !== undefined) requireJudge(stages, flags.from);
  const until = flags.retry_until === undefined ? undefined : parseUntil(flags.retry_until, timezone, new Date());
  const retries = openRetries(run.retries, until);
  const sayWhy = (what: string) => {
    if (given.onWait !== undefined) given.onWait(waitingLine(what));
    else if (!flags.quiet) sayWaiting(context.terminal, what);
  };
  const lockWait = openLockWait(flags.wait_lock, sayWhy, (seconds) => pause(seconds, interruption));
  await using services = openServices(workspace, (line) => context.terminal.print(line));
  const means = { workspace, services, stages, waiving, retries, lockWait, teller, beat, onNight };
  const onWait = whoMayLive(given, lockWait, sayWhy);
  const attempt = () => tryNight(given, means, onWait);
  for (;;) {
    // Who came in between two tries, a promotion say, doesn't end the run. Under --retry-until that is tried again as all else is.
    const patience = retries.runId !== undefined && until === undefined ? run.retries.deadline : undefined;
    const later: Later | undefined = await lockWait
      .through(attempt, patience)
      .catch((error: unknown) => triedLater(error, retries));
    if (later === undefined) return;
    const [next, last] = [later.at, later.last].map((moment) => wallClock(timezone, moment).time);
    const reason = later.reason === undefined ? "" : `${later.reason}; `;
    sayWhy(`${reason}next try at ${next}, the last one at ${flags.retry_until ?? last}`);
    await pause(later.seconds, interruption, later.at);
  }
}

/** Says of whom it has to be found out whether they live: once, and not where they are waited for anyhow. */
function whoMayLive({ interruption }: DateRun, lockWait: LockWait, sayWhy: (what: string) => void): OnWait {
  let waitsFor = "";
  return (holder) => {
    interruption.throwIfInterrupted();
    const isNews = holder !== waitsFor && lockWait.waited() === undefined;
    if (isNews) sayWhy(`to see whether ${holder} lives`);
    waitsFor = holder;
  };
}

/** A run that is to be tried again, and why where no stage's line has said so. */
interface Later extends NextTry {
  readonly reason?: string;
}

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
