import { isUtf8 } from "node:buffer";
import { UsageError } from "../../errors.ts";
import { type Encoding, encodingOf, utf8Table } from "./encoding.ts";
import { formOf } from "./form-of.ts";
import { BLANK, BOOLEAN, EMPTY, NULL_WORD, TEXT } from "./forms.ts";
import { guessDelimiter, guessLineEnd } from "./guess-delimiter.ts";
import { type CsvFile, piecesOf } from "./input.ts";
import { lineSkipper } from "./places.ts";
import type { ReadingRequest } from "./request.ts";
import { type Dialect, RecordScanner } from "./scanner.ts";
import type { CsvSettings } from "./settings.ts";

const SAMPLE = 1024 * 1024;
/** Lines before a header that are looked through. */
const PREAMBLE = 50;

/** How a file is to be scanned, as far as its beginning tells. */
export interface FileFormat {
  readonly dialect: Dialect;
  /** what stands between fields, beyond doubt */
  readonly delimiter: string | undefined;
}

/**
 * Finds out how a file is to be scanned.
 *
 * @throws {UsageError} when it begins with something else than the header
 */
export async function fileFormat(file: CsvFile, settings: CsvSettings, request: ReadingRequest): Promise<FileFormat> {
  const { bytes: whole, isWhole } = await sampleOf(file);
  const { quote = '"', comment = "" } = settings;
  const lineEnd = guessLineEnd(whole, quote);
  const sample = lineSkipper(settings.skip, lineEnd).next(whole);
  const others = {
    quote,
    escape: quote === "" ? "" : (settings.escape ?? request.earlier?.escape ?? quote),
    comment,
    lineEnd,
  };
  const encoding = settings.encoding === undefined ? undefined : encodingOf(settings.encoding);
  const isHeader = (fields: readonly Uint8Array[]) => {
    return request.id !== undefined && fields.some((field) => textOf(field, encoding).trim() === request.id);
  };

  const guess = guessDelimiter(sample, isWhole, others, isHeader);
  const sure = guess.isSure ? guess.delimiter : undefined;
  const delimiter = settings.delimiter ?? sure ?? request.earlier?.delimiter ?? guess.delimiter ?? ",";
  const dialect = { ...others, delimiter };
  if (settings.header && request.id !== undefined) {
    requireHeader(sample, dialect, { file, settings, id: request.id, isHeader, encoding });
  }
  return { dialect, delimiter: settings.delimiter ?? sure };
}

/** A file's first bytes, and whether they are all. */
async function sampleOf(file: CsvFile): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const found: Uint8Array[] = [];
  let length = 0;
  for await (const piece of piecesOf(file)) {
    if (length >= SAMPLE) return { bytes: Buffer.concat(found), isWhole: false };
    found.push(piece.slice());
    length += piece.length;
  }
  return { bytes: Buffer.concat(found), isWhole: true };
}

interface Sought {
  readonly file: CsvFile;
  readonly settings: CsvSettings;
  readonly id: string;
  readonly isHeader: (fields: readonly Uint8Array[]) => boolean;
  readonly encoding: Encoding | undefined;
}

/** A header that only lacks the id is for those to refuse who know what columns there are to be. */
function requireHeader(sample: Uint8Array, dialect: Dialect, { file, settings, id, isHeader, encoding }: Sought): void {
  const first = firstRecord(sample, dialect);
  if (first === undefined || isHeader(first)) return;
  const delimiters = settings.delimiter === undefined ? [",", ";", "\t", "|"] : [settings.delimiter];
  for (let lines = 1; lines < PREAMBLE; lines += 1) {
    const rest = lineSkipper(lines, dialect.lineEnd).next(sample);
    if (rest.length === 0) break;
    if (rest[0] === 0x0a || rest[0] === 0x0d) continue;
    if (!delimiters.some((delimiter) => isHeader(firstRecord(rest, { ...dialect, delimiter }) ?? []))) continue;
    const skip = settings.skip + lines;
    throw new UsageError(
      `source.url: ${file.name}: the header with ${id} is line ${skip + 1}`,
      `source: { csv: { skip: ${skip} } } in churn.yaml passes over the ${skip === 1 ? "line" : "lines"} before it`,
    );
  }
  const words: readonly number[] = [TEXT, BOOLEAN, EMPTY, BLANK, NULL_WORD];
  if (first.every((field) => words.includes(formOf(field, 0, field.length) & 0xff))) return;
  const fields = first.map((field) => textOf(field, encoding));
  throw new UsageError(
    `source.url: ${file.name}: the first line is no header with ${id}: ${fields.slice(0, 8).join(", ")}`,
    "source: { csv: { header: false } } in churn.yaml calls the columns column0, column1, …; source.query can rename them",
  );
}

/** The fields of the first record that is one; undefined where it goes on behind the sample. */
function firstRecord(sample: Uint8Array, dialect: Dialect): Uint8Array[] | undefined {
  const scanner = new RecordScanner(dialect);
  for (let at = 0; at < sample.length; ) {
    at = scanner.next(sample, at, sample.length, true);
    if (scanner.kind === "row") return scanner.fieldsIn(sample);
    if (scanner.kind !== "blank" && scanner.kind !== "comment") return undefined;
  }
  return undefined;
}

/** Bytes as text: as the encoding has it, or else as UTF-8 or, where they are none, as windows-1252. */
export function textOf(bytes: Uint8Array, encoding: Encoding | undefined): string {
  const isSingle = encoding === "latin-1" || encoding === "windows-1252";
  if (!isSingle && (encoding !== undefined || isUtf8(bytes))) return Buffer.from(bytes).toString("utf8");
  const table = utf8Table(isSingle ? encoding : "windows-1252");
  return Buffer.concat([...bytes].map((byte) => table[byte] ?? new Uint8Array(0))).toString("utf8");
}
