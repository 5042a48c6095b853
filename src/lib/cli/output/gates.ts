import type { GateCheck } from "../../quality/report.ts";
import { decimal, percent } from "../numbers.ts";

/** The gates as a table, one a line, in the order of the checks: name, measured value, limit, verdict, what it is about. */
export function gateLines(checks: readonly GateCheck[]): string[] {
  const rows = checks.map((check) => ({
    gate: check.gate,
    observed: observedText(check),
    limit: check.limit,
    verdict: verdictText(check),
    detail: check.verdict === "failed" ? (check.detail ?? "") : "",
  }));
  const width = (column: "gate" | "observed" | "limit" | "verdict") =>
    Math.max(0, ...rows.map((row) => row[column].length));
  return rows.map(({ gate, observed, limit, verdict, detail }) =>
    [
      gate.padEnd(width("gate")),
      observed.padStart(width("observed")),
      limit.padEnd(width("limit")),
      verdict.padEnd(width("verdict")),
      detail,
    ]
      .join("   ")
      .trimEnd(),
  );
}

function observedText({ gate, observed }: GateCheck): string {
  if (observed === null) return "–";
  if (gate === "null_rate" || gate === "duplicate_rate") return percent(observed);
  if (gate.endsWith("_against_previous")) return `${observed.toFixed(2)} ×`;
  return decimal(observed);
}

function verdictText({ verdict, severity }: GateCheck): string {
  if (verdict === "passed") return "ok";
  if (verdict === "not_applicable") return "no earlier night";
  return severity === "warn" ? "warns" : "failed";
}
