import * as z from "zod";
import { RUN_ID_VARIABLE } from "../workspace/run-id.ts";

/**
 * What a supervisor hands on to a stage's process: its words, which every user of the machine may read (ps, /proc), and
 * variables, which the owner alone may. So words have their secrets masked, and the variables say what they are.
 */
export interface HandedOn {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const SET = "CHURN_RUN_SET";
const TRY = "CHURN_RUN_TRY";
const overridesFormat = z.array(z.string());

/**
 * @param root       the workspace's folder, in which the process is started
 * @param overrides  the values of --set, in order
 * @param tryNumber  which try of the stage in this run it is
 */
export function handOn({
  root,
  overrides,
  runId,
  tryNumber,
  redact,
}: {
  readonly root: string;
  readonly overrides: readonly string[];
  readonly runId: string;
  readonly tryNumber: number;
  readonly redact: (text: string) => string;
}): HandedOn {
  const folder = redact(root) === root ? ["-C", root] : [];
  return {
    words: [...folder, ...overrides.flatMap((override) => ["--set", redact(override)])],
    env: { [RUN_ID_VARIABLE]: runId, [SET]: JSON.stringify(overrides), [TRY]: String(tryNumber) },
  };
}

/** The values of --set as they were handed on, to a process that a supervisor started. */
export function overridesFrom(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return overridesFormat.parse(JSON.parse(env[SET] ?? "[]"));
}

/** Which try of the stage it is, likewise. */
export function tryFrom(env: Readonly<Record<string, string | undefined>>): number {
  return z.coerce
    .number()
    .int()
    .positive()
    .parse(env[TRY] ?? 1);
}
