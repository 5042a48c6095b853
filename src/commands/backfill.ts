import * as z from "zod";
import { backfill as fill, warnOfUntold } from "../lib/backfill/backfill.ts";
import { daysBetween, openDays } from "../lib/backfill/days.ts";
import { planDays } from "../lib/backfill/plan.ts";
import { backfillFormat, backfillPlanFormat } from "../lib/backfill/report.ts";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { filledLines, filledText, openDaysLines, plannedLines } from "../lib/cli/output/backfill.ts";
import { duration } from "../lib/config/duration.ts";
import { UsageError } from "../lib/errors.ts";
import { requireTold } from "../lib/notify/undelivered.ts";
import { requirePastDays } from "../lib/source/past-days.ts";
import type { Archive } from "../lib/stage/archive.ts";
import type { Stage } from "../lib/stage/define.ts";
import { workspaceId } from "../lib/store/id.ts";
import { stoppable } from "../lib/supervise/stoppable.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { addDays, parseDate, today } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

/** A year: what is longer is a mistyped one, each day of which would fail by itself. */
const MOST_DAYS = 366;

const flags = z.strictObject({
  since: z.string().optional().meta({ value: "date" }).describe("the first day, YYYY-MM-DD"),
  until: z.string().default("yesterday").meta({ value: "date" }).describe("the last day, which counts as well"),
  allow_register: z.boolean().default(false).describe("let an older night register its model as well"),
  accept_empty_registry: z.boolean().default(false).describe("go on although the registry lost Production"),
  wait_lock: duration
    .optional()
    .meta({ value: "duration" })
    .describe("how long another run is waited for, such as 30m"),
  dry_run: z.boolean().default(false).describe("say what would be done, and change nothing"),
  quiet: z.boolean().default(false).describe("say nothing unless something fails"),
  verbose: z.boolean().default(false).describe("show each day's stages, and their command lines"),
});

/** Fills the days without a decided night, oldest first, and tells the team once. */
export function backfill(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "backfill",
    group: "A night",
    summary: "nights of days that have none",
    flags,

    async run(context, given) {
      const { terminal, now, json } = context;
      const workspace = await openWorkspace(context);
      const { config, store, redact } = workspace;
      const { since, until } = spanOf(given, config.timezone, now);
      await requireKnownStore(workspace);
      await using services = openServices(workspace, () => {});
      const archive: Archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
      const all = daysBetween(since, until);
      const days = await openDays(archive, all);
      if (days.length > 0) requirePastDays(config, services.source());
      if (!json && (given.dry_run || !given.quiet)) {
        const say = given.dry_run || days.length === 0 ? terminal.print : terminal.say;
        for (const line of openDaysLines(days, { since, until, days: all.length })) say(line);
      }
      if (given.dry_run) {
        const planned = await planDays({
          pipeline: stages,
          archive,
          services,
          config,
          today: today(config.timezone, now),
          days,
          flags: given,
        });
        if (json) terminal.printJson(backfillPlanFormat.write({ since, until, days: [...planned] }));
        else for (const line of plannedLines(planned)) terminal.print(line);
        return;
      }
      const ended = await stoppable((interruption) =>
        fill({ pipeline: stages, context, workspace, archive, days, flags: given, interruption }),
      );
      if (json) {
        const { left, goesOn } = ended;
        terminal.printJson(
          backfillFormat.write({ since, until, days: [...ended.days], left: [...left], goes_on: goesOn }),
        );
      } else if (!given.quiet && days.length > 0) {
        terminal.say("");
        for (const line of filledLines(ended.days, terminal.chalk.stdout)) terminal.print(line);
        terminal.print(filledText(ended.days, ended.left));
      }
      if (ended.error !== undefined) {
        warnOfUntold(ended.told, terminal);
        throw ended.error;
      }
      requireTold(ended.told);
    },
  });
}

/**
 * The first and the last day.
 *
 * @throws {UsageError} when one is missing or no day up to today, they are the wrong way round, or too far apart
 */
function spanOf(
  given: { readonly since?: string | undefined; readonly until: string },
  timezone: string,
  now: Date,
): { readonly since: string; readonly until: string } {
  if (given.since === undefined)
    throw new UsageError(
      "since which day? churn backfill takes --since YYYY-MM-DD",
      "--until is yesterday unless it names another day; --dry-run shows the days",
    );
  const since = parseDate(given.since, timezone, now, "--since");
  const until = parseDate(given.until, timezone, now, "--until");
  const last = today(timezone, now);
  if (until > last)
    throw new UsageError(
      `${until} is in the future: today is ${last} in ${timezone}`,
      "--until takes today, yesterday or an earlier date",
    );
  if (since > until) throw new UsageError(`--since ${since} is after --until ${until}`, "both days count");
  const farthest = addDays(since, MOST_DAYS - 1);
  if (until > farthest)
    throw new UsageError(
      `${since} to ${until} is more than a backfill takes, which is ${MOST_DAYS} days`,
      `a part of it: --since ${since} --until ${farthest}`,
    );
  return { since, until };
}
