import { own } from "../config/own.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { ColumnKind } from "./kinds.ts";
import { spelledNumber, spelledText } from "./spelling.ts";

/** The types that files of churn have, whatever the source's own are. */
export type CanonicalType = "BIGINT" | "DOUBLE" | "BOOLEAN" | "DATE" | "TIMESTAMP" | "VARCHAR";

/** What a source's type is among the many that there are. `wide` integers become BIGINT where all values fit, else DOUBLE. */
export type TypeFamily =
  | "boolean"
  | "integer"
  | "wide"
  | "float"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "text"
  | "uuid"
  | "other";

const FAMILIES: Readonly<Record<string, TypeFamily>> = {
  BOOLEAN: "boolean",
  TINYINT: "integer",
  SMALLINT: "integer",
  INTEGER: "integer",
  BIGINT: "integer",
  UTINYINT: "integer",
  USMALLINT: "integer",
  UINTEGER: "integer",
  UBIGINT: "wide",
  HUGEINT: "wide",
  UHUGEINT: "wide",
  BIGNUM: "wide",
  FLOAT: "float",
  DOUBLE: "float",
  DATE: "date",
  TIMESTAMP: "timestamp",
  TIMESTAMP_S: "timestamp",
  TIMESTAMP_MS: "timestamp",
  TIMESTAMP_NS: "timestamp",
  "TIMESTAMP WITH TIME ZONE": "timestamptz",
  VARCHAR: "text",
  '"NULL"': "text",
  UUID: "uuid",
};

/** @param type  DuckDB's name of the type, as DESCRIBE gives it */
export function familyOf(type: string): TypeFamily {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type);
  if (decimal !== null) {
    if (decimal[2] !== "0") return "float";
    return Number(decimal[1]) <= 18 ? "integer" : "wide";
  }
  if (/^ENUM\(.*\)$/s.test(type)) return "text";
  return own(FAMILIES, type) ?? "other";
}

/** How a column's values are written in one canonical type. */
export interface Form {
  readonly type: CanonicalType;
  /** over the column as `from` has it; NaN, infinities and what can't be read in this type are NULL */
  readonly expression: string;
  /** over the source's column, which it stands for; undefined for that column itself. A long one is planned once, however often it is named */
  readonly from?: string;
  /** whether a value may become NULL on the way */
  readonly lossy: boolean;
}

/** How a column is read from the source. */
export interface CanonicalColumn extends Form {
  readonly name: string;
}

/** A column as its source has it, and how far its integers go. */
export interface SourceColumn {
  readonly name: string;
  /** DuckDB's name of the type */
  readonly type: string;
  /** for wide integers: whether all values fit into 64 bits */
  readonly fits: boolean;
}

/**
 * A column in the canonical type next to its own.
 *
 * - integers of any width → BIGINT (beyond 64 bits DOUBLE), floats and decimals → DOUBLE, with NaN, infinities → NULL and
 *   -0 → 0, since equal rows must have equal bytes
 * - dates and times → DATE, TIMESTAMP (a time zone → UTC), infinite ones → NULL
 * - text, enums → VARCHAR without U+0000; UUID → VARCHAR in lower case; all else → VARCHAR
 */
export function ownForm({ name, type, fits }: SourceColumn): Form {
  return formOfFamily(identifier(name), familyOf(type), fits);
}

/**
 * A column in the canonical type of a kind. A category has its one spelling.
 *
 * @throws {UsageError} when dataset.types asks for what the type can't become
 */
export function formOfKind(kind: ColumnKind, column: SourceColumn): Form {
  const own = ownForm(column);
  if (kind === "ignore") return own;
  const form = kind === "categorical" ? category(column, own) : READ_AS[kind](own);
  if (form !== undefined) return form;
  throw new UsageError(
    `dataset.types.${column.name}: a column of type ${column.type} can't be read as ${kind}`,
    "source.query in churn.yaml can cast it",
  );
}

