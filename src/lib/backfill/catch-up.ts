import type { CommandContext } from "../cli/command.ts";
import { counted } from "../cli/numbers.ts";
import { openDaysLines } from "../cli/output/backfill.ts";
import { labelled } from "../cli/output/labelled.ts";
import { warn as warnOn } from "../cli/output/warn.ts";
import { ChurnError } from "../errors.ts";
import { showsPastDays } from "../source/past-days.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { listNights } from "../stage/nights.ts";
import { workspaceId } from "../store/id.ts";
import type { Interruption } from "../supervise/interruption.ts";
import { today } from "../workspace/night.ts";
import { openServices } from "../workspace/services.ts";
import { openWorkspace } from "../workspace/workspace.ts";
import { type Backfilled, backfill, warnOfUntold } from "./backfill.ts";
import { daysToCatchUp } from "./days.ts";
import type { FillFlags } from "./fill.ts";
import { toldFailures } from "./told-failures.ts";

/**
 * Before tonight's run: fills the days of the last ones that have no decided night. What keeps it from being done at all keeps tonight's
 * run from nothing, which says it in its own words.
 *
 * @param most  how many days are looked back at
 * @returns     undefined where nothing was to be done, or could be
 * @throws {InterruptedError} as soon as churn is asked to stop
 */
export async function catchUp({
  pipeline,
  context,
  most,
  flags,
  interruption,
}: {
  readonly pipeline: readonly Stage[];
  readonly context: CommandContext;
  readonly most: number;
  readonly flags: FillFlags & { readonly quiet: boolean };
  readonly interruption: Interruption;
}): Promise<Backfilled | undefined> {
  const { terminal } = context;
  const warn = (sentence: string) => warnOn(terminal, sentence);
  try {
    const workspace = await openWorkspace(context);
    const { root, config, store, redact } = workspace;
    const archive: Archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact };
    if ((await listNights(archive)).length === 0) {
      // Whether days before the first night are wanted nobody can tell.
      const early =
        "no day was missed: there is no night yet. Earlier days are filled by churn backfill --since YYYY-MM-DD";
      if (!flags.quiet) for (const line of labelled("note", early, terminal.chalk.stderr.dim)) terminal.say(line);
      return undefined;
    }
    const days = await daysToCatchUp(archive, today(config.timezone, context.now), most);
    const [first] = days;
    const last = days.at(-1);
    if (first === undefined || last === undefined) return undefined;
    await using services = openServices(workspace, () => {});
    const source = services.source();
    if (!showsPastDays(config, source)) {
      const span = first === last ? first : `${first} to ${last}`;
      const stay = days.length === 1 ? "stays" : "stay";
      warn(
        `${counted(days.length, "day")} ${stay} without a night, ${span}: ${source.description} shows no day but today`,
      );
      return undefined;
    }
    if (!flags.quiet)
      for (const line of openDaysLines(days, { since: first, until: last, days: days.length })) terminal.say(line);
    const told = await toldFailures({ ...archive, root }, days, { timezone: config.timezone, now: context.now });
    const known = { most, toldFailures: told };
    const ended = await backfill({ pipeline, context, workspace, archive, days, flags, interruption, catchUp: known });
    // Tonight's run sends what is missing.
    warnOfUntold(ended.told, terminal);
    if (!flags.quiet) terminal.say("");
    return ended;
  } catch (error) {
    interruption.throwIfInterrupted();
    if (!(error instanceof ChurnError)) throw error;
    warn(`days that were missed are not caught up: ${error.message}`);
    return undefined;
  }
}
