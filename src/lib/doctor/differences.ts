import { isDeepStrictEqual } from "node:util";
import type { LoadedConfig } from "../config/load.ts";
import { LIBRARY_VARIABLE } from "../engine/native/library.ts";
import type { Environment } from "../workspace/env.ts";
import type { Check } from "./check.ts";
import type { Report, ReportedCheck } from "./report.ts";

type Cron = NonNullable<Report["cron"]>;

/** The checks that found something else in the shell than in cron's environment, in the order of the checks. */
export function differingChecks(
  checks: readonly Pick<Check, "name" | "differsBy">[],
  here: readonly ReportedCheck[],
  inCron: readonly ReportedCheck[],
): Cron["differs"] {
  return checks.flatMap(({ name, differsBy = "text" }) => {
    const [one, other] = [here, inCron].map((all) => all.find((check) => check.name === name)?.findings ?? []);
    if (one === undefined || other === undefined || differsBy === "nothing") return [];
    const told = (findings: typeof one) =>
      findings.map(({ state, text }) => (differsBy === "state" ? state : [state, text]));
    return isDeepStrictEqual(told(one), told(other)) ? [] : [{ name, here: [...one], in_cron: [...other] }];
  });
}

/** What Node or the system's loader read of a process's environment themselves, before there is a .env. */
const OF_THE_PROCESS = {
  TMPDIR: () => true,
  TZ: ({ isZoneOpen }: Needs) => isZoneOpen,
  LD_LIBRARY_PATH: ({ differing }: Needs) => differing.includes("engine"),
} as const;

interface Needs {
  /** whether churn.yaml leaves the time zone to the machine */
  readonly isZoneOpen: boolean;
  /** names of checks */
  readonly differing: readonly string[];
}

/** The checks among those that differ that have a problem in the shell alone: cron does well without what the shell has. */
export function worseHere(differs: Cron["differs"]): readonly string[] {
  const isProblem = ({ state }: { readonly state: string }) => state === "problem";
  return differs.flatMap(({ name, here, in_cron }) => (here.some(isProblem) && !in_cron.some(isProblem) ? [name] : []));
}

/**
 * The variables that are set in this shell, that the configuration or a check goes by, and that cron doesn't have, or has with another
 * value.
 *
 * @param shell.asked  the names that checks have asked for
 * @param cron         the environment of the same workspace, as cron has it
 */
export function onlyInShell(
  shell: {
    readonly environment: Pick<Environment, "variables">;
    readonly asked: ReadonlySet<string>;
    readonly origins: LoadedConfig["origins"] | undefined;
    readonly differing: readonly string[];
    /** those that have a problem in the shell alone */
    readonly worse: readonly string[];
  },
  cron: Pick<Environment, "variables">,
): Cron["missing"] {
  const { variables } = shell.environment;
  const configured = [...(shell.origins?.values() ?? [])].flatMap(({ kind, where }) =>
    kind === "environment" ? [where] : [],
  );
  const isZoneOpen = (shell.origins?.get("timezone")?.kind ?? "default") === "default";
  const needs: Needs = { isZoneOpen, differing: shell.differing };
  const ofTheProcess = Object.entries(OF_THE_PROCESS).flatMap(([name, isNeeded]) => (isNeeded(needs) ? [name] : []));
  const names = [...new Set([...configured, ...shell.asked, ...ofTheProcess])].sort();
  return names.flatMap((variable) => {
    const here = variables.get(variable);
    const there = cron.variables.get(variable);
    if (here?.from !== "environment" || here.value === there?.value) return [];
    if (variable === LIBRARY_VARIABLE && shell.worse.includes("engine"))
      return [
        {
          variable,
          text: `${variable} is set here, and cron, which won't have it, does well without`,
          next: "unset it",
        },
      ];
    return [{ variable, ...told(variable, there !== undefined, ofTheProcess.includes(variable)) }];
  });
}

/** What is otherwise, and what to do about it. */
function told(variable: string, isOther: boolean, isOfTheProcess: boolean): { text: string; next: string } {
  const isAlwaysThere = variable === "PATH" || variable === "HOME";
  const inCrontab = `set ${variable} in the crontab, above churn's line`;
  if (isAlwaysThere)
    return {
      text: `${variable} is another one here than cron has`,
      next: variable === "PATH" ? "name programs by their absolute paths" : inCrontab,
    };
  if (isOther)
    return { text: `${variable} is set here otherwise than in .env, which cron takes`, next: "mend it there" };
  const next = isOfTheProcess ? inCrontab : "put it into .env (mode 0600)";
  return { text: `${variable} is set here, and cron won't have it`, next };
}
