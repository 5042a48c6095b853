import { own } from "../config/own.ts";
import type { Config } from "../config/schema.ts";
import { roleOf as namedRole } from "../source/dataset-columns.ts";
import type { ColumnKind, DecidedColumn } from "../source/kinds.ts";
import { isOneHotName } from "./encode.ts";
import type { ColumnRole } from "./preprocessing.ts";

/** A column of customers.parquet, what was decided about it, and what it is for the model. */
export interface CustomerColumn extends DecidedColumn {
  readonly role: ColumnRole;
}

const ROLES: Readonly<Record<ColumnKind, ColumnRole>> = {
  numeric: "numeric",
  categorical: "categorical",
  boolean: "boolean",
  date: "date",
  ignore: "ignored",
};

/**
 * The columns of customers.parquet with their roles.
 *
 * @param columns  as extract has decided
 * @param never    those that can't be features though no kind was decided: of a file that churn 1.x wrote
 */
export function customerColumns(
  columns: readonly DecidedColumn[],
  dataset: Config["dataset"],
  never: readonly string[] = [],
): CustomerColumn[] {
  return columns.map((column) => {
    const { name, type, kind } = column;
    const override = own(dataset.types, name);
    const ignored = override === "ignore" || (override === undefined && never.includes(name));
    const role = ignored ? "ignored" : kind === null ? roleOfType(type) : ROLES[kind];
    return { ...column, role: namedRole(name, dataset) ?? role };
  });
}

/**
 * The raw columns that may become features, as they are or by their categories.
 *
 * @param features  the list that churn.yaml names; a category's one-hot columns begin with its name
 */
export function featureCandidates(columns: readonly CustomerColumn[], features: Config["features"]): CustomerColumn[] {
  const names = new Set(columns.map(({ name }) => name));
  return columns.filter(({ name, role, unused }) => {
    if (features === "all") return unused === null && ["numeric", "boolean", "categorical"].includes(role);
    if (role === "numeric" || role === "boolean") return features.includes(name);
    return role === "categorical" && features.some((feature) => !names.has(feature) && isOneHotName(feature, name));
  });
}

/** What a column of a canonical type is for the model. */
export function roleOfType(type: string): ColumnRole {
  if (type === "BIGINT" || type === "DOUBLE") return "numeric";
  if (type === "BOOLEAN") return "boolean";
  if (type === "VARCHAR") return "categorical";
  return type === "DATE" || type === "TIMESTAMP" ? "date" : "ignored";
}
