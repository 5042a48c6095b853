import { whole } from "../../cli/numbers.ts";
import { TryLaterError, UsageError } from "../../errors.ts";
import type { Sought } from "./column-counts.ts";
import { isOrderOnly } from "./column-reading.ts";
import { datePattern } from "./date-pattern.ts";
import { type Encoding, encodingOf } from "./encoding.ts";
import { fileFormat, textOf } from "./file-format.ts";
import { columnNames, numberedNames } from "./header.ts";
import { type CsvFile, openCsvFile, piecesOf } from "./input.ts";
import { placeInStream } from "./places.ts";
import type { ReadingRequest } from "./request.ts";
import type { Dialect } from "./scanner.ts";
import type { CsvSettings } from "./settings.ts";
import { type BadLine, type Survey, surveyRecords } from "./survey.ts";

/** A file whose every byte was looked at. */
export interface SurveyedFile {
  readonly file: CsvFile;
  readonly dialect: Dialect;
  readonly survey: Survey;
  /** undefined where all of it is ASCII */
  readonly encoding: Encoding | undefined;
  /** where each byte is a character and not all are ASCII */
  readonly singleByte: "latin-1" | "windows-1252" | undefined;
  /** what its bytes say beyond doubt */
  readonly guessed: { readonly encoding?: Encoding; readonly delimiter?: string; readonly escape?: string };
  /** names that the header has twice */
  readonly twice: readonly string[];
}

/**
 * Surveys a file: how it is written, what its lines are, what its columns hold.
 *
 * @param path  absolute
 * @param name  for messages
 * @throws {TryLaterError} when the file is empty, was cut or is being written
 * @throws {UsageError} when lines or bytes of it can't be read
 */
export async function surveyFile(
  path: string,
  name: string,
  settings: CsvSettings,
  request: ReadingRequest,
): Promise<SurveyedFile> {
  const configured = settings.encoding === undefined ? undefined : encodingOf(settings.encoding);
  const file = await openCsvFile(path, name, configured);
  const format = await fileFormat(file, settings, request);
  const { survey, dialect, sureEscape, twice } = await surveyBest(file, format.dialect, settings, request, configured);
  if (survey.counts === undefined && survey.openQuote === undefined && survey.lines.bad === 0) {
    throw new TryLaterError(`source.url: ${name} is empty`, "run it again once it is written");
  }
  requireWhole(name, survey, settings);
  const encoding = await encodingOfFile(file, survey, configured);
  requireOneHeader(name, survey, encoding);
  requireGoodLines(name, survey, settings, encoding);
  const isAscii = !survey.encoding.hasUtf8 && survey.encoding.brokenAt === -1;
  return {
    file,
    dialect,
    survey,
    encoding,
    singleByte: (encoding === "latin-1" || encoding === "windows-1252") && !isAscii ? encoding : undefined,
    guessed: {
      ...(encoding === undefined ? {} : { encoding }),
      ...(format.delimiter === undefined ? {} : { delimiter: format.delimiter }),
      ...(sureEscape === undefined ? {} : { escape: sureEscape }),
    },
    twice,
  };
}

/** Surveys with the escape that leaves the fewest bad lines. */
async function surveyBest(
  file: CsvFile,
  dialect: Dialect,
  settings: CsvSettings,
  request: ReadingRequest,
  encoding: Encoding | undefined,
) {
  const first = await surveyWith(file, dialect, settings, request, encoding);
  const isDoubled = dialect.escape === dialect.quote;
  const own = isDoubled && first.survey.signs.hasDoubledQuotes ? dialect.quote : undefined;
  const isFixed = settings.escape !== undefined || dialect.quote === "";
  if (isFixed || troubleOf(first.survey) === 0 || !first.survey.signs.hasBackslashQuotes) {
    return { ...first, dialect, sureEscape: settings.escape ?? own };
  }
  const other = { ...dialect, escape: isDoubled ? "\\" : dialect.quote };
  const second = await surveyWith(file, other, settings, request, encoding);
  if (troubleOf(second.survey) >= troubleOf(first.survey)) return { ...first, dialect, sureEscape: own };
  return { ...second, dialect: other, sureEscape: other.escape };
}

function troubleOf({ openQuote, lines }: Survey): number {
  return openQuote === undefined ? lines.bad : Number.POSITIVE_INFINITY;
}

async function surveyWith(
  file: CsvFile,
  dialect: Dialect,
  settings: CsvSettings,
  request: ReadingRequest,
  encoding: Encoding | undefined,
) {
  let twice: readonly string[] = [];
  const survey = await surveyRecords(piecesOf(file), {
    dialect,
    hasHeader: settings.header,
    skip: settings.skip,
    isSingleByte: encoding === "latin-1" || encoding === "windows-1252",
    sought: soughtBy(settings),
    columns: (fields) => {
      const named = columnNames(fields.map((field) => textOf(field, encoding)));
      const names = settings.header ? named.names : numberedNames(fields.length);
      if (settings.header) twice = named.twice;
      return names.map((name) => ({ name, isCounted: isCounted(name, request) }));
    },
  });
  return { survey, twice };
}

/** What leaves the source as text, or not at all, needs no type. */
function isCounted(name: string, { text, excluded }: ReadingRequest): boolean {
  return !text.includes(name) && !excluded.includes(name);
}

