import * as z from "zod";
import { own } from "../../config/own.ts";
import { identifier } from "../../duckdb/sql.ts";
import type { Catalogue, CatalogueColumn, CatalogueFamily } from "../catalogue.ts";
import type { PostgresConnection, Text } from "./connection.ts";

/** By the names of pg_type; a domain is what it is made of, an enum a text. */
const FAMILIES: Readonly<Record<string, CatalogueFamily>> = {
  bool: "boolean",
  int2: "integer",
  int4: "integer",
  int8: "integer",
  oid: "integer",
  float4: "float",
  float8: "float",
  date: "date",
  timestamp: "date",
  timestamptz: "date",
  text: "text",
  varchar: "text",
  bpchar: "text",
  citext: "text",
  name: "text",
  uuid: "uuid",
};

/**
 * A row a column: its types, what the last ANALYZE found in it, and the indexes that it is in. Indexes of a part of the rows, or of
 * expressions, tell nothing of a column.
 */
const COLUMNS = `
  SELECT a.attname, format_type(a.atttypid, a.atttypmod),
         CASE WHEN t.typtype = 'd' THEN b.typname ELSE t.typname END,
         CASE WHEN t.typtype = 'd' THEN b.typtype ELSE t.typtype END,
         a.attnotnull, col_description(a.attrelid, a.attnum), c.reltuples, c.relkind,
         s.null_frac, s.n_distinct,
         CASE WHEN s.n_distinct = 2 THEN array_to_json(CAST(CAST(s.most_common_vals AS text) AS text[])) END,
         (SELECT max(i.indnkeyatts) FROM pg_index AS i
           WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)),
         EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1
           AND i.indkey[0] = a.attnum AND i.indpred IS NULL),
         EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)
    FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
    LEFT JOIN LATERAL (SELECT * FROM pg_stats AS one
      WHERE one.schemaname = n.nspname AND one.tablename = c.relname AND one.attname = a.attname
      ORDER BY one.inherited DESC LIMIT 1) AS s ON true
   WHERE c.oid = CAST($1 AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attnum`;

/**
 * What PostgreSQL's own catalogue says of a table: one query, and EXPLAIN of a view's dates, which have no indexes of their own.
 *
 * @param table  in SQL, with its schema
 * @see https://www.postgresql.org/docs/current/view-pg-stats.html
 */
export async function postgresCatalogue(connection: PostgresConnection, table: string): Promise<Catalogue> {
  const found = (await connection.rows(COLUMNS, [table])).map(columnOf);
  const isView = found.some(({ isView }) => isView);
  const rows = isView ? await plannedRows(connection, `SELECT 1 FROM ${table}`) : found[0]?.rows;
  const columns: CatalogueColumn[] = [];
  for (const { column } of found) {
    const indexed =
      isView && column.family === "date" ? await isFoundByIndex(connection, table, column.name) : undefined;
    columns.push(isView ? { ...column, indexed } : column);
  }
  return { rows, columns };
}

function columnOf(row: readonly Text[]) {
  const [name = "", type = "", typname = "", typtype, notNull, comment, tuples, kind, nullFraction, distinct] = row;
  const [values, primary, unique, leads] = row.slice(10);
  const rows = Number(tuples) < 0 ? undefined : Number(tuples);
  const nullShare = numberOf(nullFraction);
  const family = familyOf(type ?? "", typname ?? "", typtype === "e");
  const nullable = notNull !== "t" && nullShare !== 0;
  const statistic = numberOf(distinct);
  const column: CatalogueColumn = {
    name: name ?? "",
    type: type ?? "",
    family,
    nullable,
    nullShare,
    // A share of the rows, where it is below zero.
    distinct: statistic !== undefined && statistic < 0 ? share(-statistic, rows) : statistic,
    key: keyOf(numberOf(primary), !nullable && (unique === "t" || statistic === -1)),
    indexed: leads === "t",
    comment: comment ?? undefined,
    values: pairOf(values),
  };
  return { column, rows, isView: kind === "v" || kind === "f" };
}

function keyOf(columnsOfKey: number | undefined, isUnique: boolean): CatalogueColumn["key"] {
  if (columnsOfKey === 1) return "primary";
  if (columnsOfKey !== undefined) return "part";
  return isUnique ? "unique" : undefined;
}

function familyOf(type: string, typname: string, isEnum: boolean): CatalogueFamily {
  if (isEnum) return "text";
  if (typname === "numeric") return /^numeric\(\d+,0\)$/.test(type) ? "integer" : "float";
  return own(FAMILIES, typname) ?? "other";
}

function numberOf(text: Text | undefined): number | undefined {
  return text === null || text === undefined ? undefined : Number(text);
}

function share(of: number, rows: number | undefined): number | undefined {
  return rows === undefined ? undefined : Math.round(of * rows);
}

const pair = z.tuple([z.string(), z.string()]);

function pairOf(json: Text | undefined): readonly [string, string] | undefined {
  if (json === null || json === undefined) return undefined;
  const [first, second] = pair.safeParse(JSON.parse(json)).data ?? [];
  if (first === undefined || second === undefined) return undefined;
  return first < second ? [first, second] : [second, first];
}

async function plannedRows(connection: PostgresConnection, select: string): Promise<number | undefined> {
  const [[plan] = []] = await connection.rows(`EXPLAIN (FORMAT text) ${select}`);
  const [, rows] = /rows=(\d+)/.exec(plan ?? "") ?? [];
  return rows === undefined ? undefined : Number(rows);
}

async function isFoundByIndex(connection: PostgresConnection, table: string, column: string): Promise<boolean> {
  const plan = await connection.rows(
    `EXPLAIN (FORMAT text, COSTS off) SELECT 1 FROM ${table} AS q WHERE q.${identifier(column)} = CURRENT_DATE`,
  );
  return !plan.some(([line]) => line?.includes("Seq Scan") === true);
}
