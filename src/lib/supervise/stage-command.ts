import * as z from "zod";
import type { CommandContext } from "../cli/command.ts";
import { fitted } from "../cli/output/fit.ts";
import { sayWaiting, waitingFor } from "../cli/output/waiting.ts";
import { warn as warnOn } from "../cli/output/warn.ts";
import { commandsOf } from "../cli/shell.ts";
import { visible } from "../cli/visible.ts";
import { duration } from "../config/duration.ts";
import { ChurnError, UsageError } from "../errors.ts";
import { HISTORY_KINDS } from "../ledger/history.ts";
import { readLedger } from "../ledger/read.ts";
import { endBy, type RunEnd, type RunTeller, tellerOfRun } from "../ledger/run.ts";
import { tellerOfStage } from "../ledger/stage.ts";
import { startedBy, startFacts } from "../ledger/started-by.ts";
import { isWaiving } from "../quality/waivers.ts";
import { mistakeAhead } from "../stage/ahead.ts";
import type { Stage } from "../stage/define.ts";
import { requireKnownRegistry } from "../stage/known-registry.ts";
import { decisionOf, resolveNight } from "../stage/nights.ts";
import { readResult } from "../stage/parts.ts";
import { restoredText, restoreRecords } from "../stage/restore.ts";
import { type Reporter, runStage, type StageOutcome, type StageRun } from "../stage/run.ts";
import { ensureWorkspaceId } from "../store/id.ts";
import { type HeldWorkspace, holdWorkspace } from "../workspace/hold.ts";
import { type LockWait, openLockWait } from "../workspace/lock-wait.ts";
import { openRunLog } from "../workspace/log.ts";
import { datedName, parseNight, today } from "../workspace/night.ts";
import { createRunId } from "../workspace/run-id.ts";
import { openServices, type Services } from "../workspace/services.ts";
import { personName } from "../workspace/user.ts";
import { openWorkspace, type Workspace } from "../workspace/workspace.ts";
import { endAtOnce } from "./end-at-once.ts";
import { isSupervised, sendEnded, sendFailed, supervisedReporter, todayIn } from "./events.ts";
import { overridesFrom, tryFrom } from "./handed-on.ts";

/** The flags that every stage has. */
export const stageFlags = z.strictObject({
  date: z.string().default("today").describe("YYYY-MM-DD, today or yesterday"),
  force: z.boolean().default(false).describe("run it, whatever its record says"),
  wait_lock: duration
    .optional()
    .meta({ value: "duration" })
    .describe("how long another run is waited for, such as 30m"),
});

interface StageFlags extends z.infer<typeof stageFlags> {
  /** the stage's own */
  readonly own: Readonly<Record<string, unknown>>;
}

/**
 * A stage as a command: started by a person, or by run-all.
 *
 * @returns the exit code
 */
export async function runStageCommand(
  stages: readonly Stage[],
  stage: Stage,
  context: CommandContext,
  common: z.infer<typeof stageFlags>,
  own: Readonly<Record<string, unknown>>,
): Promise<number> {
  const flags = { ...common, own };
  const runId = isSupervised(context.env) ? context.env.CHURN_RUN_ID : undefined;
  if (runId !== undefined) return runStageSupervised(stages, stage, context, flags, runId, endOnSignal);
  const { kind, line, record } = await runStageByHand(stages, stage, context, flags, endOnSignal);
  const { terminal } = context;
  if (context.json)
    terminal.printJson({ stage: stage.name, night: record.night, outcome: kind, result: record.result });
  else
    for (const one of fitted(
      `${stage.name}  ${kind === "fresh" ? `up to date: ${visible(line)}` : visible(line)}`,
      terminal.onScreen,
      stage.name.length + 2,
    ))
      terminal.print(one);
  const notes = kind === "succeeded" && !context.json ? stage.notes?.(readResult(stage.result, record)) : [];
  for (const note of notes ?? []) terminal.print(terminal.chalk.stdout.dim(visible(note)));
  const remains = stage.remains?.(readResult(stage.result, record));
  if (remains !== undefined) throw remains;
  return 0;
}

/** A signal ends the stage at once; its attempt says "interrupted", and a file that is half written goes with the process. */
function endOnSignal(interrupt: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      const end = () => endAtOnce(signal);
      interrupt().then(end, end);
    });
  }
}

