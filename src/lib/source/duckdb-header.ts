import { open } from "node:fs/promises";
import { machineError } from "../files/machine-error.ts";

/** Bytes at which DuckDB's main header has its fields: the checksum is before them. */
const MAGIC = { at: 8, text: "DUCK" };
const STORAGE_VERSION_AT = 12;
const LIBRARY = { from: 52, to: 84 };

/** What a DuckDB file says of itself before DuckDB is asked. */
export interface DuckdbHeader {
  /** what the file is by its first bytes, where it is another one */
  readonly isDuckdb: boolean;
  readonly isSqlite: boolean;
  readonly storageVersion: number;
  /** of the DuckDB that made it, as "v1.5.6"; files of before 1.2 don't say */
  readonly library: string | undefined;
}

/** @throws {ServiceError} when the machine doesn't let it be read */
export async function readDuckdbHeader(path: string): Promise<DuckdbHeader> {
  const bytes = await firstBytes(path);
  const text = bytes.toString("latin1");
  const library = /^v\d[\w.+-]*/.exec(text.slice(LIBRARY.from, LIBRARY.to))?.[0];
  return {
    isDuckdb: text.startsWith(MAGIC.text, MAGIC.at),
    isSqlite: text.startsWith("SQLite format 3\0"),
    storageVersion: Number(bytes.readBigUInt64LE(STORAGE_VERSION_AT)),
    library,
  };
}

/** Zeros where there are fewer. */
async function firstBytes(path: string): Promise<Buffer> {
  const buffer = Buffer.alloc(LIBRARY.to);
  try {
    const file = await open(path);
    try {
      await file.read(buffer, 0, buffer.length, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw machineError(error, path);
  }
  return buffer;
}
