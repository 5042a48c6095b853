import * as z from "zod";
import { type Command, type CommandContext, defineCommand } from "../lib/command.ts";
import { ChurnError, UsageError } from "../lib/errors.ts";
import { acquireLock } from "../lib/lock.ts";
import { openRunLog, removeLogsBefore } from "../lib/log.ts";
import { addDays, type Night, today } from "../lib/night.ts";
import { nightView, silentView } from "../lib/output/night-view.ts";
import { planLines } from "../lib/output/plan.ts";
import { createRunId } from "../lib/run-id.ts";
import type { Stage } from "../lib/stage/define.ts";
import { DECIDING_STAGE, type Place } from "../lib/stage/inputs.ts";
import { decisionOf, isPartOfDecision, resolveNight } from "../lib/stage/nights.ts";
import { readSuccess, type StageRecord } from "../lib/stage/record.ts";
import { closest } from "../lib/suggest.ts";
import { announceFailure } from "../lib/supervise/announce-failure.ts";
import { listenForSignals } from "../lib/supervise/interruption.ts";
import { secondsOf } from "../lib/supervise/limits.ts";
import { chooseNight, takeOver } from "../lib/supervise/open-night.ts";
import { type NightSummary, planNight, runNight } from "../lib/supervise/run-night.ts";
import { ensureWorkspaceId, openWorkspace, workspaceId } from "../lib/workspace.ts";

const flags = z.strictObject({
  date: z.string().default("today").describe("YYYY-MM-DD, today or yesterday"),
  from: z.string().optional().describe("run this stage and the later ones, whatever their records say"),
  to: z.string().optional().describe("stop after this stage"),
  force: z.boolean().default(false).describe("run every stage, whatever its record says"),
  again: z.boolean().default(false).describe("decide a decided date anew, as a night of its own"),
  accept_empty_registry: z.boolean().default(false).describe("go on although the registry lost its production version"),
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
  const lock = await acquireLock(root, `run-all of ${flags.date}`);
  try {
    const place = { store, workspace: await ensureWorkspaceId(store), stages: pipeline };
    const now = new Date();
    const newest = await resolveNight(place, flags.date, config.timezone, now);
    const { night, takenOverFrom, note } = await chooseNight(place, {
      newest,
      again: flags.again,
      force: flags.force,
      from: flags.from,
    });
    if (note !== undefined && !flags.quiet) context.terminal.say(note);
    const decision = await decisionOf(place, night.name);
    if (decision !== undefined && (await nothingLeft(place, night)))
      return reportNothing(context, flags, night, decisionText(pipeline, decision, config.timezone));

    const runId = await createRunId(store, night.name, now);
    if (takenOverFrom !== undefined && flags.from !== undefined)
      await takeOver(place, takenOverFrom, night, flags.from);
    await removeLogsBefore(
      root,
      addDays(today(config.timezone, now), -Math.ceil(secondsOf(config.logs.keep) / 86_400)),
    );
    const log = await openRunLog({
      root,
      date: night.date,
      night: night.name,
      run: runId,
      redact,
      onLost: (reason) => context.terminal.say(`${context.terminal.chalk.stderr.yellow("warning")}  ${reason}`),
    });
    log.write({ level: "info", message: "run starts", fields: { command: context.argv } });
    const view = flags.quiet
      ? silentView
      : nightView(context.terminal, { verbose: flags.verbose, home: context.env.HOME });
    view.nightStarts({ name: night.name, run: runId, root });
    try {
      const summary = await runNight({
        place,
        root,
        config,
        night,
        stages,
        log,
        view,
        interruption,
        run: runId,
        force: flags.force,
        from: flags.from,
        flags,
        program: context.program,
        globalWords: ["-C", root, ...context.overrides.flatMap((override) => ["--set", override])],
        env: definedOnly(context.env),
        lockFd: lock.fd,
      });
      const failure = summary.failure === undefined ? undefined : failureError(summary.failure, night, log.key, flags);
      // "Try later" is no failure: cron does try later, and nobody need be told.
      if (failure !== undefined && summary.failure !== undefined && failure.exitCode !== 75) {
        await announceFailure({
          workspace,
          place,
          night,
          run: runId,
          stage: summary.failure.stage,
          failure,
          details: summary.failure.event.details,
          log,
        });
      }
      report(context, flags, night, runId, summary, failure);
      if (failure !== undefined) throw failure;
    } finally {
      log.write({ level: "info", message: "run ends" });
      log.close();
    }
  } finally {
    interruption.stopListening();
    lock.release();
  }
}

async function dryRun(pipeline: readonly Stage[], context: CommandContext, flags: Flags): Promise<void> {
  const stages = selectStages(pipeline, flags);
  const { root, config, store } = await openWorkspace(context);
  const place = { store, workspace: (await workspaceId(store)) ?? "", stages: pipeline };
  const newest = await resolveNight(place, flags.date, config.timezone, new Date());
  const { night, takenOverFrom, note } = await chooseNight(place, {
    newest,
    again: flags.again,
    force: flags.force,
    from: flags.from,
  });
  const plans = await planNight({
    place,
    root,
    config,
    night: takenOverFrom ?? night,
    stages,
    force: flags.force || takenOverFrom !== undefined,
    from: flags.from,
    flags,
  });
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

/** A decided night is complete when the stages after the decision have succeeded too. */
async function nothingLeft(place: Place, night: Night): Promise<boolean> {
  for (const stage of place.stages.filter((stage) => !isPartOfDecision(place, stage))) {
    if ((await readSuccess(place.store, place.workspace, night.name, stage.name)) === undefined) return false;
  }
  return true;
}

/** "decided at 06:00:09: churn-model version 4 in Staging" */
function decisionText(pipeline: readonly Stage[], decision: StageRecord, timezone: string): string {
  const stage = pipeline.find(({ name }) => name === DECIDING_STAGE);
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, timeStyle: "medium" }).format(
    new Date(decision.ended_at ?? decision.started_at),
  );
  return `decided at ${time}: ${stage?.describe(stage.result.parse(decision.result)) ?? ""}`;
}

