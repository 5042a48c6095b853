import * as z from "zod";
import { recordPart } from "../artifacts/format.ts";
import { reason } from "../cli/reason.ts";
import { closest } from "../cli/suggestions.ts";
import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { type CheckResult, stops } from "./check.ts";
import { gates } from "./gates/gates.ts";
import type { GateCheck } from "./report.ts";

/** By which a person lets pass what a gate has stopped. */
export const waiverFlags = {
  accept: z
    .array(z.string())
    .default([])
    .meta({ value: "gate" })
    .describe("let this gate pass that failed, for this very file; may be repeated"),
  reason: reason.optional().describe("why, for the record and the team"),
};

/** The stage whose gates are waived. */
export const JUDGING_STAGE = "validate";

/** Whether flags of a stage, or of a run, ask for a waiver. */
export function isWaiving({ accept }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(accept) && accept.length > 0;
}

/** What a person asks for. */
export interface Waiving {
  /** as validation.json names them, each once */
  readonly gates: readonly string[];
  readonly reason: string;
}

/** Who lets which gates pass, for which customers alone. */
const waiver = z.strictObject({
  gates: z.array(z.string()).min(1),
  sha256: z.string().length(64).describe("of the customers for whom they are waived"),
  run: z.string(),
  by: z.string().describe("the user; behind sudo the person, too"),
  host: z.string(),
  at: z.iso.datetime(),
  reason: z.string(),
});
export type Waiver = z.infer<typeof waiver>;

/** What validate keeps for a next attempt at the same night. */
export const waiverCheckpoint = recordPart({
  stopped: z
    .strictObject({ sha256: z.string().length(64), gates: z.array(z.string()).min(1) })
    .nullable()
    .describe("customers whom gates have stopped, and all gates that failed for them"),
  waivers: z.array(waiver),
});
export type Waivers = z.infer<typeof waiverCheckpoint.schema>;

export const NO_WAIVERS: Waivers = { stopped: null, waivers: [] };

/**
 * What --accept and --reason ask for, whatever the customers are; undefined where they ask for nothing.
 *
 * @throws {UsageError} when a gate isn't set, never stops a night or may not be waived, and when either of the two is missing
 */
export function waivingOf(
  { accept, reason }: { readonly accept: readonly string[]; readonly reason?: string | undefined },
  settings: Config["gates"],
): Waiving | undefined {
  const asked = gates.flatMap(({ isWaivable, ...gate }) =>
    gate.asked(settings).map((check) => ({ ...check, isWaivable })),
  );
  const known = asked.flatMap(({ name, severity, isWaivable }) => (severity === "fail" && isWaivable ? [name] : []));
  const these =
    known.length === 0 ? "no gate of churn.yaml can" : `these can, once they have failed: ${known.join(", ")}`;
  if (accept.length === 0) {
    if (reason === undefined) return undefined;
    throw new UsageError("--reason says why a gate is waived, and no --accept names one", these);
  }
  for (const name of accept) {
    const found = asked.find((one) => one.name === name);
    if (found === undefined) {
      const meant = closest(name, known);
      throw new UsageError(
        `--accept ${name}: churn.yaml sets no such gate`,
        meant === undefined ? these : `did you mean ${meant}?`,
      );
    }
    if (!found.isWaivable)
      throw new UsageError(`--accept ${name}: this gate can't be waived, for such customers make no model`, these);
    if (found.severity === "warn")
      throw new UsageError(`--accept ${name}: this gate only warns, there is nothing to waive`, these);
  }
  if (reason === undefined)
    throw new UsageError("--accept needs a reason, which is recorded and told", 'say it with --reason "…"');
  return { gates: [...new Set(accept)], reason };
}

/**
 * Refuses to waive what has not failed.
 *
 * @param failed  the gates that have, all of them
 * @throws {UsageError}
 */
export function requireFailed({ gates: asked }: Waiving, failed: readonly string[], date: string): void {
  const held = asked.find((name) => !failed.includes(name));
  if (held === undefined) return;
  const can = failed.filter(isWaivable);
  throw new UsageError(
    `--accept ${held}: this gate has not failed, there is nothing to waive`,
    can.length === 0 ? `churn run-all --date ${date}` : `what can be waived: ${can.join(", ")}`,
  );
}

/** Whether a gate that validation.json names may ever be waived. */
export function isWaivable(name: string): boolean {
  return !gates.some((gate) => gate.name === name && !gate.isWaivable);
}

/** The gates that are waived for these customers. */
export function waivedFor({ waivers }: Waivers, sha256: string): readonly string[] {
  return waivers.filter((one) => one.sha256 === sha256).flatMap((one) => one.gates);
}

/**
 * Lets those gates pass that failed and are waived for these very customers, by this start or an earlier one. A person who has seen
 * others stopped speaks of those: then nothing new is waived.
 *
 * @param known  what earlier attempts kept
 * @param asked  what this start asks for: of what has not failed nothing is waived
 */
export function waive(
  results: readonly CheckResult[],
  sha256: string,
  known: Waivers,
  asked: Omit<Waiver, "sha256"> | undefined,
): { readonly results: readonly CheckResult[]; readonly waivers: Waivers; readonly isOfOthers: boolean } {
  const failed = results.filter(({ verdict }) => stops(verdict)).map(({ verdict }) => verdict.gate);
  const isOfOthers = asked !== undefined && known.stopped !== null && known.stopped.sha256 !== sha256;
  const before = waivedFor(known, sha256);
  const fresh = isOfOthers
    ? []
    : (asked?.gates ?? []).filter((name) => failed.includes(name) && !before.includes(name));
  const waivers = asked === undefined || fresh.length === 0 ? [] : [{ ...asked, gates: fresh, sha256 }];
  const all = [...known.waivers, ...waivers];
  return {
    results: results.map((result) => {
      const { verdict } = result;
      const found = all.find((one) => one.sha256 === sha256 && one.gates.includes(verdict.gate));
      if (found === undefined || !stops(verdict)) return result;
      const { by, host, at, reason } = found;
      return { ...result, verdict: { ...verdict, waived: { by, host, at, reason } } };
    }),
    waivers: { stopped: failed.length === 0 ? known.stopped : { sha256, gates: failed }, waivers: all },
    isOfOthers,
  };
}

/** "gate row_count waived by maria: two branches were closed"; undefined for one that is not. */
export function waivedSentence({ gate, waived }: GateCheck): string | undefined {
  return waived === null ? undefined : `gate ${gate} waived by ${waived.by}: ${waived.reason}`;
}
