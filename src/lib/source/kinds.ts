import * as z from "zod";

/**
 * What a column means, in the words of dataset.types. It is decided once: by dataset.types, else by the newest decided earlier
 * night, else by the data.
 */
export const columnKind = z.enum(["numeric", "categorical", "boolean", "date", "ignore"]);
export type ColumnKind = z.infer<typeof columnKind>;

/** Why a column is no feature by itself. */
export const unusedReason = z.enum([
  "dataset.types",
  "unknown type",
  "date",
  "index",
  "unique text",
  "constant",
  "no values",
]);
export type UnusedReason = z.infer<typeof unusedReason>;

/** A column of customers.parquet, and all that churn 1.x knew of it. */
export const typedColumn = z.strictObject({ name: z.string(), type: z.string() });

/** A column of customers.parquet with what was decided about it. */
export const decidedColumn = typedColumn.extend({
  kind: columnKind.nullable().describe("as in dataset.types; null while no night has had a value"),
  unused: unusedReason
    .nullable()
    .describe("why it is no feature; null where it may be one, and for id, date and target"),
});
export type DecidedColumn = z.infer<typeof decidedColumn>;

/** A column as the newest decided earlier night had it. */
export interface EarlierColumn extends DecidedColumn {
  /** its categories, where it had any */
  readonly categories?: readonly string[];
}

/** What the type alone says of a canonical column; text may be a category or not. */
export function kindOfType(type: string): Pick<DecidedColumn, "kind" | "unused"> {
  if (type === "BIGINT" || type === "DOUBLE") return { kind: "numeric", unused: null };
  if (type === "BOOLEAN") return { kind: "boolean", unused: null };
  if (type === "DATE" || type === "TIMESTAMP") return { kind: "date", unused: "date" };
  return { kind: null, unused: null };
}

/** Names that pandas gives an index without one: as a column of Parquet, and where a CSV file has an empty name. */
export function isIndexName(name: string): boolean {
  return /^(?:__index_level_\d+__|Unnamed: \d+|)$/.test(name);
}

/**
 * Columns of a night that decided no kinds, churn 1.x, as later nights take them. What was text may have been a category or
 * unique, so it is decided anew; an index was a number then.
 */
export function kindsOfTypes(columns: readonly z.infer<typeof typedColumn>[]): DecidedColumn[] {
  return columns.map(({ name, type }) => ({
    name,
    type,
    ...(isIndexName(name) ? { kind: "ignore" as const, unused: "index" as const } : kindOfType(type)),
  }));
}
