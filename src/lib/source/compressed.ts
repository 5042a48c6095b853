import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type ChurnError, ServiceError, TryLaterError, UsageError } from "../errors.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { DAMAGED_HINT } from "./refusal.ts";

/**
 * Refuses a compressed text file that was cut: DuckDB reads what is there of it and says nothing. By the file's ending, as
 * DuckDB goes; any other file is none of its business.
 *
 * @param name  what people call the file
 * @throws {TryLaterError} when the end is missing
 * @throws {UsageError} when the file isn't compressed at all
 * @throws {ServiceError} when it is damaged
 */
export async function requireWholeCompressed(path: string, name: string): Promise<void> {
  if (path.endsWith(".gz")) await requireWholeGzip(path, name);
  if (path.endsWith(".zst")) await requireWholeZstd(path, name);
}

async function requireWholeGzip(path: string, name: string): Promise<void> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(createReadStream(path), createGunzip(), nowhere);
  } catch (error) {
    throw machineError(gzipError(error, name), path);
  }
}

/** What zlib can't unpack, as an error that says it; any other error comes back as it is. */
export function gzipError(error: unknown, name: string): unknown {
  // An empty file has no end either.
  if (errorCode(error) === "Z_BUF_ERROR") return cut(name, error);
  if (errorCode(error) === "Z_DATA_ERROR" && /header/.test(String(error))) return notCompressed(name, "gzip", error);
  return errorCode(error)?.startsWith("Z_") ? damaged(name, error) : error;
}

const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Walks over the heads of frames and blocks (RFC 8878): the last one ends where the file does. */
async function requireWholeZstd(path: string, name: string): Promise<void> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      let position = 0;
      do position = await afterFrame(file, position, name);
      while (position < size);
      if (position > size) throw cut(name);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw machineError(error, path);
  }
}

async function afterFrame(file: FileHandle, start: number, name: string): Promise<number> {
  const head = await bytesAt(file, start, 5);
  if (head === undefined) throw cut(name);
  const magic = head.readUInt32LE(0);
  if (magic - (magic % 16) === SKIPPABLE_MAGIC) {
    const length = await bytesAt(file, start + 4, 4);
    if (length === undefined) throw cut(name);
    return start + 8 + length.readUInt32LE(0);
  }
  if (magic !== ZSTD_MAGIC) throw start === 0 ? notCompressed(name, "zstd") : damaged(name);
  const descriptor = head.readUInt8(4);
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let position = start + 5 + (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes;
  for (;;) {
    const block = await bytesAt(file, position, 3);
    if (block === undefined) throw cut(name);
    const header = block.readUIntLE(0, 3);
    // A run is one byte, however long it is.
    position += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
    if ((header & 1) === 1) return position + ((descriptor & 4) === 0 ? 0 : 4);
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return bytesRead === length ? buffer : undefined;
}

function cut(name: string, cause?: unknown): ChurnError {
  return new TryLaterError(`source.url: ${name} is not whole: its end is missing`, "run it again once it is written", {
    cause,
  });
}

function notCompressed(name: string, format: string, cause?: unknown): ChurnError {
  return new UsageError(
    `source.url: ${name} is not ${format}, as its name says`,
    "give it another name, or have it written anew",
    { cause },
  );
}

function damaged(name: string, cause?: unknown): ChurnError {
  return new ServiceError(`source.url: ${name} is damaged`, DAMAGED_HINT, { cause });
}
