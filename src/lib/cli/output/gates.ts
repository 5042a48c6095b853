import type { GateCheck } from "../../quality/report.ts";
import { decimal, percent } from "../numbers.ts";
import { type Column, tabulate } from "./table.ts";

/** The gates as a table, one a line, in the order of the checks: name, measured value, limit, verdict, what it is about. */
export function gateLines(checks: readonly GateCheck[]): readonly string[] {
  const columns: readonly Column<GateCheck>[] = [
    { cell: ({ gate }) => gate },
    { cell: observedText, align: "right" },
    { cell: ({ limit }) => limit },
    { cell: verdictText },
    { cell: ({ verdict, detail }) => (verdict === "failed" ? (detail ?? "") : "") },
  ];
  return tabulate(checks, columns, { gap: 3 }).lines;
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
