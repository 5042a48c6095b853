import { randomUUID } from "node:crypto";
import { join } from "node:path";
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  FLOAT,
  StatementType,
  UTINYINT,
  version,
} from "@duckdb/node-api";
import bindings from "@duckdb/node-bindings";
import type * as z from "zod";
import { temporaryPlace } from "../files/temporary.ts";
import { removeUnfinished } from "../files/unfinished.ts";
import type { Columns, Database, SqlValue, TypedColumn } from "./database.ts";
import { guarded, kindOf } from "./errors.ts";
import { leaveQueryBehind } from "./left-behind.ts";
import { identifier, literal } from "./sql.ts";
import { collectYoungGarbage } from "./young-garbage.ts";

/** Rows in one DuckDB vector (STANDARD_VECTOR_SIZE). */
const VECTOR_SIZE = 2048;

/** The one door to DuckDB; `openDatabase` of database.ts comes through it. */
export async function connect(): Promise<Database> {
  // Sorting may spill; the default place would be a folder in the working directory.
  // DuckDB makes it when it spills and not before, so a kill leaves none behind but in the midst of that.
  const place = temporaryPlace();
  const spill = place === undefined ? "" : join(place, `churn-${randomUUID()}`);
  // A signal ends the process without closing the database.
  const removeSpill = () => spill !== "" && removeUnfinished(spill);
  process.once("exit", removeSpill);
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    temp_directory: spill,
  });
  const connection = await instance.connect();
  // Text with a time zone means the same on every machine.
  await connection.run("SET TimeZone = 'UTC'");
  let leftBehind = false;
  return {
    version: version(),
    run: async (sql, values) => void (await guarded(() => connection.run(sql, values))),
    rows: (sql, schema, values) => readRows(connection, sql, schema, values),
    columns: (sql, values) => readColumns(connection, sql, values),
    chunks: (sql, values) => readChunks(connection, sql, values),
    createTable: (table, columns) => createTable(connection, table, columns),
    statements: (sql) => countStatements(connection, sql),
    statementKind: (sql) => prepareKind(connection, sql),
    shutOutside: async (folders = []) => {
      const list = folders.map(literal).join(", ");
      await connection.run(
        `SET allowed_directories = [${list}]; SET enable_external_access = false; SET lock_configuration = true`,
      );
    },
    interrupt: () => connection.interrupt(),
    leaveBehind: () => {
      leftBehind = true;
      leaveQueryBehind();
    },
    async [Symbol.asyncDispose]() {
      // To close it would wait for the query.
      if (leftBehind) return;
      connection.closeSync();
      instance.closeSync();
      removeSpill();
      process.off("exit", removeSpill);
    },
  };
}

async function countStatements(connection: DuckDBConnection, sql: string): Promise<number> {
  try {
    return (await connection.extractStatements(sql)).count;
  } catch (error) {
    // Of a text without any the bindings make an error that isn't DuckDB's.
    if (kindOf(error) === undefined) return 0;
    throw error;
  }
}

async function prepareKind(connection: DuckDBConnection, sql: string): Promise<string> {
  const prepared = await connection.prepare(sql);
  try {
    return StatementType[prepared.statementType];
  } finally {
    prepared.destroySync();
  }
}

async function readRows<Schema extends z.ZodType>(
  connection: DuckDBConnection,
  sql: string,
  schema: Schema,
  values?: Readonly<Record<string, SqlValue>>,
): Promise<z.infer<Schema>[]> {
  const reader = await guarded(() => connection.runAndReadAll(sql, values));
  return reader.getRowObjectsJS().map((row) => {
    const plain = Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]);
    return schema.parse(Object.fromEntries(plain));
  });
}

/** Without nulls each vector is an array of floats, and none of its items becomes a value of its own. */
const floats = (sql: string) => `SELECT coalesce(COLUMNS(*)::FLOAT, 'nan'::FLOAT) FROM (${sql})`;

async function readColumns(
  connection: DuckDBConnection,
  sql: string,
  values?: Readonly<Record<string, SqlValue>>,
): Promise<Columns> {
  const reader = await guarded(() => connection.run(floats(sql), values));
  const names = reader.columnNames();
  const chunks = await reader.fetchAllChunks();
  const rowCount = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const columns = names.map((_, index) => {
    // Shared, so that a thread which trains on it needs no copy.
    const column = new Float32Array(new SharedArrayBuffer(rowCount * Float32Array.BYTES_PER_ELEMENT));
    let row = 0;
    for (const chunk of chunks) {
      column.set(vectorOf(chunk, index), row);
      row += chunk.rowCount;
    }
    return column;
  });
  return { rowCount, names, columns };
}

/** Chunks: of ten columns 5 MB. */
const COLLECT_EVERY = 64;

async function* readChunks(
  connection: DuckDBConnection,
  sql: string,
  values?: Readonly<Record<string, SqlValue>>,
): AsyncGenerator<Columns> {
  const reader = await guarded(() => connection.stream(floats(sql), values));
  const names = reader.columnNames();
  for (let count = 1; ; count += 1) {
    const chunk = await guarded(() => reader.fetchChunk());
    if (chunk === null || chunk.rowCount === 0) return;
    if (count % COLLECT_EVERY === 0) collectYoungGarbage();
    yield { rowCount: chunk.rowCount, names, columns: names.map((_, index) => vectorOf(chunk, index)) };
  }
}

/** The memory of a view is its chunk's, which is freed when nobody has it any more. */
const chunkOf = new WeakMap<Float32Array, DuckDBDataChunk>();

/** A chunk's column as it lies in DuckDB's memory. */
function vectorOf(chunk: DuckDBDataChunk, index: number): Float32Array {
  const { rowCount } = chunk;
  const vector = bindings.data_chunk_get_vector(chunk.chunk, index);
  const bytes = bindings.vector_get_data(vector, rowCount * Float32Array.BYTES_PER_ELEMENT);
  const view = new Float32Array(bytes.buffer, bytes.byteOffset, rowCount);
  chunkOf.set(view, chunk);
  return view;
}

async function createTable(
  connection: DuckDBConnection,
  table: string,
  columns: Readonly<Record<string, TypedColumn>>,
): Promise<void> {
  const entries = Object.entries(columns);
  const declared = entries.map(([name, column]) => `${identifier(name)} ${sqlType(column)}`);
  await connection.run(`CREATE TABLE ${identifier(table)} (${declared.join(", ")})`);
  const appender = await connection.createAppender(table);
  const chunk = DuckDBDataChunk.create(entries.map(([, column]) => sqlType(column)));
  // Shared memory is none that the bindings copy from.
  const part = new Uint8Array(VECTOR_SIZE * Float64Array.BYTES_PER_ELEMENT);
  const rowCount = entries[0]?.[1].length ?? 0;
  for (let start = 0; start < rowCount; start += VECTOR_SIZE) {
    chunk.rowCount = Math.min(VECTOR_SIZE, rowCount - start);
    for (const [index, [, column]] of entries.entries()) {
      const { buffer, byteOffset, byteLength } = column.subarray(start, start + chunk.rowCount);
      part.set(new Uint8Array(buffer, byteOffset, byteLength));
      const vector = bindings.data_chunk_get_vector(chunk.chunk, index);
      bindings.copy_data_to_vector(vector, 0, part.buffer, 0, byteLength);
    }
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function sqlType(column: TypedColumn): DuckDBType {
  if (column instanceof Float32Array) return FLOAT;
  return column instanceof Float64Array ? DOUBLE : UTINYINT;
}
