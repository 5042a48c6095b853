import { own } from "../../config/own.ts";
import type { Catalogue, CatalogueColumn, CatalogueFamily } from "../catalogue.ts";
import type { MysqlConnection } from "./connection.ts";
import { textLiteral } from "./types.ts";

const FAMILIES: Readonly<Record<string, CatalogueFamily>> = {
  tinyint: "integer",
  smallint: "integer",
  mediumint: "integer",
  int: "integer",
  bigint: "integer",
  float: "float",
  double: "float",
  date: "date",
  datetime: "date",
  timestamp: "date",
  char: "text",
  varchar: "text",
  tinytext: "text",
  text: "text",
  mediumtext: "text",
  longtext: "text",
  enum: "text",
  uuid: "uuid",
};

/**
 * What information_schema says of a table. MySQL counts different values of columns that an index begins with, and no nulls.
 *
 * @see https://mariadb.com/docs/server/reference/system-tables/information-schema/information-schema-tables/information-schema-columns-table
 */
export async function mysqlCatalogue(
  connection: MysqlConnection,
  table: { readonly database: string; readonly name: string },
): Promise<Catalogue> {
  const where = `TABLE_SCHEMA = ${textLiteral(table.database)} AND TABLE_NAME = ${textLiteral(table.name)}`;
  const ask = async (sql: string) => (await connection.ask(sql)).rows;
  const columns = await ask(
    `SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_KEY, COLUMN_COMMENT
       FROM information_schema.COLUMNS WHERE ${where} ORDER BY ORDINAL_POSITION`,
  );
  const indexes = await ask(
    `SELECT COLUMN_NAME, max(CARDINALITY) FROM information_schema.STATISTICS
      WHERE ${where} AND SEQ_IN_INDEX = 1 GROUP BY COLUMN_NAME`,
  );
  const [[rows = null, kind = null] = []] = await ask(
    `SELECT TABLE_ROWS, TABLE_TYPE FROM information_schema.TABLES WHERE ${where}`,
  );
  const cardinalities = new Map(indexes.map(([name, cardinality]) => [name, cardinality]));
  const inKey = columns.filter(([, , , , key]) => key === "PRI").length;
  return {
    rows: rows === null ? undefined : Number(rows),
    columns: columns.map(([name, dataType, type, nullable, key, comment]): CatalogueColumn => {
      const cardinality = cardinalities.get(name ?? "");
      const values = valuesOf(type ?? "");
      const isUnique = key === "UNI" && nullable === "NO";
      return {
        name: name ?? "",
        type: type ?? "",
        family: familyOf(dataType ?? "", type ?? ""),
        nullable: nullable !== "NO",
        nullShare: undefined,
        distinct: values !== undefined ? 2 : typeof cardinality === "string" ? Number(cardinality) : undefined,
        key: key === "PRI" ? (inKey === 1 ? "primary" : "part") : isUnique ? "unique" : undefined,
        indexed: kind === "VIEW" ? undefined : cardinalities.has(name ?? ""),
        comment: comment === null || comment === "" ? undefined : comment,
        values,
      };
    }),
  };
}

function familyOf(dataType: string, type: string): CatalogueFamily {
  if (dataType === "decimal") return /^decimal\(\d+,0\)/.test(type) ? "integer" : "float";
  if (dataType === "bit") return type === "bit(1)" ? "boolean" : "other";
  return own(FAMILIES, dataType) ?? "other";
}

/** The two values of an enum of two, and of a TINYINT(1), which is what MySQL makes of BOOLEAN. */
function valuesOf(type: string): readonly [string, string] | undefined {
  if (/^tinyint\(1\)/.test(type)) return ["0", "1"];
  const [, first, second] = /^enum\('((?:[^']|'')*)','((?:[^']|'')*)'\)$/.exec(type) ?? [];
  if (first === undefined || second === undefined) return undefined;
  return [first.replaceAll("''", "'"), second.replaceAll("''", "'")];
}