function soughtBy({ nulls, date_format }: CsvSettings): Sought {
  const words = nulls.map((word) => word.trim());
  return {
    nulls: words.flatMap((word) => [Buffer.from(word, "utf8"), Buffer.from(word, "latin1")]),
    isDate: date_format === undefined || isOrderOnly(date_format) ? undefined : datePattern(date_format),
  };
}

/** Under the header of one export the values of another are taken for what they aren't: no line of it may be left out. */
function requireOneHeader(name: string, { otherHeader }: Survey, encoding: Encoding | undefined): void {
  if (otherHeader === undefined) return;
  const fields = otherHeader.fields.map((field) => textOf(field, encoding).trim());
  throw new UsageError(
    `source.url: ${name}, line ${otherHeader.line}: another header, ${fields.slice(0, 8).join(", ")}${fields.length > 8 ? ", …" : ""}`,
    "two exports in one file: write them to two, source.url reads a folder of files as one table, by their columns' names",
  );
}

function requireWhole(name: string, { openQuote, mayBeCut }: Survey, settings: CsvSettings): void {
  if (openQuote !== undefined && !openQuote.isOnLastLine) {
    throw new UsageError(
      `source.url: ${name}, line ${openQuote.line}, column ${openQuote.column.ofCharacters}: a quote is opened that never closes`,
      'is a quote missing? source: { csv: { quote: "" } } in churn.yaml reads files in which nothing is quoted',
    );
  }
  if (openQuote === undefined && (!mayBeCut || settings.last_line_end === "optional")) return;
  throw new TryLaterError(`source.url: ${name}: the last line has no end, so its last value may be cut`, [
    "is the file still being written? run it again once it is whole",
    "source: { csv: { last_line_end: optional } } in churn.yaml, where the last line never has an end",
  ]);
}

function requireGoodLines(
  name: string,
  { bad, lines }: Survey,
  settings: CsvSettings,
  encoding: Encoding | undefined,
): void {
  const [first] = bad;
  if (first === undefined) return;
  if (settings.header && lines.header === 0) {
    throw new UsageError(
      `source.url: ${name}, ${badLineText(first, encoding)}, and it is to be the header`,
      "mend the file, or source: { csv: { skip: … } } in churn.yaml passes over lines before the header",
    );
  }
  if (settings.bad_lines === "leave_out") return;
  const others = lines.bad === 1 ? "" : `; ${whole(lines.bad)} lines are no rows`;
  throw new UsageError(
    `source.url: ${name}, ${badLineText(first, encoding)}${others}`,
    "mend the file, or source: { csv: { bad_lines: leave_out } } in churn.yaml leaves such lines out and counts them",
  );
}

/** A bad line for people: "line 7, column 3: text behind a closing quote". */
export function badLineText(bad: BadLine, encoding: Encoding | undefined): string {
  return `line ${bad.line}${bad.column === undefined ? ": " : ", "}${badReason(bad, encoding)}`;
}

/** What is wrong with it: "column 3: text behind a closing quote". */
export function badReason({ column, reason }: BadLine, encoding: Encoding | undefined): string {
  if (column === undefined) return reason;
  const isSingle = encoding === "latin-1" || encoding === "windows-1252";
  return `column ${isSingle ? column.ofBytes : column.ofCharacters}: ${reason}`;
}

/** @throws {UsageError} at the first byte that is no character */
async function encodingOfFile(
  file: CsvFile,
  { encoding: signs }: Survey,
  configured: Encoding | undefined,
): Promise<Encoding | undefined> {
  if (file.mark === "utf-16") return "utf-16";
  const { brokenAt, hasUtf8, notLatinAt, notWindowsAt } = signs;
  if (configured === "latin-1") {
    if (notLatinAt !== -1) await refuseByte(file, notLatinAt, "latin-1", "windows-1252 has a character there, maybe");
    return configured;
  }
  const isUtf8 =
    configured === "utf-8" || file.mark === "utf-8" || (configured === undefined && (hasUtf8 || brokenAt === -1));
  if (isUtf8) {
    if (brokenAt !== -1) await refuseByte(file, brokenAt, "UTF-8", hasUtf8 ? "the rest of the file is" : "");
    return configured ?? (hasUtf8 || file.mark === "utf-8" ? "utf-8" : undefined);
  }
  if (notWindowsAt !== -1) await refuseByte(file, notWindowsAt, "windows-1252", "");
  return "windows-1252";
}

async function refuseByte(file: CsvFile, offset: number, encoding: string, remark: string): Promise<never> {
  const pieces = piecesOf(file);
  const { line, column } = await placeInStream(pieces, offset);
  const byte = await byteAt(file, offset);
  throw new UsageError(
    `source.url: ${file.name}, line ${line}, column ${encoding === "UTF-8" ? column.ofCharacters : column.ofBytes}: the byte 0x${byte} is no ${encoding}${remark === "" ? "" : `; ${remark}`}`,
    "source: { csv: { encoding: … } } in churn.yaml: utf-8, utf-16, latin-1 or windows-1252",
  );
}

async function byteAt(file: CsvFile, offset: number): Promise<string> {
  let passed = 0;
  for await (const piece of piecesOf(file)) {
    if (offset < passed + piece.length) return (piece[offset - passed] ?? 0).toString(16).padStart(2, "0");
    passed += piece.length;
  }
  return "??";
}
