import { identifier } from "../../duckdb/sql.ts";
import { noTable, tableMeanings } from "../server/table-name.ts";
import type { PostgresConnection } from "./connection.ts";

/** Names beyond this are cut by the server, and would be others. */
const LONGEST_NAME_BYTES = 63;

/**
 * The table of source.table as SQL, with its schema.
 *
 * @param place  of the database, for the sentence
 * @throws {UsageError} when there is none of that name, with the one that was probably meant
 */
export async function findTable(connection: PostgresConnection, table: string, place: string): Promise<string> {
  const meanings = tableMeanings(table, '"').filter(({ schema, name }) =>
    [schema ?? "", name].every((part) => Buffer.byteLength(part) <= LONGEST_NAME_BYTES),
  );
  for (const { schema, name } of meanings) {
    const asked = schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
    const [found] = await connection.rows(
      `SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = pg_catalog.to_regclass($1::text) AND c.relkind IN ('r', 'v', 'm', 'p', 'f')`,
      [asked],
    );
    const [inSchema, called] = found ?? [];
    if (typeof inSchema === "string" && typeof called === "string")
      return `${identifier(inSchema)}.${identifier(called)}`;
  }
  const known = await connection.rows(
    `SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      ORDER BY n.nspname <> 'public', n.nspname, c.relname LIMIT 2000`,
  );
  throw noTable(
    table,
    place,
    known.map(([schema, name]) => ({ schema: schema ?? "", name: name ?? "" })),
    "public",
  );
}
