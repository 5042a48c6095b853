import { ColumnCounts, type Sought } from "./column-counts.ts";
import { type EncodingSigns, watchEncoding } from "./encoding-signs.ts";
import { LastColumn } from "./last-column.ts";
import { lineSkipper, type Place, placeOf } from "./places.ts";
import { eachRecord } from "./records.ts";
import { BARE, type Dialect, RecordScanner } from "./scanner.ts";

/** What to look at a file's records with. */
export interface SurveyRequest {
  readonly dialect: Dialect;
  readonly hasHeader: boolean;
  /** lines before the header */
  readonly skip: number;
  /** whether each byte is known to be a character */
  readonly isSingleByte: boolean;
  readonly sought: Sought;
  /** the columns' names, and whether their values are looked at, by the fields of the first record */
  readonly columns: (fields: readonly Uint8Array[]) => readonly SurveyedColumn[];
}

export interface SurveyedColumn {
  readonly name: string;
  readonly isCounted: boolean;
}

/** A record that is no row. Without a column the whole line is meant. */
export interface BadLine {
  readonly line: number;
  readonly column: Place["column"] | undefined;
  readonly reason: string;
}

/** How many records a file has, by what they are. Together they are all line ends outside quotes, and a last line without. */
export interface Lines {
  rows: number;
  header: number;
  skipped: number;
  blank: number;
  comments: number;
  bad: number;
}

/** What a file holds, by one pass over its bytes. */
export interface Survey {
  readonly columns: readonly SurveyedColumn[];
  readonly counts: ColumnCounts | undefined;
  readonly lines: Lines;
  /** the first bad lines */
  readonly bad: readonly BadLine[];
  /** a quote that no other closes, and whether it stands in the last line */
  readonly openQuote: (Place & { readonly isOnLastLine: boolean }) | undefined;
  readonly encoding: EncodingSigns;
  readonly lineEnds: ReadonlySet<string>;
  /** bytes of the longest record */
  readonly longest: number;
  readonly signs: Signs;
  /** whether the last line may have been cut: it has no end, and its last value can't be told to be whole */
  readonly mayBeCut: boolean;
}

/** What is somewhere in a file. */
export interface Signs {
  /** what not every reader takes for the same: spaces around quotes, quotes in a bare field, blank lines before the header */
  isOdd: boolean;
  hasReturnInQuotes: boolean;
  hasLinesInQuotes: boolean;
  hasDoubledQuotes: boolean;
  hasBackslashQuotes: boolean;
}

/** Surveys a file's records, piece by piece. @throws {UsageError} when a record is too long for memory */
export async function surveyRecords(pieces: AsyncIterable<Uint8Array>, request: SurveyRequest): Promise<Survey> {
  const watch = watchEncoding(request.isSingleByte);
  const skipper = lineSkipper(request.skip, request.dialect.lineEnd);
  const surveyor = new Surveyor(request);
  await eachRecord(watched(), surveyor.scanner, (bytes, start, next) => surveyor.visit(bytes, start, next));
  const { columns, counts, lines, bad, openQuote, lineEnds, longest, signs, isLastWhole } = surveyor;
  return {
    columns,
    counts,
    lines: { ...lines, skipped: skipper.skipped() },
    bad,
    openQuote,
    encoding: watch.signs,
    lineEnds,
    longest,
    signs,
    mayBeCut: !isLastWhole,
  };

  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      watch.look(piece, false);
      const left = skipper.next(piece);
      if (left.length > 0) yield left;
    }
    watch.look(new Uint8Array(0), true);
  }
}

const LINES_SHOWN = 5;

class Surveyor {
  readonly scanner: RecordScanner;
  readonly lines: Lines = { rows: 0, header: 0, skipped: 0, blank: 0, comments: 0, bad: 0 };
  readonly bad: BadLine[] = [];
  readonly lineEnds = new Set<string>();
  readonly signs: Signs = {
    isOdd: false,
    hasReturnInQuotes: false,
    hasLinesInQuotes: false,
    hasDoubledQuotes: false,
    hasBackslashQuotes: false,
  };
  columns: readonly SurveyedColumn[] = [];
  counts: ColumnCounts | undefined;
  openQuote: Survey["openQuote"];
  longest = 0;
  isLastWhole = true;

