import { basename } from "node:path";
import * as z from "zod";
import { type CommandContext, defineCommand, type Terminal } from "../lib/cli/command.ts";
import { confirm } from "../lib/cli/confirm.ts";
import { listed } from "../lib/cli/numbers.ts";
import { labelled } from "../lib/cli/output/labelled.ts";
import { unitCommands, whenText } from "../lib/cli/output/schedule.ts";
import { SCREEN_WIDTH, wrap } from "../lib/cli/output/wrap.ts";
import { commandsAt } from "../lib/cli/shell.ts";
import { visible } from "../lib/cli/visible.ts";
import { ChurnError, ServiceError, UsageError } from "../lib/errors.ts";
import { blockIn, blockText, linesBefore, strayLines, withBlock, withoutBlock } from "../lib/schedule/block.ts";
import { type Crontab, NoCrontabError, openCrontab } from "../lib/schedule/crontab.ts";
import { withCrontabLock } from "../lib/schedule/crontab-lock.ts";
import { scheduleChangeFormat, scheduleFormat } from "../lib/schedule/format.ts";
import { installedTimer } from "../lib/schedule/installed.ts";
import { mailSentence } from "../lib/schedule/mail.ts";
import {
  type CronPlan,
  cronPlan,
  cronWarnings,
  scheduleWarnings,
  type TimerPlan,
  timerPlan,
  timerWarnings,
} from "../lib/schedule/plan.ts";
import { watchdogTime } from "../lib/schedule/watchdog-time.ts";
import { userName } from "../lib/workspace/user.ts";
import { openFolder, openWorkspace, type Workspace } from "../lib/workspace/workspace.ts";

const WHAT = ["print", "install", "remove"] as const;

const flags = z.strictObject({
  what: z.enum(WHAT).optional().meta({ positional: true }).describe("print, install or remove"),
  cron: z.boolean().default(false).describe("print: the lines of the crontab alone"),
  systemd: z.boolean().default(false).describe("print: the service and the timer alone"),
  service: z.boolean().default(false).describe("print: the service alone, as its file"),
  timer: z.boolean().default(false).describe("print: the timer alone, as its file"),
  watchdog: z.boolean().default(false).describe("print: with --service or --timer, those of the watchdog"),
  yes: z.boolean().default(false).describe("install, remove: don't ask"),
});
type Flags = z.infer<typeof flags>;

/** Puts the nights of a workspace into the hands of cron, or of systemd. */
export const schedule = defineCommand({
  name: "schedule",
  group: "Setting up",
  summary: "a crontab line or a timer: print, install, remove",
  flags,

  async run(context, given) {
    const { what } = given;
    if (what === undefined)
      throw new UsageError("which of them? churn schedule takes print, install or remove", [
        "print shows the crontab's lines and a systemd timer, and changes nothing,",
        "install puts the lines into your crontab, remove takes them away",
      ]);
    refuseIdleFlags(what, given);
    // What churn.yaml says is nothing to what is taken away.
    if (what === "remove") {
      await remove(context, await openFolder(context), given);
      return;
    }
    const workspace = await openWorkspace(context);
    if (what === "print") await print(context, workspace, given);
    else await install(context, workspace, given);
  },
});

function refuseIdleFlags(what: (typeof WHAT)[number], given: Flags): void {
  const chosen = (["cron", "systemd", "service", "timer"] as const)
    .filter((name) => given[name])
    .map((name) => `--${name}`);
  if (what !== "print" && chosen.length > 0)
    throw new UsageError(
      `${chosen[0]} is for churn schedule print: ${what} is about the crontab alone`,
      "churn schedule print --systemd says how a timer is put in its place",
    );
  if (chosen.length > 1)
    throw new UsageError(`${listed(chosen)}: one of them is enough`, "churn schedule print shows all of it");
  if (given.watchdog && !(given.service || given.timer))
    throw new UsageError(
      "--watchdog is for churn schedule print --service and --timer",
      "without it all that is started is shown, the watchdog too where churn.yaml asks for one",
    );
  if (what === "print" && given.yes) throw new UsageError("--yes is for churn schedule install and remove");
}

