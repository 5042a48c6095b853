import { open } from "node:fs/promises";
import { machineError } from "../files/machine-error.ts";

/** Bytes at which DuckDB's main header has its fields: the checksum is before them. */
const MAGIC = { at: 8, text: "DUCK" };
const STORAGE_VERSION_AT = 12;
const LIBRARY = { from: 52, to: 84 };

/** What each version's log begins with: the number of its first entry's first field. */
const LOG_START = Buffer.from([100, 0]);

/** What a DuckDB file says of itself before DuckDB is asked. */
export interface DuckdbHeader {
  /** what is wrong with its first bytes, where no program has written them so */
  readonly damage: string | undefined;
  /** what the file is by its first bytes, where it is another one */
  readonly isDuckdb: boolean;
  readonly isSqlite: boolean;
  readonly storageVersion: number;
  /** of the DuckDB that made it, as "v1.5.6"; files of before 1.2 don't say */
  readonly library: string | undefined;
}

/** @throws {ServiceError} when the machine doesn't let it be read */
export async function readDuckdbHeader(path: string): Promise<DuckdbHeader> {
  const { bytes, length } = await firstBytes(path, LIBRARY.to);
  const text = bytes.toString("latin1");
  const library = /^v\d[\w.+-]*/.exec(text.slice(LIBRARY.from, LIBRARY.to))?.[0];
  const isZero = bytes.subarray(0, STORAGE_VERSION_AT).every((byte) => byte === 0);
  return {
    damage: length === 0 ? "it is empty" : isZero ? "it begins with zeros" : undefined,
    isDuckdb: text.startsWith(MAGIC.text, MAGIC.at),
    isSqlite: text.startsWith("SQLite format 3\0"),
    storageVersion: Number(bytes.readBigUInt64LE(STORAGE_VERSION_AT)),
    library,
  };
}

/**
 * Whether a file's log begins as none does: DuckDB takes that for one whose first entry was never finished, and passes over
 * the newest rows.
 *
 * @throws {ServiceError} when the machine doesn't let it be read
 */
export async function isDamagedLog(path: string): Promise<boolean> {
  const { bytes, length } = await firstBytes(path, LOG_START.length);
  return length > 0 && !bytes.equals(LOG_START);
}

/** Zeros where there are fewer, and how many there are. */
async function firstBytes(path: string, size: number): Promise<{ bytes: Buffer; length: number }> {
  const bytes = Buffer.alloc(size);
  try {
    const file = await open(path);
    try {
      const { bytesRead } = await file.read(bytes, 0, size, 0);
      return { bytes, length: bytesRead };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw machineError(error, path);
  }
}
