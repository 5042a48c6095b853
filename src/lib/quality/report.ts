import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { own } from "../config/own.ts";
import { decidedColumn, type EarlierColumn, kindsOfTypes, typedColumn } from "../source/kinds.ts";

/** What a gate that fails does: stops the night, or lets it go on and says so. */
export const severity = z.enum(["warn", "fail"]);
export type Severity = z.infer<typeof severity>;

/** Categories of a column that a report lists. */
export const CATEGORIES_LISTED = 10_000;

const verdict = {
  gate: z.string().describe("named as in churn.yaml; ranges.COLUMN for a column's range"),
  severity,
  verdict: z.enum(["passed", "failed", "not_applicable"]),
  observed: z.number().nullable(),
  limit: z.string().describe("for people: at least 1,000"),
  detail: z.string().nullable().describe("the columns or categories concerned"),
};

/** Before a gate that failed could be waived. */
export const gateCheck1 = z.strictObject(verdict);

/** The verdict on one quality gate. `not_applicable`: it needs an earlier night, or both classes, and there is none. */
export const gateCheck = z.strictObject({
  ...verdict,
  waived: z
    .strictObject({ by: z.string(), host: z.string(), at: z.iso.datetime(), reason: z.string() })
    .nullable()
    .describe("of one that failed and yet stops nothing: who lets these very customers pass, and why"),
});
export type GateCheck = z.infer<typeof gateCheck>;

/** raw/NIGHT/validation.json: today's customers in numbers, and every gate's verdict, failing ones last. */
export const validationReport = z.strictObject({
  row_count: z.int().nonnegative(),
  null_rate: z.number().describe("mean over all extracted columns"),
  null_rate_by_column: z.record(z.string(), z.number()),
  duplicate_rate: z.number(),
  target_distribution: z
    .record(z.string(), z.int().nonnegative())
    .describe("label as text: rows; nulls are not counted"),
  target_rate: z.number().nullable().describe("share of churners among rows with a label"),
  columns: z.array(decidedColumn).describe("as extract decided, with their kinds, which later nights take"),
  categories: z
    .record(z.string(), z.array(z.string()))
    .describe("categorical column: its values, sorted, at most 10,000"),
  gates: z.array(gateCheck),
});

/** Before a gate that failed could be waived. */
const validationReport3 = validationReport.extend({ gates: z.array(gateCheck1) });
/** Before columns had a kind. */
const validationReport2 = validationReport3.extend({ columns: z.array(typedColumn) });

/** Verdicts as churn up to 1.8 told them. */
export function gatesAsOf1(gates: readonly z.infer<typeof gateCheck1>[]): GateCheck[] {
  return gates.map((gate) => ({ ...gate, waived: null }));
}

export const validationFormat = defineFormat({
  version: 4,
  schema: validationReport,
  upgrades: {
    1: upgrade(validationReport2, validationReport2, (old) => old),
    2: upgrade(validationReport2, validationReport3, ({ columns, ...old }) => ({
      ...old,
      columns: kindsOfTypes(columns),
    })),
    3: upgrade(validationReport3, validationReport, ({ gates, ...old }) => ({ ...old, gates: gatesAsOf1(gates) })),
  },
});

/** A night's customers in numbers. All are counts, or quotients of counts, so they are exact. */
export type Figures = Omit<z.infer<typeof validationReport>, "gates">;

/** A night's columns as a later night takes what they mean. */
export function earlierColumns({ columns, categories }: Pick<Figures, "columns" | "categories">): EarlierColumn[] {
  return columns.map((column) => {
    const values = own(categories, column.name);
    return values === undefined ? column : { ...column, categories: values };
  });
}
