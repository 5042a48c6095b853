import { ServiceError } from "../errors.ts";
import { MEMORY_HINT, saysOutOfMemory } from "../files/machine-error.ts";
import type { Database } from "./database.ts";
import { firstLine, guarded } from "./errors.ts";

let ahead: Promise<Database> | undefined;

/**
 * Opens DuckDB, loading the native library on the first call.
 *
 * @throws {ServiceError} when the library doesn't load on this machine
 */
export async function openDatabase(): Promise<Database> {
  const opened = ahead ?? connect();
  ahead = undefined;
  return opened;
}

/**
 * The database that `openDatabase` will give next, opened now: for a process that has time to spare, and for questions that
 * leave nothing behind in it.
 */
export async function databaseAhead(): Promise<Database> {
  ahead ??= connect();
  return ahead;
}

/** Closes a database that was opened ahead and that nobody will work with. */
export async function closeDatabaseAhead(): Promise<void> {
  const opened = ahead;
  ahead = undefined;
  // What could not be opened has been told where it was asked for.
  await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]();
}

async function connect(): Promise<Database> {
  const duckdb = await import("./connection.ts").catch((error: unknown) => {
    const reason = firstLine(error);
    throw new ServiceError(
      `DuckDB's library doesn't load on this machine: ${reason}`,
      saysOutOfMemory(reason)
        ? MEMORY_HINT
        : "install churn anew, on this machine: node_modules of another one has another one's libraries",
      { cause: error },
    );
  });
  return guarded(duckdb.connect);
}