  readonly #request: SurveyRequest;
  readonly #lastColumn = new LastColumn();
  #header = new Uint8Array(0);
  #line: number;

  constructor(request: SurveyRequest) {
    this.#request = request;
    this.scanner = new RecordScanner(request.dialect);
    this.#line = request.skip + 1;
  }

  visit(bytes: Uint8Array, start: number, next: number): void {
    const { scanner, signs } = this;
    const line = this.#line;
    this.#line += scanner.lines;
    if (next - start > this.longest) this.longest = next - start;
    if (scanner.lineEnd !== "") this.lineEnds.add(scanner.lineEnd);
    this.isLastWhole = scanner.lineEnd !== "";
    if (scanner.isOdd) signs.isOdd = true;
    if (scanner.hasReturnInQuotes) signs.hasReturnInQuotes = true;
    if (scanner.lines > 1) signs.hasLinesInQuotes = true;
    if (scanner.hasDoubledQuote) signs.hasDoubledQuotes = true;
    if (scanner.hasBackslashQuote) signs.hasBackslashQuotes = true;

    if (scanner.kind === "row") this.#record(bytes, start, next, line);
    else if (scanner.kind === "blank") this.#blank(bytes, start, next, line);
    else if (scanner.kind === "comment") {
      this.lines.comments += 1;
      this.isLastWhole = true;
    } else this.#broken(bytes, start, line);
  }

  #record(bytes: Uint8Array, start: number, next: number, line: number): void {
    const { scanner, counts } = this;
    const { fields } = scanner;
    const end = next - scanner.lineEnd.length;
    if (counts === undefined) {
      this.columns = this.#request.columns(scanner.fieldsIn(bytes));
      this.counts = new ColumnCounts(
        this.columns.map(({ isCounted }) => isCounted),
        this.#request.sought,
      );
      if (this.#request.hasHeader) {
        this.#header = bytes.slice(start, end);
        this.lines.header += 1;
      } else {
        this.#row(bytes, line);
      }
    } else if (fields !== this.columns.length) {
      const are = `${fields} ${fields === 1 ? "field" : "fields"}`;
      this.#addBad({ line, column: undefined, reason: `${are} instead of ${this.columns.length}` });
    } else if (end - start === this.#header.length && isSame(this.#header, bytes, start)) {
      this.#addBad({ line, column: undefined, reason: "the header once more" });
    } else {
      this.#row(bytes, line);
    }
  }

  #row(bytes: Uint8Array, line: number): void {
    const { scanner } = this;
    this.lines.rows += 1;
    this.counts?.add(bytes, scanner, line);
    const last = scanner.fields - 1;
    this.#lastColumn.add(bytes, scanner.starts[last] ?? 0, scanner.ends[last] ?? 0);
    if (this.isLastWhole) return;
    this.isLastWhole = scanner.marks[last] !== BARE || this.#lastColumn.isLastWhole();
  }

  /** A line without a value: in a file of one column a null. */
  #blank(bytes: Uint8Array, start: number, next: number, line: number): void {
    if (this.columns.length === 1) {
      this.#row(bytes, line);
      return;
    }
    this.lines.blank += 1;
    this.isLastWhole = true;
    if (this.counts === undefined || next - start > this.scanner.lineEnd.length) this.signs.isOdd = true;
  }

  #broken(bytes: Uint8Array, start: number, line: number): void {
    const { scanner } = this;
    const place = placeOf(bytes, start, scanner.problem, line, this.#request.dialect.lineEnd === "cr" ? 0x0d : 0x0a);
    if (scanner.kind === "open quote") {
      this.lines.bad += 1;
      this.openQuote = { ...place, isOnLastLine: scanner.lines === 1 };
    } else if (scanner.kind === "lone return") {
      this.#addBad({ ...place, reason: "a carriage return (\\r) in the midst of the line" });
    } else {
      this.#addBad({ ...place, reason: "text behind a closing quote" });
    }
  }

  #addBad(bad: BadLine): void {
    this.lines.bad += 1;
    if (this.bad.length < LINES_SHOWN) this.bad.push(bad);
  }
}

function isSame(header: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < header.length; at += 1) if (header[at] !== bytes[start + at]) return false;
  return true;
}