type OnStart = (interrupt: () => Promise<void>) => void;

/**
 * A stage that a person started: it takes the lock, writes its own log and prints its line.
 *
 * @param onStart  told how to mark the attempt as interrupted, once there is one
 */
async function runStageByHand(
  stages: readonly Stage[],
  stage: Stage,
  context: CommandContext,
  flags: StageFlags,
  onStart: OnStart,
): Promise<StageOutcome> {
  const { terminal } = context;
  const workspace = await openWorkspace(context);
  await using services = openServices(workspace, (line) => {
    for (const one of fitted(line, terminal.onScreen)) terminal.print(one);
  });
  const teller = tellerOfRun({
    writer: workspace.ledger,
    root: workspace.root,
    origin: () => startedBy(startFacts(context.env)),
    command: context.argv,
  });
  const lockWait = openLockWait(flags.wait_lock, (sentence) => sayWaiting(terminal, sentence));
  const byHand: ByHand = { stages, stage, context, flags, onStart, workspace, services, teller, lockWait };
  const purpose = `${stage.name} of ${datedName(flags.date, workspace.config.timezone, context.now)}`;
  const onWait = waitingFor(terminal);
  return await lockWait.through(() =>
    holdWorkspace(workspace, purpose, (held) => openByHand(byHand, held), { onWait }),
  );
}

/** A stage by hand, and what it works with. */
interface ByHand {
  readonly stages: readonly Stage[];
  readonly stage: Stage;
  readonly context: CommandContext;
  readonly flags: StageFlags;
  readonly onStart: OnStart;
  readonly workspace: Workspace;
  readonly services: Services;
  readonly teller: RunTeller;
  readonly lockWait: LockWait;
}

/** Held, it becomes a run of its night, with a log. */
async function openByHand(byHand: ByHand, { workspaceId }: HeldWorkspace): Promise<StageOutcome> {
  const { stages, stage, context, flags, workspace, teller, lockWait } = byHand;
  const { terminal } = context;
  const { root, config, store, redact } = workspace;
  const warn = (message: string) => warnOn(terminal, message);
  terminal.status(undefined);
  const archive = { store, workspaceId, stages, redact };
  const night = await resolveNight(archive, flags.date, config.timezone, context.now);
  for (const restored of await restoreRecords(archive, night)) warn(restoredText(restored));
  const usesRegistry = stage.uses?.includes("tracking") === true;
  if (usesRegistry && (await decisionOf(archive, night.name)) === undefined)
    await requireKnownRegistry(archive, { root, settings: config.tracking, origins: workspace.loaded.origins });
  const runId = await createRunId(store, night.name, new Date());
  const log = await openRunLog({ root, date: night.date, night: night.name, runId, redact, onLost: warn });
  await teller.begin(archive, { id: runId, night: night.name });
  const reporter: Reporter = {
    log: (level, message, fields) => {
      log.write({ level, message, stage: stage.name, ...(fields === undefined ? {} : { fields }) });
      if (level === "warn") warn(message);
    },
    progress: () => {},
    notice: (message) => terminal.say(terminal.chalk.stderr.dim(visible(message))),
  };
  const waited = lockWait.waited();
  if (waited !== undefined) reporter.log("info", "another run was waited for", waited);
  try {
    return await workByHand(byHand, { archive, night, runId, reporter });
  } catch (error) {
    log.write({
      level: "error",
      message: "stage failed",
      stage: stage.name,
      fields: { error: String(error), stack: error instanceof Error ? error.stack : undefined },
    });
    throw ofNight(error, night.name, stages);
  } finally {
    log.close();
  }
}

