import { join } from "node:path";
import type { Terminal } from "../cli/command.ts";
import { counted } from "../cli/numbers.ts";
import { dayLine, dayView } from "../cli/output/backfill.ts";
import { nightView } from "../cli/output/night-view.ts";
import { warn } from "../cli/output/warn.ts";
import { shellWord } from "../cli/shell.ts";
import { ChurnError, HeldError, worstExitCode } from "../errors.ts";
import { backfillKey } from "../notify/backfill.ts";
import { tellWhatIsLeft } from "../notify/left.ts";
import type { BackfillMessage } from "../notify/message.ts";
import { nextCommands } from "../notify/next.ts";
import { type Left, undeliveredSentences } from "../notify/undelivered.ts";
import { pause } from "../supervise/retry.ts";
import { holdWorkspace } from "../workspace/hold.ts";
import { openLockWait } from "../workspace/lock-wait.ts";
import { today } from "../workspace/night.ts";
import { openServices } from "../workspace/services.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { type Filled, type FillFlags, type Filling, fillDays, goesOn } from "./fill.ts";
import type { FilledDay } from "./report.ts";

/** Of days that failed. */
const MOST_LOGS = 3;

/** What to fill; the days have no decided night. */
export interface Backfill extends Pick<Filling, "pipeline" | "context" | "archive" | "days" | "interruption"> {
  readonly workspace: Workspace;
  readonly flags: FillFlags & { readonly quiet: boolean };
  /** of run-all --catch-up, which comes back every night */
  readonly catchUp?: {
    /** for how many days a day that failed is tried again */
    readonly most: number;
    readonly toldFailures: Filling["toldFailures"];
  };
}

/** How a backfill ended. */
export interface Backfilled {
  readonly days: readonly FilledDay[];
  /** days that were not tried */
  readonly left: readonly string[];
  /** the command for what failed, other than for want of customers, and what is left; null where nothing is */
  readonly goesOn: string | null;
  /** with which it ends, where something failed or is left */
  readonly error: ChurnError | undefined;
  /** of the team's messages, when all else was done */
  readonly told: Left;
}

/**
 * Fills days and tells the team of all of them in one message. Another run may come in between two days, and is waited for.
 *
 * @throws {InterruptedError} as soon as churn is asked to stop; of the nights until then the next run tells
 */
export async function backfill(given: Backfill): Promise<Backfilled> {
  const { context, workspace, flags, interruption } = given;
  const { terminal } = context;
  const { root, config } = workspace;
  const key = backfillKey(new Date());
  const chalk = terminal.chalk.stderr;
  const say = (line: string) => {
    if (!flags.quiet) terminal.say(line);
  };
  const filled = await fillDays({
    ...given,
    root,
    key,
    toldFailures: given.catchUp?.toldFailures ?? new Map(),
    longestRun: config.run.timeout,
    view: (date) =>
      flags.verbose ? nightView(terminal, { verbose: true, home: context.env.HOME }) : dayView(terminal, date),
    onWait: say,
    onDay: (day, lines) => say(dayLine(chalk, day, lines)),
  });
  const failed = filled.days.filter(({ date, outcome }) => outcome === "failed" && !filled.absent.has(date));
  const undone = [...failed.map(({ date }) => date), ...filled.left];
  const command = undone.length === 0 ? null : goesOn(context, root, undone, flags);
  const message = messageOf(filled, command, given.catchUp?.most);
  const told = message === undefined ? { left: [] } : await tell(given, key, message);
  interruption.throwIfInterrupted();
  return { days: filled.days, left: filled.left, goesOn: command, error: errorOf(filled, given, command), told };
}

/** Says what could not be told, where something else is said last. */
export function warnOfUntold({ left, trouble }: Left, terminal: Terminal): void {
  const sentences = [...undeliveredSentences(left), ...(trouble === undefined ? [] : [trouble.message])];
  for (const sentence of sentences) warn(terminal, sentence);
}

/** Undefined where nothing has begun, whose reason whoever started this has seen, and where nothing is news. */
function messageOf(
  { days: all, left, ownReasons }: Filled,
  command: string | null,
  most: number | undefined,
): BackfillMessage | undefined {
  const days = all.filter(({ told_before }) => !told_before);
  if (days.every(({ run }) => run === null)) return undefined;
  const nights = days.flatMap(({ date, night, outcome, comparison, stage, f1, auc_roc, version, reason }) => {
    if (outcome === "decided_before") return [];
    const facts = { comparison, stage, f1, auc_roc, version };
    return [{ night, outcome, ...facts, reason: ownReasons.get(date) ?? reason }];
  });
  return { kind: "backfill", nights, left: [...left], was_killed: false, goes_on: command, looks_back: most ?? null };
}

/** Under a lock of its own: another run may have come in. What can't be told now, the next run tells. */
async function tell(
  { context, workspace, flags, interruption }: Backfill,
  key: string,
  message: BackfillMessage,
): Promise<Left> {
  const { config } = workspace;
  const day = today(config.timezone, context.now);
  const wait = openLockWait(
    flags.wait_lock ?? config.run.timeout,
    () => {},
    (seconds) => pause(seconds, interruption),
  );
  await using services = openServices(workspace, (line) => context.terminal.print(line));
  const team = services.team();
  try {
    return await wait.through(() =>
      holdWorkspace(workspace, "backfill, which tells of its days", async () => {
        await team.tellTogether({ key, message, next: nextCommands(message) });
        return await tellWhatIsLeft(team, day, true);
      }),
    );
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return { left: [], trouble: error };
  }
}

function errorOf(
  { days, left, stopped }: Filled,
  { days: all, workspace: { root }, context, flags }: Pick<Backfill, "days" | "workspace" | "context" | "flags">,
  command: string | null,
): ChurnError | undefined {
  const failed = days.filter(({ outcome, told_before }) => outcome === "failed" && !told_before);
  // Of one that was turned away no day tells.
  if (failed.length === 0 && days.at(-1)?.told_before === true && !(stopped instanceof HeldError)) return undefined;
  const isAlone = context.json || flags.quiet;
  const next = command === null ? [] : [command];
  if (stopped === undefined || left.length === 0) {
    if (failed.length === 0) return undefined;
    const sentence = `${failed.length} of ${counted(all.length, "day")} failed`;
    const logs = failed.map(({ date }) => join(root, "logs", date)).slice(0, MOST_LOGS);
    const hint = [...logs.map((folder) => `${shellWord(folder)} has the log`), ...next];
    // Where no table stands above it.
    const details = isAlone ? failed.map(({ date, stage, reason }) => `${date}  ${stage ?? "start"}: ${reason}`) : [];
    return new ChurnError(worstExitCode(failed.map(({ exit_code }) => exit_code)), sentence, hint, { details });
  }
  const codes = [stopped.exitCode, ...failed.map(({ exit_code }) => exit_code)];
  const hint = (stopped.hint ?? "").split("\n").filter((line) => line !== "" && !line.includes(" run-all "));
  return new ChurnError(
    worstExitCode(codes),
    [
      ...stopped.message.split("\n"),
      `it would end the other days as well, so ${counted(left.length, "day")} of ${all.length} ${left.length === 1 ? "stays" : "stay"} without a night`,
    ],
    [...hint, ...next],
    { cause: stopped, details: stopped.details },
  );
}