async function print(context: CommandContext, workspace: Workspace, given: Flags): Promise<void> {
  const { terminal, env } = context;
  const { root } = workspace;
  const all = !(given.cron || given.systemd || given.service || given.timer);
  const warnings = scheduleWarnings(context, workspace);
  let cron: CronPlan | undefined;
  try {
    if (all || given.cron) cron = cronPlan(context, workspace);
  } catch (error) {
    // Beside the timer, which can do what no line can.
    if (!(all && error instanceof UsageError)) throw error;
    warnings.push(`no line for cron: ${error.message}`);
  }
  const table = cron === undefined ? undefined : await tableIfAny(openCrontab(env));
  if (cron !== undefined) warnings.push(...cronWarnings(table, root));
  const timer = given.cron ? undefined : timerPlan(context, workspace);
  if (timer !== undefined) warnings.push(...timerWarnings(workspace));
  if (given.watchdog && timer?.watchdog === undefined)
    throw new UsageError("churn.yaml asks for no watchdog", 'watchdog: { by: "09:00" } in churn.yaml does');

  const texts = [
    ...(cron === undefined ? [] : [blockText(root, cron.lines)]),
    ...(timer === undefined ? [] : unitTexts(timer, given)),
  ];
  if (context.json) terminal.printJson(printedJson(workspace, cron, timer, warnings));
  else for (const line of texts.join("\n").trimEnd().split("\n")) terminal.print(line);

  for (const warning of warnings) warn(terminal, warning);
  if (cron !== undefined && timer !== undefined)
    hint(terminal, "which", "one of the two: a timer makes up for a time when the machine was off, cron doesn't");
  if (cron !== undefined) {
    hint(terminal, "where", `the crontab of ${userName()}, where churn schedule install puts it`);
    hint(terminal, "when", cronWhen(workspace, cron));
    if (cron.watchdogAt !== undefined && timer === undefined) sayWatchdog(terminal, workspace);
    hint(terminal, "mail", mailSentence(linesBefore(table ?? "", root), userName()));
  }
  if (timer !== undefined && (all || given.systemd)) sayUnits(context, workspace, timer);
}

/** One file as it is, or all, each behind a comment that says where it belongs. */
function unitTexts({ units, watchdog }: TimerPlan, given: Flags): string[] {
  const asked = given.watchdog && watchdog !== undefined ? watchdog : units;
  if (given.service) return [asked.service.text];
  if (given.timer) return [asked.timer.text];
  return [units, ...(watchdog === undefined ? [] : [watchdog])]
    .flatMap(({ service, timer }) => [service, timer])
    .map(({ path, text }) => `# ${path}\n${text}`);
}

/** The crontab of a user who has one, and may look at it. */
async function tableIfAny(crontab: Crontab): Promise<string | undefined> {
  try {
    return await crontab.read();
  } catch (error) {
    if (error instanceof ChurnError) return undefined;
    throw error;
  }
}

function sayUnits(
  { terminal, commands }: CommandContext,
  { root, config }: Workspace,
  { units, watchdog, next }: TimerPlan,
): void {
  const { timezone, schedule } = config;
  hint(terminal, "where", `${watchdog === undefined ? "two" : "four"} files of systemd's, put there by root:`);
  for (const command of unitCommands(units, watchdog))
    terminal.say(`         ${terminal.chalk.stderr.cyan(visible(commandsAt(root, command, commands)))}`);
  hint(terminal, "when", whenText({ at: schedule.at, timezone, next }));
  if (watchdog !== undefined) sayWatchdog(terminal, { config });
  hint(terminal, "log", `journalctl -u ${basename(units.service.path)}`);
}

function sayWatchdog(terminal: Terminal, { config: { watchdog, timezone } }: Pick<Workspace, "config">): void {
  hint(terminal, "watch", `churn watchdog looks every day at ${watchdogTime(watchdog)} (${timezone})`);
}

function cronWhen({ config }: Workspace, { at, zone, next }: CronPlan): string {
  const { timezone, schedule } = config;
  const machine = at === schedule.at || zone === undefined ? undefined : { at, timezone: zone };
  return whenText({ at: schedule.at, timezone, next, machine });
}

function printedJson(
  { root, config }: Workspace,
  cron: CronPlan | undefined,
  timer: TimerPlan | undefined,
  warnings: readonly string[],
) {
  return scheduleFormat.write({
    workspace: root,
    at: config.schedule.at,
    timezone: config.timezone,
    cron:
      cron === undefined
        ? null
        : {
            user: userName(),
            at: cron.at,
            timezone: cron.zone ?? null,
            watchdog_at: cron.watchdogAt ?? null,
            next_run: cron.next.toISOString(),
            text: blockText(root, cron.lines),
          },
    systemd:
      timer === undefined
        ? null
        : { ...timer.units, next_run: timer.next.toISOString(), watchdog: timer.watchdog ?? null },
    warnings: [...warnings],
  });
}

