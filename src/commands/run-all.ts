import * as z from "zod";
import { type Command, type CommandContext, defineCommand, type Terminal } from "../lib/cli/command.ts";
import { nightView, silentView } from "../lib/cli/output/night-view.ts";
import { planLines } from "../lib/cli/output/plan.ts";
import { closest } from "../lib/cli/suggestions.ts";
import { UsageError } from "../lib/errors.ts";
import { mistakeAhead } from "../lib/stage/ahead.ts";
import type { Stage } from "../lib/stage/define.ts";
import { decisionOf, resolveNight } from "../lib/stage/nights.ts";
import { announceFailure } from "../lib/supervise/announce-failure.ts";
import { listenForSignals } from "../lib/supervise/interruption.ts";
import { secondsOf } from "../lib/supervise/limits.ts";
import { chooseNight, takeOver } from "../lib/supervise/open-night.ts";
import { decisionText, failureError, isComplete, nightJson } from "../lib/supervise/report.ts";
import { type NightSummary, planNight, runNight } from "../lib/supervise/run-night.ts";
import { acquireWorkspaceLock } from "../lib/workspace/lock.ts";
import { openRunLog, removeLogsBefore } from "../lib/workspace/log.ts";
import { addDays, today } from "../lib/workspace/night.ts";
import { createRunId } from "../lib/workspace/run-id.ts";
import { ensureWorkspaceId, openWorkspace, workspaceId } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  date: z.string().default("today").describe("YYYY-MM-DD, today or yesterday"),
  from: z.string().optional().describe("run this stage and all later ones"),
  to: z.string().optional().describe("stop after this stage"),
  force: z.boolean().default(false).describe("run every stage, whatever its record says"),
  again: z.boolean().default(false).describe("decide a decided date anew, as a night of its own"),
  accept_empty_registry: z.boolean().default(false).describe("go on although the registry lost Production"),
  dry_run: z.boolean().default(false).describe("say what would run and why, and change nothing"),
  quiet: z.boolean().default(false).describe("say nothing unless something fails"),
  verbose: z.boolean().default(false).describe("show each stage's command line"),
});
type Flags = z.infer<typeof flags>;

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
  const workspace = await openWorkspace(context);
  const { root, config, store, redact } = workspace;
  for (const name of Object.keys(config.run.stages)) requireStages(pipeline, { "run.stages in churn.yaml:": name });
  const lock = await acquireWorkspaceLock(root, `run-all of ${flags.date}`);
  try {
    const ledger = { store, workspaceId: await ensureWorkspaceId(store), stages: pipeline, redact };
    const now = new Date();
    const newest = await resolveNight(ledger, flags.date, config.timezone, now);
    const { night, takenOverFrom, note } = await chooseNight(ledger, {
      newest,
      again: flags.again,
      force: flags.force,
      from: flags.from,
    });
    if (note !== undefined && !flags.quiet) context.terminal.say(note);
    const decision = await decisionOf(ledger, night.name);
    if (decision !== undefined && (await isComplete(ledger, night))) {
      const words = `Night of ${night.name} was ${decisionText(pipeline, decision, config.timezone)}. Nothing to do (--again decides anew)`;
      if (context.json) context.terminal.print(nightJson(night, null, undefined, undefined));
      else if (!flags.quiet) context.terminal.print(words);
      return;
    }

    const dayOfStart = today(config.timezone, now);
    const runId = await createRunId(store, night.name, now);
    if (takenOverFrom !== undefined && flags.from !== undefined)
      await takeOver(ledger, takenOverFrom, night, flags.from);
    await removeLogsBefore(root, addDays(dayOfStart, -Math.ceil(secondsOf(config.logs.keep) / 86_400)));
    const log = await openRunLog({
      root,
      date: night.date,
      night: night.name,
      runId,
      redact,
      onLost: (reason) => context.terminal.say(`${context.terminal.chalk.stderr.yellow("warning")}  ${reason}`),
    });
    log.write({ level: "info", message: "run starts", stage: "run-all", fields: { command: context.argv } });
    const view = flags.quiet
      ? silentView
      : nightView(context.terminal, { verbose: flags.verbose, home: context.env.HOME });
    view.nightStarts({ name: night.name, runId, root });
    try {
      const summary = await runNight({
        ledger,
        root,
        config,
        night,
        today: dayOfStart,
        stages,
        log,
        view,
        interruption,
        runId,
        force: flags.force,
        from: flags.from,
        flags,
        program: context.program,
        globalWords: ["-C", root, ...context.overrides.flatMap((override) => ["--set", override])],
        env: definedOnly(context.env),
        lockFd: lock.fd,
      });
      const failure = summary.failure && failureError(summary.failure, night, log.key, flags.quiet);
      // "Try later" is no failure: cron does try later, and nobody need be told.
      if (summary.failure !== undefined && failure !== undefined && failure.exitCode !== 75) {
        const { stage, event } = summary.failure;
        await announceFailure({ workspace, ledger, night, runId, stage, failure, details: event.details, log });
      }
      if (context.json) context.terminal.print(nightJson(night, runId, summary, failure));
      else if (!flags.quiet) sayVerdict(context.terminal, summary);
      if (failure !== undefined) throw failure;
    } finally {
      log.write({ level: "info", message: "run ends", stage: "run-all" });
      log.close();
    }
  } finally {
    interruption.stopListening();
    lock.release();
  }
}

