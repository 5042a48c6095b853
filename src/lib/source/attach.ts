import { existsSync, realpathSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Database } from "../duckdb/database.ts";
import { duckdbError, firstLine, isDamage } from "../duckdb/errors.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { ServiceError, UsageError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { machineError } from "../files/machine-error.ts";
import { isDamagedLog, readDuckdbHeader } from "./duckdb-header.ts";
import { lockError } from "./lock-error.ts";
import { noFile } from "./no-file.ts";
import { KNOWN_SOURCES, type SourceSettings } from "./query.ts";
import type { Awaited } from "./ready.ts";
import { DAMAGED_HINT } from "./refusal.ts";
import { requireRegularFile } from "./regular-file.ts";

/**
 * Names under which a DuckDB file may be asked. Its own is the first, as DuckDB itself makes it of the file's name: what is
 * stored in the file may call it so. Then that of the file that a link leads to, the one that every file had before, and one
 * that nobody has.
 */
export function databaseNames(path: string): readonly string[] {
  const own = [path, linked(path)].flatMap(nameOf);
  // What is loaded lies in a database called memory.
  return [...new Set([...own, "source", "file_of_source"])].filter((name) => !/^memory$/i.test(name));
}

function nameOf(path: string): string[] {
  const stem = basename(path)
    .split(".")
    .find((part) => part !== "");
  return stem === undefined ? [] : [/^(?:main|temp|system)$/i.test(stem) ? `${stem}_db` : stem];
}

function linked(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // What is wrong with it is told where it is opened.
    return path;
  }
}

/**
 * Attaches a DuckDB file, for reading.
 *
 * @throws {TryLaterError} when it isn't there, is today's and may be waited for
 * @throws {UsageError} when it isn't there, isn't a DuckDB file, or of a version that isn't read
 * @throws {ServiceError} when it is damaged, or another program has it open
 */
export async function attach(db: Database, name: string, settings: SourceSettings, awaited: Awaited): Promise<void> {
  await requireDuckdbFile(settings, awaited);
  try {
    await db.run(`ATTACH ${literal(settings.path)} AS ${identifier(name)} (READ_ONLY)`);
  } catch (error) {
    throw await attachError(error, settings);
  }
}

async function requireDuckdbFile(settings: SourceSettings, awaited: Awaited): Promise<void> {
  const { path, description } = settings;
  let found: Stats | undefined;
  try {
    found = await orUndefined(() => stat(path));
  } catch (error) {
    throw machineError(error, path);
  }
  if (found === undefined) throw noFile(settings, awaited);
  if (found.isDirectory())
    throw new UsageError(`source.url: ${description} is a folder, not a DuckDB file`, KNOWN_SOURCES);
  await requireRegularFile(path, description);
  const { damage, isDuckdb, isSqlite } = await readDuckdbHeader(path);
  if (damage !== undefined) throw new ServiceError(`source.url: ${description} is damaged: ${damage}`, DAMAGED_HINT);
  if (isSqlite) {
    throw new UsageError(
      `source.url: ${description} is a SQLite file, not a DuckDB file`,
      `duckdb FILE.duckdb "ATTACH '${description}' AS old (TYPE sqlite); COPY FROM DATABASE old TO FILE"`,
    );
  }
  if (!isDuckdb) throw new UsageError(`source.url: ${description} is not a DuckDB file`, KNOWN_SOURCES);
  // Beside the file itself, wherever a link to it lies.
  const log = `${linked(path)}.wal`;
  if (!existsSync(log)) return;
  if (log.includes("?")) {
    // It looks for the log without what follows the question mark, and reads the file as it was before.
    throw new UsageError(
      `source.url: DuckDB doesn't find ${description}.wal, the newest rows of ${description}, in a path with a question mark`,
      "give the file or the folder another name, or have the log written into the file (CHECKPOINT)",
    );
  }
  if (await isDamagedLog(log)) throw logError(description, "it begins as no log does");
}

function logError(description: string, reason: string, cause?: unknown): ServiceError {
  return new ServiceError(
    `source.url: ${description}.wal is damaged, or belongs to another file: ${reason}`,
    `restore both, or have them written anew: ${description}.wal holds the newest rows of ${description}`,
    { cause },
  );
}

async function attachError(error: unknown, settings: SourceSettings): Promise<unknown> {
  const { description } = settings;
  const cause = duckdbError(error);
  const words = firstLine(cause);
  const versions = /with version number \d+, but we can only read versions between (\d+) and (\d+)/.exec(words);
  if (versions !== null) return await versionError(settings, Number(versions[1]), Number(versions[2]), cause);
  if (/Cannot open encrypted database/.test(words)) {
    return new UsageError(
      `source.url: ${description} is encrypted`,
      "have it written without an encryption key, into a folder that is encrypted itself",
      { cause },
    );
  }
  const locked = lockError(words, description, cause);
  if (locked !== undefined) return locked;
  if (/Failure while replaying WAL/.test(words)) return logError(description, words, cause);
  if (isDamage(cause)) {
    return new ServiceError(`source.url: ${description} is damaged: ${words}`, DAMAGED_HINT, { cause });
  }
  if (error instanceof ServiceError) return error;
  return new ServiceError(
    `source.url: ${description} can't be opened: ${words}`,
    `DuckDB's own shell may say more: duckdb -readonly ${description}`,
    { cause },
  );
}

/** A file of a DuckDB that writes newer or older files than the one that reads them here. */
async function versionError(
  { path, description }: SourceSettings,
  oldest: number,
  newest: number,
  cause: unknown,
): Promise<UsageError> {
  const { storageVersion, library } = await readDuckdbHeader(path);
  const isNewer = storageVersion > newest;
  const writer = `${isNewer ? "a newer" : "an older"} DuckDB (${library === undefined ? "" : `${library}, `}storage version ${storageVersion})`;
  return new UsageError(
    `source.url: ${description} was written by ${writer}; churn's DuckDB reads storage versions ${oldest} to ${newest}`,
    isNewer
      ? `have it written so that older ones read it: ATTACH 'FILE' AS old (STORAGE_VERSION 'v1.0.0'); COPY FROM DATABASE … TO old; or install a newer churn`
      : "have it written by DuckDB 1.0 or newer: EXPORT DATABASE by the older one, IMPORT DATABASE by the newer one",
    { cause },
  );
}
