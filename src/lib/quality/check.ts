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
      detail = null,
    } = check.find({
      today: figures,
      previous,
      measured: (measure) => measured.get(check)?.[measure] ?? null,
      found: found.get(check) ?? {},
    });
    const verdict = holds === undefined ? "not_applicable" : holds ? "passed" : "failed";
    return {
      verdict: { gate: check.name, severity: check.severity, verdict, observed, limit, detail },
      shown: observed === null ? undefined : check.shown(observed),
      hint: check.hint,
    };
  });
  return results.sort((a, b) => rank(a.verdict) - rank(b.verdict));
}

function rank({ verdict, severity }: GateCheck): number {
  if (verdict === "passed") return 0;
  if (verdict === "not_applicable") return 1;
  return severity === "warn" ? 2 : 3;
}