async function dryRun(pipeline: readonly Stage[], context: CommandContext, flags: Flags): Promise<void> {
  const stages = selectStages(pipeline, flags);
  const { root, config, store, redact } = await openWorkspace(context);
  const ledger = { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact };
  const newest = await resolveNight(ledger, flags.date, config.timezone, new Date());
  const { night, takenOverFrom, note } = await chooseNight(ledger, {
    newest,
    again: flags.again,
    force: flags.force,
    from: flags.from,
  });
  const plans = await planNight({
    ledger,
    root,
    config,
    night: takenOverFrom ?? night,
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
    context.terminal.print(JSON.stringify({ night: night.name, stages: steps }));
    return;
  }
  if (note !== undefined) context.terminal.say(note);
  context.terminal.print(
    `night of ${night.name}${takenOverFrom === undefined ? "" : `, earlier stages from ${takenOverFrom.name}`}`,
  );
  for (const line of planLines(plans)) context.terminal.print(line);
}

/** What the stages said for people, apart from their table: the verdict, last. */
function sayVerdict(terminal: Terminal, { said }: NightSummary): void {
  terminal.say("");
  for (const line of said) terminal.print(line);
}

/** @throws {UsageError} when --from or --to is no stage, or they are the wrong way round */
function selectStages(pipeline: readonly Stage[], { from, to }: Flags): readonly Stage[] {
  const names = pipeline.map(({ name }) => name);
  requireStages(pipeline, { "--from": from, "--to": to });
  const last = to === undefined ? names.length - 1 : names.indexOf(to);
  if (from !== undefined && names.indexOf(from) > last)
    throw new UsageError(`--from ${from} comes after --to ${to}`, `the stages are ${names.join(", ")}`);
  return pipeline.slice(0, last + 1);
}

/** @throws {UsageError} when something names a stage that isn't there */
function requireStages(pipeline: readonly Stage[], named: Readonly<Record<string, string | undefined>>): void {
  const names = pipeline.map(({ name }) => name);
  for (const [place, name] of Object.entries(named)) {
    if (name === undefined || names.includes(name)) continue;
    const meant = closest(name, names);
    throw new UsageError(
      `${place} ${name}: there is no such stage`,
      meant === undefined ? `the stages are ${names.join(", ")}` : `did you mean ${meant}?`,
    );
  }
}

function definedOnly(env: CommandContext["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
