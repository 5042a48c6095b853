import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { TryLaterError, UsageError } from "../../errors.ts";
import { machineError } from "../../files/machine-error.ts";
import type { Encoding } from "./encoding.ts";
import { utf16Decoder } from "./utf16.ts";

/** A CSV file, and how its bytes become characters as far as its beginning says. */
export interface CsvFile {
  /** absolute */
  readonly path: string;
  /** for messages */
  readonly name: string;
  readonly isCompressed: boolean;
  /** what the first bytes say, a byte order mark or the zeros of UTF-16; undefined where they say nothing */
  readonly mark: "utf-8" | "utf-16" | undefined;
  readonly isBigEndian: boolean;
  /** bytes of the byte order mark */
  readonly markLength: number;
  /** size and time of change when it was opened */
  readonly version: string;
}

const PIECE = 1024 * 1024;

/**
 * Looks at a file's beginning.
 *
 * @param encoding  as source.csv has it
 * @throws {TryLaterError} when the file is empty
 * @throws {ServiceError} when it can't be read
 */
export async function openCsvFile(path: string, name: string, encoding: Encoding | undefined): Promise<CsvFile> {
  const version = await versionOf(path);
  const plain = {
    path,
    name,
    version,
    isCompressed: await isGzip(path),
    mark: undefined,
    isBigEndian: false,
    markLength: 0,
  };
  const head = await beginning(rawPieces(plain), 4096);
  if (head.length === 0) throw new TryLaterError(`source.url: ${name} is empty`, "run it again once it is written");
  if (encoding === undefined || encoding === "utf-8") {
    if (startsWith(head, [0xef, 0xbb, 0xbf])) return { ...plain, mark: "utf-8", markLength: 3 };
  }
  if (encoding === undefined || encoding === "utf-16") {
    if (startsWith(head, [0xff, 0xfe])) return { ...plain, mark: "utf-16", markLength: 2 };
    if (startsWith(head, [0xfe, 0xff])) return { ...plain, mark: "utf-16", isBigEndian: true, markLength: 2 };
    const zeros = zerosOf(head);
    if (encoding === "utf-16" || zeros !== undefined)
      return { ...plain, mark: "utf-16", isBigEndian: zeros === "even" };
  }
  return plain;
}

/**
 * The file's text in pieces: as UTF-8 where it is UTF-16, else as its bytes are; without a byte order mark.
 *
 * @throws {TryLaterError} when the file was cut, or has changed since it was opened
 * @throws {UsageError} when it isn't what its beginning says
 */
export async function* piecesOf(file: CsvFile): AsyncGenerator<Uint8Array> {
  const decode = file.mark === "utf-16" ? utf16Decoder(file) : undefined;
  let toSkip = file.markLength;
  for await (const raw of rawPieces(file)) {
    const piece = toSkip === 0 ? raw : raw.subarray(Math.min(toSkip, raw.length));
    toSkip -= raw.length - piece.length;
    if (piece.length > 0) yield decode === undefined ? piece : decode.next(piece);
  }
  decode?.end();
  await requireUnchanged(file);
}

/** @throws {TryLaterError} when the file has changed since it was opened */
export async function requireUnchanged({ path, name, version }: CsvFile): Promise<void> {
  if ((await versionOf(path)) === version) return;
  throw new TryLaterError(`source.url: ${name} was changed while it was read`, "run it again once it is written");
}

/** The first bytes, at least `size` where there are so many. */
export async function beginning(pieces: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    found.push(piece);
    length += piece.length;
    if (length >= size) break;
  }
  return Buffer.concat(found);
}

/** The bytes as they lie in the file, or in what was compressed. */
async function* rawPieces(file: Pick<CsvFile, "path" | "name" | "isCompressed">): AsyncGenerator<Uint8Array> {
  const handle = await opened(file.path);
  try {
    if (!file.isCompressed) return yield* bytesOf(handle, file.path);
    // A stream of its own keeps the buffers apart: the next read must not overwrite what zlib still looks at.
    const copies = Readable.from(copiesOf(bytesOf(handle, file.path)), { objectMode: false });
    yield* unzipped(copies, file.name);
  } finally {
    await handle.close();
  }
}

async function* bytesOf(handle: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(PIECE);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, PIECE).catch((error: unknown) => {
      throw machineError(error, path);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* copiesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

async function* unzipped(compressed: Readable, name: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: PIECE });
  compressed.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const piece of compressed.pipe(gunzip)) yield piece;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))) throw error;
    if (error.code === "Z_BUF_ERROR") {
      throw new TryLaterError(
        `source.url: ${name} is cut short: the compressed data have no end`,
        "is it still being written? run it again once it is whole",
        { cause: error },
      );
    }
    throw new UsageError(
      `source.url: ${name} can't be unpacked: ${error.message}`,
      "gzip -t tells whether it is whole",
      {
        cause: error,
      },
    );
  } finally {
    compressed.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await opened(path);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && startsWith(buffer, [0x1f, 0x8b]);
  } catch (error) {
    throw machineError(error, path);
  } finally {
    await handle.close();
  }
}

async function opened(path: string): Promise<FileHandle> {
  return open(path, "r").catch((error: unknown) => {
    throw machineError(error, path);
  });
}

async function versionOf(path: string): Promise<string> {
  const handle = await opened(path);
  try {
    const { size, mtimeNs, ino } = await handle.stat({ bigint: true });
    return `${size} ${mtimeNs} ${ino}`;
  } finally {
    await handle.close();
  }
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

/** Whether every other byte is mostly zero, as in UTF-16 of Latin letters, digits and commas. */
function zerosOf(head: Uint8Array): "even" | "odd" | undefined {
  const zeros = { even: 0, odd: 0 };
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2 === 0 ? "even" : "odd"] += 1;
  const most = head.length * 0.2;
  if (zeros.odd > most && zeros.even === 0) return "odd";
  return zeros.even > most && zeros.odd === 0 ? "even" : undefined;
}