function reportNothing(context: CommandContext, flags: Flags, night: Night, decision: string): void {
  if (context.json)
    context.terminal.print(
      JSON.stringify({ night: night.name, run: null, outcome: "nothing_to_do", stages: [], error: null }),
    );
  else if (!flags.quiet)
    context.terminal.print(`Night of ${night.name} was ${decision}. Nothing to do (--again decides anew)`);
}

/** The verdict last: what the stages said for people, or all of it for programs. */
function report(
  context: CommandContext,
  flags: Flags,
  night: Night,
  run: string,
  { stages, said }: NightSummary,
  failure: ChurnError | undefined,
): void {
  const { terminal } = context;
  if (context.json) {
    const error =
      failure === undefined
        ? null
        : { message: failure.message, hint: failure.hint ?? null, exit_code: failure.exitCode };
    terminal.print(
      JSON.stringify({
        night: night.name,
        run,
        outcome: failure === undefined ? "succeeded" : "failed",
        stages,
        error,
      }),
    );
  } else if (!flags.quiet) {
    terminal.say("");
    for (const line of said) terminal.print(line);
  }
}

/** The stage's failure as run-all's own, with the command that continues. */
function failureError(
  { stage, event }: NonNullable<NightSummary["failure"]>,
  night: Night,
  log: string,
  flags: Flags,
): ChurnError {
  const again = `churn run-all --date ${night.date}`;
  const hint =
    event.exitCode === 1
      ? `this is a defect in churn: please report it with ${log}`
      : continued(event.hint ?? `look at ${log}`, again);
  // Without the night's table the line itself has to say where it happened.
  const message = flags.quiet ? `${stage} of ${night.name}: ${event.message}` : event.message;
  return new ChurnError(event.exitCode, message, hint, { details: flags.quiet ? event.details : [] });
}

function continued(hint: string, command: string): string {
  return hint.includes("churn run-all") ? hint : `${hint}\n${command} continues`;
}

function definedOnly(env: CommandContext["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
