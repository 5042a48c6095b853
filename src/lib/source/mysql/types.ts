import type { ServerColumn } from "../server/source.ts";
import type { Field } from "./connection.ts";

/** A column of a server of MySQL's kind: how it is selected, and how its texts stand in CSV. */
export interface MysqlColumn extends ServerColumn {
  /** SQL of the server */
  readonly select: string;
  /** whether its values are texts, which stand in quotes */
  readonly quoted: boolean;
  /** whether it holds dates, of which some may be 0000-00-00 */
  readonly dated: boolean;
}

/** A text as a literal, whatever sql_mode makes of backslashes. */
export function textLiteral(text: string): string {
  return `CONVERT(X'${Buffer.from(text).toString("hex")}' USING utf8mb4)`;
}

/** Quotes a name for MySQL's SQL, whatever its sql_mode. */
export function backticked(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** Types by their numbers in the protocol. */
const TYPE = {
  OLD_DECIMAL: 0,
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  NULL: 6,
  TIMESTAMP: 7,
  LONGLONG: 8,
  INT24: 9,
  DATE: 10,
  TIME: 11,
  DATETIME: 12,
  YEAR: 13,
  BIT: 16,
  VECTOR: 242,
  JSON: 245,
  DECIMAL: 246,
  GEOMETRY: 255,
} as const;
const INTEGERS: ReadonlyMap<number, string> = new Map([
  [TYPE.TINY, "TINYINT"],
  [TYPE.SHORT, "SMALLINT"],
  [TYPE.LONG, "INTEGER"],
  [TYPE.LONGLONG, "BIGINT"],
  [TYPE.INT24, "INTEGER"],
]);
const UNSIGNED = 32;
/** The character set of what is bytes. */
const BINARY = 63;
/** Digits of DuckDB's widest DECIMAL. */
const DIGITS = 38;

/**
 * A column's way into DuckDB: each value exactly, or a failure that says so.
 *
 * @param text  whether it is text whatever it looks like
 * @see https://mariadb.com/kb/en/result-set-packets/#column-definition-packet
 */
export function columnOf(field: Field, text: boolean): MysqlColumn {
  const { name, columnType, flags, columnLength, decimals, characterSet } = field;
  const select = backticked(name);
  const plain = (type: string, more: Partial<MysqlColumn> = {}): MysqlColumn => ({
    ...{ name, type, declared: type, select, quoted: false, dated: false },
    ...more,
  });
  const words = (type: string, more: Partial<MysqlColumn> = {}) =>
    plain(type, { declared: "VARCHAR", quoted: true, ...more });
  const sign = (flags & UNSIGNED) === 0 ? "" : "U";

  const integer = INTEGERS.get(columnType);
  if (integer !== undefined) return plain(`${sign}${integer}`);
  switch (columnType) {
    case TYPE.OLD_DECIMAL:
    case TYPE.DECIMAL: {
      const precision = columnLength - (sign === "" ? 1 : 0) - (decimals > 0 ? 1 : 0);
      if (precision <= DIGITS) return plain(`DECIMAL(${Math.max(precision, decimals, 1)},${decimals})`);
      return text ? words("VARCHAR", { select: `CAST(${select} AS CHAR)` }) : plain("DOUBLE");
    }
    case TYPE.FLOAT:
      // As text it has six digits.
      return plain("FLOAT", { select: `CAST(${select} AS DOUBLE)` });
    case TYPE.DOUBLE:
      return plain("DOUBLE");
    case TYPE.NULL:
      return words("VARCHAR");
    case TYPE.DATE:
      return plain("DATE", { declared: "TIMESTAMP", made: (value) => `CAST(${value} AS DATE)`, dated: true });
    case TYPE.DATETIME:
      return plain("TIMESTAMP", { dated: true });
    case TYPE.TIMESTAMP:
      // The session's time zone is UTC.
      return plain("TIMESTAMP WITH TIME ZONE", {
        ...{ declared: "TIMESTAMP", made: (value) => `(${value} AT TIME ZONE 'UTC')`, dated: true },
      });
    case TYPE.TIME:
      return words("time");
    case TYPE.YEAR:
      return plain("USMALLINT");
    case TYPE.BIT: {
      const number = { declared: "UBIGINT", select: `CAST(${select} AS UNSIGNED)` };
      return columnLength === 1
        ? plain("BOOLEAN", { ...number, made: (value) => `CAST(${value} AS BOOLEAN)` })
        : plain("UBIGINT", number);
    }
    case TYPE.JSON:
      return words("json");
    case TYPE.GEOMETRY:
    case TYPE.VECTOR:
      return words(field.extendedTypeName ?? (columnType === TYPE.GEOMETRY ? "geometry" : "vector"), {
        select: `HEX(${select})`,
      });
  }
  if (field.extendedTypeName === "uuid") return plain("UUID");
  if (field.extendedTypeName !== undefined) return words(field.extendedTypeName);
  if (field.extendedFormat !== undefined) return words(field.extendedFormat);
  // Any other is text, or bytes.
  return characterSet === BINARY ? words("blob", { select: `HEX(${select})` }) : words("VARCHAR");
}
