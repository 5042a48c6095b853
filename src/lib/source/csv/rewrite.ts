import { open } from "node:fs/promises";
import { machineError } from "../../files/machine-error.ts";
import { utf8Table } from "./encoding.ts";
import { lineSkipper } from "./places.ts";
import { eachRecord } from "./records.ts";
import { BARE, type Dialect, RecordScanner } from "./scanner.ts";
import { SecondHeader } from "./second-header.ts";

/** How a file is written anew. */
export interface RewriteRequest {
  readonly dialect: Dialect;
  readonly hasHeader: boolean;
  readonly skip: number;
  /** where each byte is a character */
  readonly encoding: "latin-1" | "windows-1252" | undefined;
  /** how many columns a row has */
  readonly columns: number;
  /** columns that stay behind: their fields are left empty */
  readonly left: ReadonlySet<number>;
}

const SIZE = 1024 * 1024;
const QUOTE = 0x22;
const LF = 0x0a;

/**
 * Writes a file's rows as every reader takes them for the same: UTF-8, lines that end with \n, quotes that are doubled, no
 * header and no line that is no row.
 *
 * @param pieces  the file's bytes
 * @param path    of the copy, which its owner alone may read
 * @returns the number of rows
 */
export async function rewriteRecords(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
  request: RewriteRequest,
): Promise<number> {
  const { dialect, hasHeader, skip, columns } = request;
  const skipper = lineSkipper(skip, dialect.lineEnd);
  const scanner = new RecordScanner(dialect);
  const writer = new RowWriter(request);
  let isHeader = hasHeader;
  let header: SecondHeader | undefined;
  let rows = 0;

  try {
    // By writeFile, which goes on behind what is there: write takes as much as a full disk has room for, and says nothing.
    await using file = await open(path, "wx", 0o600);
    await eachRecord(flushed(file), scanner, (bytes) => {
      const isRow = scanner.kind === "row" || (scanner.kind === "blank" && columns === 1);
      if (!isRow || (scanner.fields !== columns && !isHeader)) return;
      if (isHeader) {
        isHeader = false;
        header = new SecondHeader(scanner.fieldsIn(bytes));
      } else if (header?.kindOf(bytes, scanner) !== "same") {
        writer.add(bytes, scanner);
        rows += 1;
      }
    });
    await file.writeFile(writer.take());
    await file.sync();
  } catch (error) {
    throw machineError(error, path);
  }
  return rows;

  async function* flushed(file: { writeFile(bytes: Uint8Array): Promise<unknown> }): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      const left = skipper.next(piece);
      if (left.length > 0) yield left;
      if (writer.length >= SIZE) await file.writeFile(writer.take());
    }
  }
}

/** Gathers rows as bytes. */
class RowWriter {
  length = 0;
  #buffer = new Uint8Array(2 * SIZE);
  readonly #delimiter: number;
  readonly #left: ReadonlySet<number>;
  readonly #table: readonly Uint8Array[] | undefined;

  constructor({ dialect, encoding, left }: RewriteRequest) {
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#left = left;
    this.#table = encoding === undefined ? undefined : utf8Table(encoding);
  }

  add(bytes: Uint8Array, scanner: RecordScanner): void {
    const { fields, starts, ends, marks } = scanner;
    for (let field = 0; field < fields; field += 1) {
      if (field > 0) this.#put(this.#delimiter);
      if (this.#left.has(field)) continue;
      const [start = 0, end = 0] = [starts[field], ends[field]];
      // A character may become three bytes, and a quote two.
      this.#reserve(3 * (end - start) + 4);
      if (marks[field] === BARE) {
        this.#bare(bytes, start, end);
      } else {
        const text = scanner.fieldIn(bytes, field);
        this.#quoted(text, 0, text.length);
      }
    }
    this.#put(LF);
  }

  /** What was gathered; there is nothing from then on. */
  take(): Uint8Array {
    const taken = this.#buffer.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  #quoted(bytes: Uint8Array, start: number, end: number): void {
    this.#put(QUOTE);
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) this.#put(QUOTE);
      this.#character(byte);
    }
    this.#put(QUOTE);
  }

  #bare(bytes: Uint8Array, start: number, end: number): void {
    const before = this.length;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.length = before;
        this.#quoted(bytes, start, end);
        return;
      }
      this.#character(byte);
    }
  }

  #character(byte: number): void {
    const characters = byte < 0x80 ? undefined : this.#table?.[byte];
    if (characters === undefined) this.#put(byte);
    else for (const one of characters) this.#put(one);
  }

  #put(byte: number): void {
    if (this.length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.length] = byte;
    this.length += 1;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(2 * (this.length + bytes));
    larger.set(this.#buffer.subarray(0, this.length));
    this.#buffer = larger;
  }
}