async function install(context: CommandContext, workspace: Workspace, { yes }: Flags): Promise<void> {
  const { terminal } = context;
  const { root } = workspace;
  const plan = cronPlan(context, workspace);
  const { lines } = plan;
  const crontab = openCrontab(context.env);
  const table = await crontab.read();
  const timer = installedTimer(root);
  const warnings = [
    ...scheduleWarnings(context, workspace),
    ...cronWarnings(table, root),
    ...(timer?.isEnabled === true ? [`a timer starts these nights already: ${timer.place}`] : []),
  ];
  const former = blockIn(table, root);
  const isThere = withBlock(table, root, lines) === table;
  const user = userName();
  if (!isThere) {
    terminal.say(`This ${former === undefined ? "goes into" : "changes in"} the crontab of ${user}:`);
    sayLines(terminal, "-", former ?? []);
    sayLines(terminal, "+", lines);
  }
  for (const warning of warnings) warn(terminal, warning);
  if (!isThere) {
    hint(terminal, "when", cronWhen(workspace, plan));
    if (plan.watchdogAt !== undefined) sayWatchdog(terminal, workspace);
    hint(terminal, "mail", mailSentence(linesBefore(table, root), user));
  }
  const changed = !isThere && (yes || (await agreed(terminal, "install")));
  if (changed) await change(crontab, (now) => withBlock(now, root, lines));
  const stands = isThere || changed;
  if (context.json)
    terminal.printJson(
      scheduleChangeFormat.write({
        workspace: root,
        user,
        action: "install",
        changed,
        lines: [...(stands ? lines : (former ?? []))],
        next_run: stands ? plan.next.toISOString() : null,
        warnings,
      }),
    );
  else if (stands)
    printSentence(
      terminal,
      `the crontab of ${user} starts the night ${isThere ? "already" : "now"}: ${cronWhen(workspace, plan)}`,
    );
  else terminal.say("nothing was changed");
}

async function remove(context: CommandContext, { root }: Pick<Workspace, "root">, { yes }: Flags): Promise<void> {
  const { terminal } = context;
  const user = userName();
  const crontab = openCrontab(context.env);
  const table = await readIfThere(crontab);
  const former = blockIn(table, root);
  const timer = installedTimer(root);
  const warnings = [
    ...strayLines(table, root).map((line) => `a line that isn't churn's own starts these nights, and stays: ${line}`),
    ...(timer === undefined
      ? []
      : [`a timer starts these nights, and stays: sudo systemctl disable --now ${basename(timer.place)}`]),
  ];
  if (former !== undefined) {
    terminal.say(`This leaves the crontab of ${user}:`);
    sayLines(terminal, "-", former);
  }
  for (const warning of warnings) warn(terminal, warning);
  const changed = former !== undefined && (yes || (await agreed(terminal, "remove")));
  if (changed) await change(crontab, (now) => withoutBlock(now, root));
  if (context.json)
    terminal.printJson(
      scheduleChangeFormat.write({
        workspace: root,
        user,
        action: "remove",
        changed,
        lines: changed ? [] : (former ?? []),
        next_run: null,
        warnings,
      }),
    );
  else if (former === undefined)
    printSentence(terminal, `the crontab of ${user} has no line of churn's for this workspace`);
  else if (changed) printSentence(terminal, `the crontab of ${user} starts this workspace's nights no more`);
  else terminal.say("nothing was changed");
}

/** Without a crontab program there is nothing to remove. */
async function readIfThere(crontab: Crontab): Promise<string> {
  try {
    return await crontab.read();
  } catch (error) {
    if (error instanceof NoCrontabError) return "";
    throw error;
  }
}

async function agreed(terminal: Terminal, what: "install" | "remove"): Promise<boolean> {
  return await confirm(terminal, "Go on? [y/N] ", {
    what: `schedule ${what}`,
    before: "it changes the crontab",
    command: `churn schedule ${what}`,
  });
}

/**
 * Changes the crontab as it is now: somebody may have edited it since the question was asked, and another workspace's schedule may be
 * installed at the same time.
 *
 * @throws {HeldError} when another churn is at it, and doesn't end
 * @throws {ServiceError} when it shows something else afterwards
 */
async function change(crontab: Crontab, changed: (table: string) => string): Promise<void> {
  const isThere = await withCrontabLock(async () => {
    const table = changed(await crontab.read());
    await crontab.write(table);
    return (await crontab.read()) === table;
  });
  if (isThere) return;
  throw new ServiceError("crontab took the new table, and shows another one", "crontab -l shows what stands there");
}

function sayLines(terminal: Terminal, sign: "+" | "-", lines: readonly string[]): void {
  const { green, red } = terminal.chalk.stderr;
  const paint = sign === "+" ? green : red;
  for (const line of lines) terminal.say(paint(`  ${sign} ${visible(line)}`));
}

function printSentence(terminal: Terminal, sentence: string): void {
  for (const line of wrap(visible(sentence), SCREEN_WIDTH)) terminal.print(line);
}

function hint(terminal: Terminal, label: string, text: string): void {
  for (const line of labelled(label, text, terminal.chalk.stderr.dim)) terminal.say(line);
}

function warn(terminal: Terminal, message: string): void {
  for (const line of labelled("warning", message, terminal.chalk.stderr.yellow)) terminal.say(line);
}
