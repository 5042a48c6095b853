import { identifier } from "../../duckdb/sql.ts";
import type { ServerColumn } from "../server/source.ts";

/** A column as PostgreSQL describes it. */
export interface Field {
  readonly name: string;
  /** of pg_type; a domain's is that of its base type */
  readonly oid: number;
  /** atttypmod: precision and scale of a numeric; -1 where nothing is said */
  readonly modifier: number;
}

/** What pg_type knows of a type that isn't one of the well-known. */
export interface NamedType {
  /** as people write it: "jsonb", "integer[]", "public.mood" */
  readonly name: string;
  readonly isEnum: boolean;
  readonly isText: boolean;
}

/** A column with the SQL that selects it. */
export interface PostgresColumn extends ServerColumn {
  /** of the server, over the rows that are called q */
  readonly select: string;
}

const NUMERIC = 1700;

/** How values of a type travel: what is selected (`c`, or its text), what the CSV is read as, what is made of that. */
interface Way {
  readonly type: string;
  readonly declared?: string;
  readonly made?: (value: string) => string;
  readonly asText?: true;
}

const text: Way = { type: "VARCHAR" };
const castText: Way = { ...text, asText: true };

/**
 * Types that have a counterpart, by their oids, which never change.
 *
 * A date is read as TIMESTAMP: what stands behind a DATE would be dropped, BC with it. A timestamptz too: read as such, what can't be would
 * be NULL; the session is in UTC. Both keep infinities.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
 */
const WAYS: Readonly<Record<number, Way>> = {
  16: { type: "BOOLEAN" },
  18: text, // "char"
  19: text, // name
  20: { type: "BIGINT" },
  21: { type: "SMALLINT" },
  23: { type: "INTEGER" },
  25: text,
  26: { type: "UINTEGER" }, // oid
  142: text, // xml
  700: { type: "FLOAT" },
  701: { type: "DOUBLE" },
  // COPY pads char(n) with blanks, a cast doesn't.
  1042: castText,
  1043: text,
  1082: { type: "DATE", declared: "TIMESTAMP", made: (value) => `CAST(${value} AS DATE)` },
  1114: { type: "TIMESTAMP" },
  1184: { type: "TIMESTAMP WITH TIME ZONE", declared: "TIMESTAMP", made: (value) => `(${value} AT TIME ZONE 'UTC')` },
  2950: { type: "UUID" },
};

/** The oids that have to be asked for by name. */
export function unknownTypes(fields: readonly Field[]): number[] {
  return [...new Set(fields.map(({ oid }) => oid).filter((oid) => WAYS[oid] === undefined && oid !== NUMERIC))];
}

/**
 * A column as it comes into DuckDB.
 *
 * @param asText  it is text whatever it looks like: a numeric that would be a double keeps its digits then
 * @param named   of the oids of `unknownTypes`
 */
export function postgresColumn(field: Field, asText: boolean, named: ReadonlyMap<number, NamedType>): PostgresColumn {
  const way =
    field.oid === NUMERIC ? numericWay(field.modifier, asText) : (WAYS[field.oid] ?? otherWay(named.get(field.oid)));
  const column = `q.${identifier(field.name)}`;
  return {
    name: field.name,
    type: way.type,
    declared: way.declared ?? (way.asText === true ? "VARCHAR" : way.type),
    made: way.made,
    select: way.asText === true ? `CAST(${column} AS text)` : column,
  };
}

/** numeric(p, 0) has all its digits in DuckDB up to 38; any other is a double, as it would be in customers.parquet, or a text. */
function numericWay(modifier: number, asText: boolean): Way {
  const [precision, scale] = precisionOf(modifier);
  if (scale === 0 && precision <= 38) return { type: `DECIMAL(${precision},0)` };
  return asText ? castText : { type: "DOUBLE" };
}

/** Of a bare numeric neither is known. */
function precisionOf(modifier: number): [precision: number, scale: number] {
  if (modifier < 4) return [Number.POSITIVE_INFINITY, -1];
  const packed = modifier - 4;
  // The scale has eleven bits and a sign.
  return [packed >> 16, ((packed & 0x7ff) ^ 0x400) - 0x400];
}

/** Enums and citext are text; of all else the text is kept under the server's name of the type, which never is a feature. */
function otherWay(named: NamedType | undefined): Way {
  if (named === undefined) return { ...castText, type: "unknown" };
  return named.isEnum || named.isText ? castText : { ...castText, type: named.name };
}
