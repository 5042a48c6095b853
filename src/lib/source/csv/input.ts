import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { TryLaterError, UsageError } from "../../errors.ts";
import { machineError } from "../../files/machine-error.ts";
import { gzipError } from "../compressed.ts";
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
}

const PIECE = 1024 * 1024;

/**
 * Looks at a file's beginning.
 *
 * @param encoding  as source.csv has it
 * @throws {TryLaterError} when the file is empty
 * @throws {UsageError} when it is compressed in another way than by gzip
 * @throws {ServiceError} when it can't be read
 */
export async function openCsvFile(path: string, name: string, encoding: Encoding | undefined): Promise<CsvFile> {
  const plain = {
    path,
    name,
    isCompressed: await isGzip(path, name),
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
 * @throws {TryLaterError} when the file was cut
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
}

/** The first bytes, `size` at least where there are so many. */
async function beginning(pieces: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    found.push(piece.slice());
    length += piece.length;
    if (length >= size) break;
  }
  return Buffer.concat(found);
}

/** The bytes as they lie in the file, or in what was compressed. A piece is good until the next one is asked for. */
async function* rawPieces({ path, name, isCompressed }: Unmarked): AsyncGenerator<Uint8Array> {
  if (!isCompressed) return yield* bytesOf(path);
  const compressed = createReadStream(path, { highWaterMark: PIECE });
  const gunzip = createGunzip({ chunkSize: PIECE });
  compressed.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const piece of compressed.pipe(gunzip)) yield piece;
  } catch (error) {
    throw machineError(gzipError(error, name), path);
  } finally {
    compressed.destroy();
  }
}

type Unmarked = Pick<CsvFile, "path" | "name" | "isCompressed">;

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(PIECE);
  try {
    await using file = await open(path);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw machineError(error, path);
  }
}

async function isGzip(path: string, name: string): Promise<boolean> {
  const head = await beginning(bytesOf(path), 4);
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) {
    throw new UsageError(
      `source.url: ${name} is compressed by zstd`,
      "zstd -d unpacks it; CSV is read as it is, or by gzip",
    );
  }
  return startsWith(head, [0x1f, 0x8b]);
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
