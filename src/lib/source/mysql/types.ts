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

/** Numbers of the protocol. */
const INTEGERS: ReadonlyMap<number, string> = new Map([
  [1, "TINYINT"],
  [2, "SMALLINT"],
  [3, "INTEGER"],
  [8, "BIGINT"],
  [9, "INTEGER"],
]);
const [FLOAT, DOUBLE, NULL, TIMESTAMP, DATE, TIME, DATETIME, YEAR, NEWDATE, BIT] = [4, 5, 6, 7, 10, 11, 12, 13, 14, 16];
const [VECTOR, JSON_TYPE, NEWDECIMAL, GEOMETRY] = [242, 245, 246, 255];
const OLD_DECIMAL = 0;
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
    case OLD_DECIMAL:
    case NEWDECIMAL: {
      const precision = columnLength - (sign === "" ? 1 : 0) - (decimals > 0 ? 1 : 0);
      if (precision <= DIGITS) return plain(`DECIMAL(${Math.max(precision, decimals, 1)},${decimals})`);
      return text ? words("VARCHAR", { select: `CAST(${select} AS CHAR)` }) : plain("DOUBLE");
    }
    case FLOAT:
      // As text it has six digits.
      return plain("FLOAT", { select: `CAST(${select} AS DOUBLE)` });
    case DOUBLE:
      return plain("DOUBLE");
    case NULL:
      return words("VARCHAR");
    case DATE:
    case NEWDATE:
      return plain("DATE", { declared: "TIMESTAMP", made: (value) => `CAST(${value} AS DATE)`, dated: true });
    case DATETIME:
      return plain("TIMESTAMP", { dated: true });
    case TIMESTAMP:
      // The session's time zone is UTC.
      return plain("TIMESTAMP WITH TIME ZONE", {
        ...{ declared: "TIMESTAMP", made: (value) => `(${value} AT TIME ZONE 'UTC')`, dated: true },
      });
    case TIME:
      return words("time");
    case YEAR:
      return plain("USMALLINT");
    case BIT: {
      const number = { declared: "UBIGINT", select: `CAST(${select} AS UNSIGNED)` };
      return columnLength === 1
        ? plain("BOOLEAN", { ...number, made: (value) => `CAST(${value} AS BOOLEAN)` })
        : plain("UBIGINT", number);
    }
    case JSON_TYPE:
      return words("json");
    case GEOMETRY:
    case VECTOR:
      return words(field.extendedTypeName ?? (columnType === GEOMETRY ? "geometry" : "vector"), {
        select: `HEX(${select})`,
      });
  }
  if (field.extendedTypeName === "uuid") return plain("UUID");
  if (field.extendedTypeName !== undefined) return words(field.extendedTypeName);
  if (field.extendedFormat !== undefined) return words(field.extendedFormat);
  // Any other is text, or bytes.
  return characterSet === BINARY ? words("blob", { select: `HEX(${select})` }) : words("VARCHAR");
}
