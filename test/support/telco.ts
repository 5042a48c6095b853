import { readFile } from "node:fs/promises";
import type { Matrix } from "../../src/lib/matrix/matrix.ts";

const TELCO = new URL("../../src/lib/sample/telco/wa_churn.csv", import.meta.url);

/** The ten features of the sample's churn.yaml. telco.py makes the same matrix of the same file. */
const FEATURES: Readonly<Record<string, (row: Readonly<Record<string, string>>) => number>> = {
  tenure_months: (row) => Number(row.tenure),
  monthly_charges: (row) => Number(row.monthly_charges),
  total_charges: totalCharges,
  avg_monthly: (row) => totalCharges(row) / (Number(row.tenure) + 1),
  "contract_type_Month-to-month": (row) => Number(row.contract === "Month-to-month"),
  "contract_type_One year": (row) => Number(row.contract === "One year"),
  "contract_type_Two year": (row) => Number(row.contract === "Two year"),
  "payment_method_Bank transfer": (row) => Number(row.payment_method === "Bank transfer (automatic)"),
  "payment_method_Credit card": (row) => Number(row.payment_method === "Credit card (automatic)"),
  "payment_method_Electronic check": (row) => Number(row.payment_method === "Electronic check"),
};

function totalCharges(row: Readonly<Record<string, string>>): number {
  return row.total_charges === "NA" ? 0 : Number(row.total_charges);
}

/** All 7,043 Telco customers as a matrix, and whether they churned. */
export async function telco(): Promise<{ matrix: Matrix; label: Uint8Array }> {
  const [header, ...lines] = (await readFile(TELCO, "utf8")).trim().split("\n");
  const names = cells(header ?? "");
  const rows = lines.map((line) => Object.fromEntries(cells(line).map((cell, index) => [names[index] ?? "", cell])));
  return {
    matrix: {
      featureNames: Object.keys(FEATURES),
      rowCount: rows.length,
      columns: Object.values(FEATURES).map((feature) => Float32Array.from(rows, feature)),
    },
    label: Uint8Array.from(rows, ({ churn }) => Number(churn === "Yes")),
  };
}

/** The same with holes, by the rule of telco.py's with_holes. */
export function withHoles(matrix: Matrix): Matrix {
  const columns = matrix.columns.map((column, index) =>
    column.map((value, row) => ((7 * row + 13 * index) % 11 === 0 ? Number.NaN : value)),
  );
  return { ...matrix, columns };
}

/** None of the file's texts holds a comma. */
function cells(line: string): string[] {
  return line.split(",").map((cell) => cell.replaceAll('"', ""));
}
