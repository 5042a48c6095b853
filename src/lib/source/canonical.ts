import type { Config } from "../config/schema.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";

/** The types that files of churn have, whatever the source's own are. */
export type CanonicalType = "BIGINT" | "DOUBLE" | "BOOLEAN" | "DATE" | "TIMESTAMP" | "VARCHAR";

/** A source's type seen as what churn makes of it. `wide` integers become BIGINT where all values fit, else DOUBLE. */
export type Kind =
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

const KINDS: Readonly<Record<string, Kind>> = {
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
export function kindOf(type: string): Kind {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type);
  if (decimal !== null) {
    if (decimal[2] !== "0") return "float";
    return Number(decimal[1]) <= 18 ? "integer" : "wide";
  }
  if (/^ENUM\(.*\)$/s.test(type)) return "text";
  return KINDS[type] ?? "other";
}

type Override = Config["dataset"]["types"][string];

/** How a column is read from the source. */
export interface CanonicalColumn {
  readonly name: string;
  readonly type: CanonicalType;
  /** over the source's column; NaN, infinities and what an override can't read are NULL */
  readonly expression: string;
  /** counts what became NULL on the way, or undefined where nothing can */
  readonly lossy: string | undefined;
  /** false for lists, structs, blobs, times: kept as text, never a feature */
  readonly usable: boolean;
}

/**
 * The expression that brings a column to its canonical type.
 *
 * - integers of any width → BIGINT (beyond 64 bits DOUBLE), floats and decimals → DOUBLE, with NaN, infinities → NULL and
 *   -0 → 0, since equal rows must have equal bytes
 * - dates and times → DATE, TIMESTAMP (a time zone → UTC), infinite ones → NULL
 * - text, enums → VARCHAR without U+0000; UUID → VARCHAR in lower case; all else → VARCHAR, not usable
 *
 * @param fits  for wide integers: whether all values fit into 64 bits
 * @throws {UsageError} when dataset.types asks for what the type can't become
 */
export function canonicalColumn(
  { name, type }: { name: string; type: string },
  override: Override | undefined,
  fits: boolean,
): CanonicalColumn {
  const kind = kindOf(type);
  // As text, an integer keeps all its digits however long it is.
  const own = canonicalBase(identifier(name), kind === "wide" && override === "categorical" ? "text" : kind, fits);
  const column = (made: Made): CanonicalColumn => ({
    name,
    ...made,
    lossy: made.lossy
      ? `count(*) FILTER (WHERE ${identifier(name)} IS NOT NULL AND (${made.expression}) IS NULL)`
      : undefined,
  });
  if (override === undefined || override === "ignore") return column(own);
  const made = OVERRIDES[override](own);
  if (made === undefined) {
    throw new UsageError(`dataset.types.${name}: a column of type ${type} can't be read as ${override}`);
  }
  return column({ ...made, usable: true });
}

interface Made {
  readonly type: CanonicalType;
  readonly expression: string;
  readonly lossy: boolean;
  readonly usable: boolean;
}

function canonicalBase(column: string, kind: Kind, fits: boolean): Made {
  const made = (type: CanonicalType, expression: string, lossy = false): Made => ({
    type,
    expression,
    lossy,
    usable: true,
  });
  switch (kind) {
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
      return made("VARCHAR", withoutNul(column));
    case "uuid":
      return made("VARCHAR", `lower(CAST(${column} AS VARCHAR))`);
    case "other":
      return { ...made("VARCHAR", withoutNul(column)), usable: false };
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

const TRUE = "('true', 't', 'yes', 'y', '1')";
const FALSE = "('false', 'f', 'no', 'n', '0')";

const OVERRIDES: Readonly<Record<Exclude<Override, "ignore">, (own: Made) => Made | undefined>> = {
  numeric: (own) => {
    if (own.type === "BIGINT" || own.type === "DOUBLE") return own;
    if (own.type === "BOOLEAN") return { ...own, type: "BIGINT", expression: `CAST(${own.expression} AS BIGINT)` };
    if (own.type !== "VARCHAR") return undefined;
    return { ...own, type: "DOUBLE", expression: finite(`TRY_CAST(${own.expression} AS DOUBLE)`), lossy: true };
  },
  categorical: (own) => ({ ...own, type: "VARCHAR", expression: `CAST(${own.expression} AS VARCHAR)` }),
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