/** It works, and the ledger hears how that ends. */
async function workByHand(
  { stages, stage, context, flags, onStart, workspace, services, teller }: ByHand,
  { archive, night, runId, reporter }: Pick<StageRun, "archive" | "night" | "runId" | "reporter">,
): Promise<StageOutcome> {
  const { root, config, store, ledger } = workspace;
  const told = tellerOfStage(ledger, archive, { night: night.name, stage: stage.name, waives: isWaiving(flags.own) });
  let end: RunEnd | undefined;
  try {
    const outcome = await runStage(stage, {
      archive,
      services,
      config,
      night,
      runId,
      person: personName(context.env),
      reporter,
      history: () => readLedger({ ...archive, root }, { kinds: HISTORY_KINDS }),
      onStart: (interrupt, reason) => {
        told.begin(reason);
        onStart(async () => {
          await interrupt();
          await told.end("interrupted", "stopped by a signal", null);
          await teller.end({ outcome: "interrupted", stage: stage.name, reason: null, exit_code: null }, store);
        });
      },
      beforeWork: async () => {
        const mistake = await mistakeAhead(stages, stage, config);
        if (mistake !== undefined) throw mistake.error;
        warmUp(stage, services);
      },
      today: today(config.timezone, context.now),
      command: context.argv,
      flags: flags.own,
      force: flags.force,
    });
    const isDone = outcome.kind === "succeeded";
    if (isDone) await told.end("succeeded", outcome.line, 0);
    const kind = isDone ? "succeeded" : "nothing_to_do";
    end = { outcome: kind, stage: isDone ? stage.name : null, reason: null, exit_code: 0 };
    return outcome;
  } catch (error) {
    const failed = endBy(error, stage.name);
    end = failed;
    await told.end("failed", failed.reason, failed.exit_code);
    throw error;
  } finally {
    if (end !== undefined) await teller.end(end, store);
  }
}

/** An error whose next step means the night that it happened in. */
function ofNight(error: unknown, night: string, stages: readonly Stage[]): unknown {
  if (!(error instanceof ChurnError) || error.hint === undefined) return error;
  const names = stages.map(({ name }) => name);
  const hint = commandsOf(night, error.hint, names);
  if (hint === error.hint) return error;
  return new ChurnError(error.exitCode, error.message.split("\n"), hint.split("\n"), {
    cause: error,
    details: error.details,
  });
}

/**
 * A stage that run-all started: it gets ready, waits for its word, and tells its supervisor all it has to say. The
 * supervisor holds the lock, draws and writes the log.
 *
 * @returns the exit code
 */
async function runStageSupervised(
  stages: readonly Stage[],
  stage: Stage,
  context: CommandContext,
  flags: StageFlags,
  runId: string,
  onStart: OnStart,
): Promise<number> {
  // From the first moment on, so that a supervisor's death is heard while the process still gets ready.
  const word = wordFromSupervisor();
  try {
    const workspace = await openWorkspace({ ...context, overrides: overridesFrom(context.env) });
    const { root, config, store, redact } = workspace;
    const isStoreReady = store.warmUp();
    await using services = openServices(workspace, supervisedReporter.say);
    const archive = { store, workspaceId: await ensureWorkspaceId(store), stages, redact };
    const night = parseNight(flags.date);
    if (night === undefined)
      throw new UsageError(
        `${flags.date} is no night`,
        "is CHURN_RUN_ID set? run-all sets it for the stages it starts",
      );
    warmUp(stage, services);
    await isStoreReady;
    const dayOfStart = await word;
    const outcome = await runStage(stage, {
      archive,
      services,
      config,
      night,
      runId,
      person: personName(context.env),
      tryNumber: tryFrom(context.env),
      onStart,
      reporter: supervisedReporter,
      history: () => readLedger({ ...archive, root }, { kinds: HISTORY_KINDS }),
      today: dayOfStart,
      command: context.argv,
      flags: flags.own,
      force: flags.force,
    });
    sendEnded(outcome);
    return 0;
  } catch (error) {
    return sendFailed(error);
  } finally {
    process.stdin.unref();
  }
}

/** What fails here fails again when the work needs it, and is told then. */
function warmUp(stage: Stage, services: Services): void {
  stage.warmUp?.({ services }).catch(() => undefined);
}

/**
 * Waits for the word to begin. The end of stdin means that the supervisor needs this stage no more, or has died: then the
 * process ends itself at once, so that nothing works on without anybody who watches.
 *
 * @returns today's date, YYYY-MM-DD
 */
async function wordFromSupervisor(): Promise<string> {
  let word = "";
  return new Promise((resolve) => {
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (text) => {
      word += text.toString();
      const day = todayIn(word);
      if (day !== undefined) resolve(day);
    });
    process.stdin.on("end", () => endAtOnce("SIGKILL"));
  });
}
