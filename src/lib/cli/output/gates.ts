import type { CheckResult } from "../../quality/check.ts";
import type { GateCheck } from "../../quality/report.ts";
import { type Column, tabulate } from "./table.ts";

/** The gates as a table, one a line, in the order of the checks: name, measured value, limit, verdict, what it is about. */
export function gateLines(results: readonly CheckResult[]): readonly string[] {
  const columns: readonly Column<CheckResult>[] = [
    { cell: ({ verdict }) => verdict.gate },
    { cell: ({ shown = "–" }) => shown, align: "right" },
    { cell: ({ verdict }) => verdict.limit },
    { cell: ({ verdict }) => verdictText(verdict) },
    { cell: ({ verdict }) => (verdict.verdict === "failed" ? (verdict.detail ?? "") : "") },
  ];
  return tabulate(results, columns, { gap: 3 }).lines;
}

function verdictText({ verdict, severity, detail, waived }: GateCheck): string {
  if (verdict === "passed") return "ok";
  if (verdict === "not_applicable") return detail ?? "no earlier night";
  if (waived !== null) return "waived";
  return severity === "warn" ? "warns" : "failed";
}
