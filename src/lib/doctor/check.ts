import type { CommandContext } from "../cli/command.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config, ConfigSection } from "../config/schema.ts";
import { type ChurnError, TRY_LATER } from "../errors.ts";
import { knownError } from "../files/machine-error.ts";
import type { ServerClock } from "../http/server-clocks.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import type { Store } from "../store/store.ts";
import type { Environment } from "../workspace/env.ts";
import type { Services } from "../workspace/services.ts";

/** What a check has found: one line of the screen, with the remedy below it. */
export interface Finding {
  /** `unknown`: it wasn't looked at, and the text says why */
  readonly state: "ok" | "warning" | "problem" | "unknown";
  /** half a sentence, which names no secret */
  readonly text: string;
  /** lines of evidence */
  readonly details?: readonly string[];
  /** what to do next, a line each */
  readonly next?: readonly string[];
  /** of a problem: what churn would end with for it */
  readonly exitCode?: number;
  /** of a problem: where tonight's run would fail for it; undefined where it would not */
  readonly stage?: FailsAt;
}

/** A stage's name, or `start`: before any stage. */
export type FailsAt = string;
export const START = "start";

/** Says what a check is doing now, and what it means if the time is over meanwhile. */
export type Doing = (what: string, late: "problem" | "warning") => void;

/** How one check looks. */
export interface Looking {
  readonly doing: Doing;
  /** Notes what is known already, before the rest: it counts where the time is over meanwhile too. */
  readonly note: (finding: Finding) => void;
  /** seconds that the check has in all */
  readonly seconds: number;
  /** aborted when they are over: whoever reads it gives up what it does */
  readonly signal: AbortSignal;
}

/**
 * One thing that a night needs. A check is a file in `checks/` and a line in checks.ts. It changes nothing, asks by the code that the
 * stages ask by, and throws for what is amiss what a stage would: the error becomes a finding.
 */
export type Check = PlaceCheck | WorkspaceCheck;

interface CheckBase {
  /** as the screen and --json call it */
  readonly name: string;
  /** where tonight's run fails where this check finds a problem, unless the finding says otherwise; undefined where it doesn't */
  readonly stage?: FailsAt;
  /**
   * by what two looks in two environments are told apart: the state alone where its words change by themselves; nothing where what it
   * goes by isn't the environment's; else the text too
   */
  readonly differsBy?: "nothing" | "state" | "text";
  /** whether it goes by what the others have heard, and looks once they have */
  readonly isLast?: boolean;
}

/** A check that needs no workspace. */
export interface PlaceCheck extends CheckBase {
  readonly kind: "place";
  look(place: Place, looking: Looking): Promise<readonly Finding[]>;
}

/** A check of what churn.yaml names. */
export interface WorkspaceCheck extends CheckBase {
  readonly kind: "workspace";
  /** the sections of churn.yaml that it goes by: where one of them is broken it doesn't look */
  readonly reads: readonly ConfigSection[];
  /** whether there is anything to look at; by default there is */
  applies?(opened: Opened): boolean;
  look(opened: Opened, looking: Looking): Promise<readonly Finding[]>;
}

/** Where doctor was asked, and what could be opened there. */
export interface Place {
  readonly now: Date;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** THE list of stages, in order */
  readonly stages: readonly Stage[];
  /** the workspace's folder, or why there is none */
  readonly root: Attempt<string>;
  /** with the workspace's .env, or why that can't be read */
  readonly environment: Attempt<Environment>;
  /** churn.yaml and what is put over it, or what is wrong there */
  readonly loaded: Attempt<LoadedConfig>;
  /** what is wrong with it beyond its form, and at which stage that is told */
  readonly mistake: Finding | undefined;
  /** undefined where so little is known that nothing of it can be looked at */
  readonly opened: Opened | undefined;
  /** what servers that were asked anyway have said of the time */
  readonly clocks: () => readonly ServerClock[];
}

/** A workspace as far as it is sound. Nothing that it opens is held, and nothing is written but for a moment. */
export interface Opened {
  readonly now: Date;
  readonly root: string;
  readonly stages: readonly Stage[];
  readonly config: Config;
  readonly origins: LoadedConfig["origins"];
  /** this process, for what starts another one like it */
  readonly process: Pick<CommandContext, "program" | "env" | "now">;
  /** sections that are wrong in churn.yaml, or name what can't be: why */
  readonly broken: ReadonlyMap<ConfigSection, ChurnError | undefined>;
  readonly environment: Environment;
  readonly store: Store;
  readonly services: Services;
  /** The store's records; undefined where they can't be read, which the check of the store tells. */
  archive(): Promise<Archive | undefined>;
}

/** What came of opening something. */
export type Attempt<Value> =
  | { readonly kind: "found"; readonly value: Value }
  | { readonly kind: "missing"; readonly error: ChurnError };

/** All is well. */
export function fine(text: string): Finding {
  return { state: "ok", text };
}

/** A night goes on, and a person should know. */
export function warning(text: string, next?: string | readonly string[]): Finding {
  return { state: "warning", text, ...nextOf(next) };
}

/** Something is amiss for which there is no error: with the exit code that it would have. */
export function problem(
  text: string,
  how: { readonly exitCode: number; readonly next?: string | readonly string[] },
): Finding {
  return { state: "problem", text, exitCode: how.exitCode, ...nextOf(how.next) };
}

/** An error as a stage would end with it. What comes by waiting, another run's end or today's customers, is a warning. */
export function findingOf({ message, hint, details, exitCode }: ChurnError): Finding {
  const [text = "", ...more] = message.split("\n");
  const all = [...more, ...details];
  const said = { text, ...(all.length === 0 ? {} : { details: all }), ...nextOf(hint?.split("\n")) };
  return exitCode === TRY_LATER ? { state: "warning", ...said } : { state: "problem", exitCode, ...said };
}

/** Likewise of any error: a defect keeps nothing else from being looked at. */
export function findingOfAny(error: unknown): Finding {
  const known = knownError(error);
  if (known !== undefined) return findingOf(known);
  const text = `a defect in churn: ${error instanceof Error ? error.message : String(error)}`;
  return { state: "problem", text, exitCode: 1, next: ["please report it with this line"] };
}

function nextOf(next: string | readonly string[] | undefined): Pick<Finding, "next"> {
  return next === undefined ? {} : { next: [next].flat() };
}
