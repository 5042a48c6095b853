import * as z from "zod";
import { defineFormat } from "../artifacts/format.ts";
import { counted } from "../cli/numbers.ts";
import { worstExitCode } from "../errors.ts";
import { type Finding, START } from "./check.ts";
import type { Looked } from "./look.ts";

const finding = z.strictObject({
  state: z.enum(["ok", "warning", "problem", "unknown"]).describe("unknown: not looked at, and the text says why"),
  text: z.string(),
  details: z.array(z.string()).describe("lines of evidence"),
  next: z.array(z.string()).describe("what to do, a line each"),
  exit_code: z.int().nullable().describe("of a problem: what churn ends with for it"),
  stage: z
    .string()
    .nullable()
    .describe("of a problem: the stage at which tonight's run fails for it; start: before any; null: at none"),
});

const check = z.strictObject({
  name: z.string(),
  seconds: z.number().nonnegative().describe("that it took"),
  findings: z.array(finding).min(1),
});

/** What churn doctor finds. */
const report = z.strictObject({
  checked_at: z.iso.datetime(),
  workspace: z.string().nullable().describe("its folder; null where there is none"),
  checks: z.array(check),
  problems: z.int().nonnegative(),
  warnings: z.int().nonnegative().describe("variables that cron lacks among them"),
  exit_code: z.int().describe("0 without problems, else that of the worst"),
  fails_at: z.string().nullable().describe("where tonight's run fails first: a stage, start, or null for nowhere"),
  cron: z
    .strictObject({
      environment: z.record(z.string(), z.string()).describe("all that the checks above had of an environment"),
      node: z.string().describe("the Node that ran them: a crontab's line has to name it where its PATH has none"),
      missing: z
        .array(z.strictObject({ variable: z.string(), text: z.string(), next: z.string() }))
        .describe("variables of the shell that are needed, and that cron doesn't have, or has otherwise"),
      differs: z
        .array(z.strictObject({ name: z.string(), here: z.array(finding), in_cron: z.array(finding) }))
        .describe("checks that find something else in the shell"),
    })
    .nullable()
    .describe("with --as-cron, where the checks above are those of cron's environment"),
});
export type Report = z.infer<typeof report>;
export type ReportedFinding = z.infer<typeof finding>;
export type ReportedCheck = z.infer<typeof check>;

/** What `churn doctor --json` prints. */
export const doctorFormat = defineFormat({ version: 1, signedFrom: 1, schema: report, upgrades: {} });

/** A check's findings as they are reported. */
export function reportedCheck({ name, findings, seconds }: Looked): ReportedCheck {
  return { name, seconds: Math.round(seconds * 1000) / 1000, findings: findings.map(reported) };
}

function reported({ state, text, details = [], next = [], exitCode, stage }: Finding): ReportedFinding {
  const isProblem = state === "problem";
  return {
    state,
    text,
    details: [...details],
    next: [...next],
    exit_code: isProblem ? (exitCode ?? 1) : null,
    stage: isProblem ? (stage ?? null) : null,
  };
}

/**
 * The report on checks.
 *
 * @param stages  their names, in order
 */
export function reportOf(
  checks: readonly ReportedCheck[],
  { now, root, stages }: { readonly now: Date; readonly root: string | null; readonly stages: readonly string[] },
): Report {
  const all = checks.flatMap(({ findings }) => findings);
  const problems = all.filter(({ state }) => state === "problem");
  const codes = problems.flatMap(({ exit_code }) => exit_code ?? []);
  const failing = problems.flatMap(({ stage }) => stage ?? []);
  return {
    checked_at: now.toISOString(),
    workspace: root,
    checks: [...checks],
    problems: problems.length,
    warnings: all.filter(({ state }) => state === "warning").length,
    exit_code: worstExitCode(codes),
    fails_at: [START, ...stages].find((stage) => failing.includes(stage)) ?? null,
    cron: null,
  };
}

/** The last line: how many problems there are, and what they mean tonight. */
export function verdictText(
  { problems, warnings, fails_at }: Pick<Report, "problems" | "warnings" | "fails_at">,
  lastStage: string,
): string {
  if (problems === 0 && warnings === 0) return "Nothing is amiss.";
  const counts = [
    problems === 0 ? "no problem" : counted(problems, "problem"),
    ...(warnings === 0 ? [] : [counted(warnings, "warning")]),
  ].join(", ");
  const sentence = `${counts.charAt(0).toUpperCase()}${counts.slice(1)}.`;
  if (fails_at === null) return sentence;
  if (fails_at === START) return `${sentence} Tonight's run would not start.`;
  // The night is decided by then: a channel that fails makes no failed night.
  if (fails_at === lastStage) return `${sentence} Tonight's run would not reach everybody.`;
  return `${sentence} Tonight's run would fail at ${fails_at}.`;
}
