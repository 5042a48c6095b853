import * as z from "zod";
import { type Command, type CommandContext, defineCommand } from "../lib/cli/command.ts";
import { checkLines, differenceLines, progressText } from "../lib/cli/output/doctor.ts";
import { commandsAt } from "../lib/cli/shell.ts";
import { duration, secondsOf } from "../lib/config/duration.ts";
import { environmentOfLine, reportInCron } from "../lib/doctor/as-cron.ts";
import { checks } from "../lib/doctor/checks.ts";
import { differingChecks, onlyInShell, worseHere } from "../lib/doctor/differences.ts";
import { lookAtAll } from "../lib/doctor/look.ts";
import { openPlace } from "../lib/doctor/place.ts";
import {
  doctorFormat,
  type Report,
  type ReportedCheck,
  type ReportedFinding,
  reportedCheck,
  reportOf,
  verdictText,
} from "../lib/doctor/report.ts";
import { watchEnvironment } from "../lib/doctor/watched-environment.ts";
import { hearServerClocks } from "../lib/http/server-clocks.ts";
import { startOf } from "../lib/schedule/start.ts";
import type { Stage } from "../lib/stage/define.ts";
import { endAtSignals } from "../lib/supervise/end-at-once.ts";
import { type Environment, readEnvironment } from "../lib/workspace/env.ts";

const flags = z.strictObject({
  as_cron: z.boolean().default(false).describe("as cron would, and what differs from this shell"),
  timeout: duration
    .refine((text) => secondsOf(text) > 0, "a duration above 0s, such as 10s")
    .default("10s")
    .describe("how long each check may take"),
});

/** Looks at all that a night needs, and says of each thing whether it is there, and what to do where it isn't. Nothing is changed. */
export function doctor(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "doctor",
    group: "Setting up",
    summary: "whether all that a night needs is there, and the remedy",
    flags,

    async run(context, { as_cron, timeout }) {
      using _signals = endAtSignals();
      const { terminal, json } = context;
      const { stdout: chalk } = terminal.chalk;
      const print = (check: ReportedCheck) => {
        if (!json) for (const line of checkLines(chalk, check)) terminal.print(line);
      };
      const seconds = secondsOf(timeout);
      const report = as_cron
        ? await examineAsCron(stages, context, seconds)
        : (await examine(stages, context, seconds, print)).report;
      terminal.status(undefined);
      if (json) {
        terminal.printJson(doctorFormat.write(report));
        return report.exit_code;
      }
      if (report.cron !== null) {
        for (const check of report.checks) print(check);
        terminal.print("");
        for (const line of differenceLines(chalk, report.cron)) terminal.print(line);
      }
      terminal.print("");
      terminal.print(verdictText(report, stages.at(-1)?.name ?? ""));
      return report.exit_code;
    },
  });
}

/** What a look in this shell has found, and what it went by. */
interface Examined {
  readonly report: Report;
  /** the workspace's folder, where there is one */
  readonly root: string | undefined;
  readonly environment: Environment | undefined;
  readonly asked: ReadonlySet<string>;
  readonly origins: Parameters<typeof onlyInShell>[0]["origins"];
  /** source.command, as far as it is known */
  readonly command: readonly string[] | undefined;
}

/** @param onFound  hears of each check as soon as it is known, and all before it; secrets are masked */
async function examine(
  stages: readonly Stage[],
  context: CommandContext,
  seconds: number,
  onFound: (check: ReportedCheck) => void,
): Promise<Examined> {
  const { terminal, env, program, cwd, overrides, now } = context;
  using clocks = hearServerClocks();
  const isElsewhere = standsElsewhere(cwd);
  let redact = (text: string) => text;
  let asked: ReadonlySet<string> = new Set();
  const onEnvironment = (environment: Environment) => {
    redact = environment.redact;
    terminal.mask(redact);
    const watched = watchEnvironment(environment);
    asked = watched.asked;
    return watched.environment;
  };
  await using place = await openPlace({
    cwd,
    goTo: context.goTo,
    env,
    program,
    overrides,
    now,
    stages,
    clocks: clocks.heard,
    onEnvironment,
  });
  const root = place.root.kind === "found" ? place.root.value : undefined;
  // Lines are wrapped, and a secret with a line end in it would not be known again.
  const shown = (check: ReportedCheck): ReportedCheck => ({
    ...check,
    findings: check.findings.map(
      (finding): ReportedFinding => ({
        ...finding,
        text: redact(finding.text),
        details: finding.details.map(redact),
        next: finding.next.map((line) => redact(isElsewhere ? commandsAt(root ?? cwd, line, context.commands) : line)),
      }),
    ),
  });
  const reported: ReportedCheck[] = [];
  await lookAtAll(checks, place, seconds, {
    onChange: (looking, done, all) =>
      terminal.status(looking.length === 0 ? undefined : progressText(looking, done, all)),
    onFound: (looked) => {
      const check = shown(reportedCheck(looked));
      reported.push(check);
      onFound(check);
    },
  });
  const names = stages.map(({ name }) => name);
  return {
    report: reportOf(reported, { now, root: root === undefined ? null : redact(root), stages: names }),
    root,
    environment: place.environment.kind === "found" ? place.environment.value : undefined,
    asked,
    origins: place.opened?.origins,
    command: place.opened?.config.source.command,
  };
}

/** What cron would find, and what of it is otherwise in this shell. */
async function examineAsCron(stages: readonly Stage[], context: CommandContext, seconds: number): Promise<Report> {
  const { terminal, program, overrides, cwd } = context;
  const {
    report: here,
    root,
    environment,
    asked,
    origins,
    command,
  } = await examine(stages, context, seconds, () => {});
  const folder = root ?? cwd;
  const start = startOf({ node: process.execPath, program, root: folder, env: context.env, command });
  const cronEnv = environmentOfLine(start);
  terminal.status("as cron: in its environment, without a terminal");
  const inCron = await reportInCron({ program, folder, overrides, seconds, env: cronEnv });
  const differs = differingChecks(checks, here.checks, inCron.checks);
  const missing =
    environment === undefined || root === undefined
      ? []
      : onlyInShell(
          { environment, asked, origins, differing: differs.map(({ name }) => name), worse: worseHere(differs) },
          readEnvironment(cronEnv, root),
        );
  const warnings = inCron.warnings + missing.length;
  return { ...inCron, warnings, cron: { environment: cronEnv, node: process.execPath, missing, differs } };
}

/** Whether commands have to name the folder: where -C has named it, whoever pastes them stands elsewhere. */
function standsElsewhere(cwd: string): boolean {
  try {
    return process.cwd() !== cwd;
  } catch {
    return true;
  }
}
