import * as z from "zod";
import type { Backfilled } from "../lib/backfill/backfill.ts";
import { catchUp } from "../lib/backfill/catch-up.ts";
import { daysToCatchUp } from "../lib/backfill/days.ts";
import { planDays } from "../lib/backfill/plan.ts";
import { type Command, type CommandContext, defineCommand } from "../lib/cli/command.ts";
import { plannedLines } from "../lib/cli/output/backfill.ts";
import { planLines } from "../lib/cli/output/plan.ts";
import { duration } from "../lib/config/duration.ts";
import { UsageError } from "../lib/errors.ts";
import { witnessOf } from "../lib/integrity/witness.ts";
import { waiverFlags, waivingOf } from "../lib/quality/waivers.ts";
import { showsPastDays } from "../lib/source/past-days.ts";
import { mistakeAhead } from "../lib/stage/ahead.ts";
import type { Archive } from "../lib/stage/archive.ts";
import type { Stage } from "../lib/stage/define.ts";
import { decisionOf, resolveNight } from "../lib/stage/nights.ts";
import { workspaceId } from "../lib/store/id.ts";
import type { DateReport } from "../lib/supervise/date-run.ts";
import { chooseNight } from "../lib/supervise/open-night.ts";
import { decisionText, nightJson } from "../lib/supervise/report.ts";
import { runDate } from "../lib/supervise/run-date.ts";
import { planNight } from "../lib/supervise/run-night.ts";
import { selectStages } from "../lib/supervise/select-stages.ts";
import { stoppable } from "../lib/supervise/stoppable.ts";
import { requireRegistry } from "../lib/supervise/try-night.ts";
import { requireJudge, requireWaivable } from "../lib/supervise/waiving.ts";
import { today } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  date: z.string().default("today").describe("YYYY-MM-DD, today or yesterday"),
  from: z.string().optional().describe("run this stage and all later ones"),
  to: z.string().optional().describe("stop after this stage"),
  force: z.boolean().default(false).describe("run every stage, whatever its record says"),
  again: z.boolean().default(false).describe("decide a decided date anew, as a night of its own"),
  accept_empty_registry: z.boolean().default(false).describe("go on although the registry lost Production"),
  allow_register: z.boolean().default(false).describe("let an older night register its model as well"),
  ...waiverFlags,
  catch_up: z.int().min(1).max(366).optional().describe("first the days without a night, so many days back"),
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
  requireTonight(flags);
  await stoppable(async (interruption) => {
    const most = flags.catch_up;
    const before = most === undefined ? undefined : await catchUp({ pipeline, context, most, flags, interruption });
    const onEnd = ({ night, run, summary, failure }: DateReport) => {
      if (!context.json) return;
      const tonight = nightJson(night, run, summary, failure);
      context.terminal.printJson(most === undefined ? tonight : { ...tonight, caught_up: caughtUpJson(before) });
    };
    await runDate({ pipeline, context, flags, interruption, onEnd });
    if (before?.error !== undefined) throw before.error;
  });
}

function caughtUpJson(caughtUp: Backfilled | undefined): object {
  const { days = [], left = [], goesOn = null } = caughtUp ?? {};
  return { days, left, goes_on: goesOn };
}

/** @throws {UsageError} where --catch-up stands beside what means another night than tonight's, or a part of it */
function requireTonight({ catch_up, date, from, to, force, again, accept }: Flags): void {
  if (catch_up === undefined) return;
  const beside = Object.entries({
    "--date": date !== "today",
    "--from": from,
    "--to": to,
    "--force": force,
    "--again": again,
    "--accept": accept.length > 0,
  });
  const [first] = beside.filter(([, value]) => value !== undefined && value !== false);
  if (first === undefined) return;
  throw new UsageError(
    `--catch-up is for tonight's run, and doesn't go with ${first[0]}`,
    "churn backfill --since D --until D fills the days that you name",
  );
}

async function dryRun(pipeline: readonly Stage[], context: CommandContext, flags: Flags): Promise<void> {
  requireTonight(flags);
  const stages = selectStages(pipeline, flags);
  const workspace = await openWorkspace(context);
  const { config, store, redact } = workspace;
  await using services = openServices(workspace, () => {});
  const archive: Archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact };
  const current = today(config.timezone, context.now);
  const named = await resolveNight(archive, flags.date, config.timezone, context.now);
  await requireRegistry(archive, workspace, named, flags);
  const waiving = waivingOf(flags, config.gates);
  if (waiving !== undefined) requireJudge(stages, flags.from);
  const witness = witnessOf(archive, services, config.register.model);
  const { night, takenOverFrom, note } = await chooseNight(archive, { ...flags, named }, witness);
  const decision = await decisionOf(archive, night.name, witness);
  if (waiving !== undefined) await requireWaivable(archive, night, waiving, decision !== undefined);
  const plans = await planNight({
    archive,
    services,
    config,
    night: takenOverFrom ?? night,
    today: current,
    anew: takenOverFrom !== undefined,
    stages,
    force: flags.force || takenOverFrom !== undefined,
    from: flags.from,
    flags,
  });
  const first = plans.find(({ runs }) => runs);
  const mistake = first && (await mistakeAhead(pipeline, first.stage, config));
  if (mistake !== undefined) throw mistake.error;
  const missed =
    flags.catch_up === undefined || !showsPastDays(config, services.source())
      ? []
      : await daysToCatchUp(archive, current, flags.catch_up);
  const before = await planDays({ pipeline, archive, services, config, today: current, days: missed, flags });
  if (context.json) {
    const steps = plans.map((plan) => ({
      stage: plan.stage.name,
      runs: plan.runs,
      reason: plan.runs ? plan.reason : null,
    }));
    const caughtUp = flags.catch_up === undefined ? {} : { caught_up: before };
    context.terminal.printJson({ night: night.name, decided: decision !== undefined, stages: steps, ...caughtUp });
    return;
  }
  if (note !== undefined) context.terminal.say(note);
  if (before.length > 0) context.terminal.print("days without a decided night, which come first");
  for (const line of plannedLines(before)) context.terminal.print(line);
  const from = takenOverFrom === undefined ? "" : `, earlier stages from ${takenOverFrom.name}`;
  const decided = decision === undefined ? "" : ` was ${decisionText(pipeline, decision, config.timezone)}`;
  context.terminal.print(`night of ${night.name}${from}${decided}`);
  for (const line of planLines(plans)) context.terminal.print(line);
}
