import { besideLimit, type Format } from "../cli/numbers.ts";
import type { Check } from "./gates/gate.ts";
import type { Measurements } from "./measure.ts";
import type { Figures, GateCheck } from "./report.ts";

/** A check's verdict, and what people need beyond the report. */
export interface CheckResult {
  readonly verdict: GateCheck;
  /** the observed value for people; undefined where there is none */
  readonly shown: string | undefined;
  /** what to do about it, where that is more than to look at the source */
  readonly hint: Check["hint"];
}

/**
 * Judges what was measured. All checks are done; those that warn and those that fail come last.
 *
 * @param previous  of the newest decided earlier night
 */
export function judgeChecks(
  checks: readonly Check[],
  { figures, measured, found }: Measurements,
  previous: Figures | undefined,
): CheckResult[] {
  const results = checks.map((check): CheckResult => {
    const {
      holds,
      observed,
      limit,
      bounds = [],
      detail = null,
    } = check.find({
      today: figures,
      previous,
      measured: (measure) => measured.get(check)?.[measure] ?? null,
      found: found.get(check) ?? {},
    });
    const verdict = holds === undefined ? "not_applicable" : holds ? "passed" : "failed";
    return {
      verdict: { gate: check.name, severity: check.severity, verdict, observed, limit, detail, waived: null },
      shown: observed === null ? undefined : shownBeside(observed, bounds, check.shown),
      hint: check.hint,
    };
  });
  return results.sort((a, b) => rank(a.verdict) - rank(b.verdict));
}

/** The observed value with the digits that tell it from each of its bounds. */
function shownBeside(observed: number, bounds: readonly number[], write: Format): string {
  const texts = bounds.map((bound) => besideLimit(observed, bound, write)[0]);
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), write(observed));
}

/** Whether it keeps a night's customers from the later stages. */
export function stops({ verdict, severity, waived }: GateCheck): boolean {
  return verdict === "failed" && severity === "fail" && waived === null;
}

function rank({ verdict, severity }: GateCheck): number {
  if (verdict === "passed") return 0;
  if (verdict === "not_applicable") return 1;
  return severity === "warn" ? 2 : 3;
}