/** As text an integer keeps all its digits, however long it is. */
function category({ name, type }: SourceColumn, own: Form): Form {
  const family = familyOf(type);
  const text = (expression: string, lossy = false): Form => ({ type: "VARCHAR", expression, lossy });
  if (own.type === "VARCHAR") return { ...text(spelledText(identifier(name))), from: own.expression };
  if (family === "wide") return text(`CAST(${identifier(name)} AS VARCHAR)`);
  if (family !== "float") return text(`CAST(${own.expression} AS VARCHAR)`, own.lossy);
  const number = identifier(name);
  return text(`CASE WHEN isfinite(CAST(${number} AS DOUBLE)) THEN ${spelledNumber(number)} END`, true);
}

function formOfFamily(column: string, family: TypeFamily, fits: boolean): Form {
  const made = (type: CanonicalType, expression: string, lossy = false): Form => ({ type, expression, lossy });
  switch (family) {
    case "boolean":
      return made("BOOLEAN", column);
    case "integer":
      return made("BIGINT", `CAST(${column} AS BIGINT)`);
    case "wide":
      return fits
        ? made("BIGINT", `CAST(${column} AS BIGINT)`)
        : made("DOUBLE", finite(`CAST(${column} AS DOUBLE)`), true);
    case "float":
      return made("DOUBLE", finite(`CAST(${column} AS DOUBLE)`), true);
    case "date":
      return made("DATE", `CASE WHEN isfinite(${column}) THEN ${column} END`, true);
    case "timestamp":
      return made("TIMESTAMP", finiteTime(`CAST(${column} AS TIMESTAMP)`), true);
    case "timestamptz":
      return made("TIMESTAMP", finiteTime(`(${column} AT TIME ZONE 'UTC')`), true);
    case "text":
    case "other":
      return made("VARCHAR", withoutNul(column));
    case "uuid":
      return made("VARCHAR", `lower(CAST(${column} AS VARCHAR))`);
  }
}

function finite(number: string): string {
  return `CASE WHEN isfinite(${number}) THEN CASE WHEN ${number} = 0 THEN 0 ELSE ${number} END END`;
}

/**
 * Text without U+0000, which ends a text in SQL and in most programs that read the files. Hardly any has it, and looking for
 * it costs less than replace, which copies every text.
 */
function withoutNul(column: string): string {
  const text = `CAST(${column} AS VARCHAR)`;
  return `CASE WHEN contains(${text}, chr(0)) THEN replace(${text}, chr(0), '') ELSE ${text} END`;
}

function finiteTime(time: string): string {
  return `CASE WHEN isfinite(${time}) THEN ${time} END`;
}

const TRUE = "('true', 't', 'yes', 'y', '1', '1.0')";
const FALSE = "('false', 'f', 'no', 'n', '0', '0.0')";

const READ_AS: Readonly<Record<Exclude<ColumnKind, "categorical" | "ignore">, (own: Form) => Form | undefined>> = {
  numeric: (own) => {
    if (own.type === "BIGINT" || own.type === "DOUBLE") return own;
    if (own.type === "BOOLEAN") return { ...own, type: "BIGINT", expression: `CAST(${own.expression} AS BIGINT)` };
    if (own.type !== "VARCHAR") return undefined;
    return { ...own, type: "DOUBLE", expression: finite(`TRY_CAST(${own.expression} AS DOUBLE)`), lossy: true };
  },
  boolean: (own) => {
    if (own.type === "BOOLEAN") return own;
    if (own.type === "DATE" || own.type === "TIMESTAMP") return undefined;
    const text =
      own.type === "VARCHAR" ? `lower(trim(${own.expression}))` : `CAST(CAST(${own.expression} AS DOUBLE) AS VARCHAR)`;
    const [yes, no] = own.type === "VARCHAR" ? [TRUE, FALSE] : ["('1.0')", "('0.0')"];
    const expression = `CASE WHEN ${text} IN ${yes} THEN true WHEN ${text} IN ${no} THEN false END`;
    return { ...own, type: "BOOLEAN", expression, lossy: true };
  },
  date: (own) => {
    if (own.type === "DATE" || own.type === "TIMESTAMP") return own;
    if (own.type !== "VARCHAR") return undefined;
    return {
      ...own,
      type: "TIMESTAMP",
      expression: finiteTime(`TRY_CAST(${own.expression} AS TIMESTAMP)`),
      lossy: true,
    };
  },
};
