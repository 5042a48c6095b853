import { SPACE } from "./bytes.ts";

/** How fields and records are told from each other. */
export interface Dialect {
  /** one character of ASCII */
  readonly delimiter: string;
  /** likewise; "" where nothing is quoted */
  readonly quote: string;
  /** what stands before a quote within quotes: the quote itself, or a backslash, say, beside which quotes may be doubled too */
  readonly escape: string;
  /** what a line that is left out begins with; "" where there is none */
  readonly comment: string;
  /** `cr`: lines end with \r alone, as on old Macs; else with \n or \r\n */
  readonly lineEnd: "lf" | "cr";
}

export type RecordKind = "row" | "blank" | "comment" | "text after quote" | "open quote" | "lone return";

/** How a field was written: bare, in quotes, or in quotes with characters that stand for others. */
export const BARE = 0;
export const QUOTED = 1;
export const ESCAPED = 2;

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const BACKSLASH = 0x5c;

/** What ends a bare field, by byte; 0 for what doesn't. */
const ENDS_FIELD = 1;
const ENDS_LINE = 2;
const QUOTE = 3;

/**
 * Finds where a record's fields are. It looks at bytes and knows no encoding but that ASCII is itself, as it is in UTF-8,
 * Latin-1 and windows-1252. One is used for all records: what it found of the last one stands in its properties.
 */
export class RecordScanner {
  kind: RecordKind = "row";
  fields = 0;
  /** of each field, without its quotes */
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** BARE, QUOTED or ESCAPED */
  marks = new Uint8Array(64);
  /** lines that the record takes, one more than there are line ends in its quotes */
  lines = 1;
  lineEnd: "" | "\n" | "\r\n" | "\r" = "";
  /** where it goes wrong, or the quote that isn't closed */
  problem = 0;
  /** what not every reader takes for the same: spaces around quotes, quotes in a bare field */
  isOdd = false;
  hasReturnInQuotes = false;
  hasDoubledQuote = false;
  /** a backslash before a quote, which is a sign of another escape */
  hasBackslashQuote = false;

  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #comment: number;
  readonly #isCr: boolean;
  /** bytes at which a bare field and a quoted one have to be looked at */
  readonly #bare = new Uint8Array(256);
  readonly #quoted = new Uint8Array(256);

  constructor({ lineEnd, ...dialect }: Dialect) {
    const code = (text: string) => (text === "" ? -1 : text.charCodeAt(0));
    this.#delimiter = code(dialect.delimiter);
    this.#quote = code(dialect.quote);
    this.#escape = code(dialect.escape);
    this.#comment = code(dialect.comment);
    this.#isCr = lineEnd === "cr";
    this.#bare[LF] = ENDS_LINE;
    this.#bare[CR] = ENDS_LINE;
    this.#bare[this.#delimiter] = ENDS_FIELD;
    if (this.#quote !== -1) this.#bare[this.#quote] = QUOTE;
    for (const byte of [LF, CR, this.#quote, this.#escape]) if (byte !== -1) this.#quoted[byte] = 1;
  }

  /**
   * Scans the record that begins at `from`.
   *
   * @param isLast  whether nothing comes behind `end`
   * @returns where the next one begins; -1 where the record may go on behind `end`
   */
  next(bytes: Uint8Array, from: number, end: number, isLast: boolean): number {
    this.#begin();
    if (bytes[from] === this.#comment) {
      this.kind = "comment";
      return this.#restOfLine(bytes, from, end, isLast);
    }
    let at = from;
    for (;;) {
      at = this.#field(bytes, at, end, isLast);
      if (at === -1 || this.kind === "open quote") return at;
      if (this.kind === "text after quote") return this.#restOfLine(bytes, at, end, isLast);
      if (at === end || bytes[at] !== this.#delimiter) break;
      at += 1;
      if (at === end && !isLast) return -1;
    }
    if (this.fields === 1 && this.marks[0] === BARE && this.#isBlank(bytes)) this.kind = "blank";
    return this.#lineEndAt(bytes, at, end);
  }

  #begin(): void {
    this.kind = "row";
    this.fields = 0;
    this.lines = 1;
    this.lineEnd = "";
    this.isOdd = false;
    this.hasReturnInQuotes = false;
    this.hasDoubledQuote = false;
    this.hasBackslashQuote = false;
  }

  /** Scans a field; at its end stands a delimiter, a line end or nothing. */
  #field(bytes: Uint8Array, from: number, end: number, isLast: boolean): number {
    if (this.#quote !== -1) {
      let at = from;
      while (at < end && bytes[at] === SPACE) at += 1;
      if (at < end && bytes[at] === this.#quote) {
        if (at > from) this.isOdd = true;
        return this.#quotedField(bytes, at, end, isLast);
      }
    }
    const bare = this.#bare;
    let at = from;
    for (; at < end; at += 1) {
      const found = bare[bytes[at] ?? 0];
      if (found === 0) continue;
      if (found === ENDS_FIELD) break;
      if (found === QUOTE) this.isOdd = true;
      else if (this.#endsLine(bytes, at, end)) break;
    }
    if (at === end && !isLast) return -1;
    // What comes behind \r isn't known yet.
    if (at + 1 === end && bytes[at] === CR && !isLast) return -1;
    this.#add(from, at, BARE);
    return at;
  }

  #quotedField(bytes: Uint8Array, opening: number, end: number, isLast: boolean): number {
    const quoted = this.#quoted;
    let mark = QUOTED;
    let at = opening + 1;
    for (;;) {
      while (at < end && quoted[bytes[at] ?? 0] === 0) at += 1;
      if (at >= end) return this.#openQuote(opening, end, isLast);
      const byte = bytes[at];
      const next = bytes[at + 1];
      if (byte === this.#quote || byte === this.#escape) {
        if (at + 1 === end && !isLast) return -1;
        const isPair = at + 1 < end && this.#isPair(byte, next);
        if (byte === this.#quote) {
          if (bytes[at - 1] === BACKSLASH && at - 1 > opening) this.hasBackslashQuote = true;
          if (!isPair) break;
          this.hasDoubledQuote = true;
        }
        if (isPair) mark = ESCAPED;
        at += isPair ? 2 : 1;
        continue;
      }
      if (byte === CR) this.hasReturnInQuotes = true;
      if ((byte === CR) === this.#isCr) this.lines += 1;
      at += 1;
    }
    this.#add(opening + 1, at, mark);
    at += 1;
    while (at < end && bytes[at] === SPACE) {
      this.isOdd = true;
      at += 1;
    }
    if (at === end) return isLast ? at : -1;
    const behind = this.#bare[bytes[at] ?? 0];
    if (behind === ENDS_FIELD) return at;
    if (behind === ENDS_LINE) {
      if (bytes[at] === CR && at + 1 === end && !isLast) return -1;
      if (this.#endsLine(bytes, at, end)) return at;
    }
    this.kind = "text after quote";
    this.problem = at;
    return at;
  }

  #openQuote(opening: number, end: number, isLast: boolean): number {
    if (!isLast) return -1;
    this.kind = "open quote";
    this.problem = opening;
    return end;
  }

  /** Whether a \r or \n ends the line; what doesn't is content, and a problem. */
  #endsLine(bytes: Uint8Array, at: number, end: number): boolean {
    const isReturn = bytes[at] === CR;
    const isPair = isReturn && bytes[at + 1] === LF && at + 1 < end;
    if (this.#isCr) {
      if (isReturn && !isPair) return true;
    } else if (!isReturn || isPair || at + 1 === end) {
      return true;
    }
    if (this.kind === "row") {
      this.kind = "lone return";
      this.problem = at;
    }
    return false;
  }

  #lineEndAt(bytes: Uint8Array, at: number, end: number): number {
    // A file that ends with \r was cut before its \n.
    if (at === end || (at + 1 === end && bytes[at] === CR && !this.#isCr)) return end;
    if (bytes[at] === LF) this.lineEnd = "\n";
    else this.lineEnd = this.#isCr ? "\r" : "\r\n";
    return at + this.lineEnd.length;
  }

  /** Passes over what is left of a line, whatever it holds. */
  #restOfLine(bytes: Uint8Array, from: number, end: number, isLast: boolean): number {
    const ending = this.#isCr ? CR : LF;
    const found = bytes.indexOf(ending, from);
    if (found === -1 || found >= end) return isLast ? end : -1;
    this.lineEnd = this.#isCr ? "\r" : bytes[found - 1] === CR ? "\r\n" : "\n";
    return found + 1;
  }

  #add(start: number, end: number, mark: number): void {
    if (this.fields === this.starts.length) this.#grow();
    this.starts[this.fields] = start;
    this.ends[this.fields] = end;
    this.marks[this.fields] = mark;
    this.fields += 1;
  }

  #grow(): void {
    const size = this.fields * 2;
    const [starts, ends, marks] = [new Int32Array(size), new Int32Array(size), new Uint8Array(size)];
    starts.set(this.starts);
    ends.set(this.ends);
    marks.set(this.marks);
    this.starts = starts;
    this.ends = ends;
    this.marks = marks;
  }

  #isBlank(bytes: Uint8Array): boolean {
    for (let at = this.starts[0] ?? 0; at < (this.ends[0] ?? 0); at += 1) {
      if (bytes[at] !== SPACE && bytes[at] !== TAB) return false;
    }
    return true;
  }

  /** The fields of the last record, as they are meant. */
  fieldsIn(bytes: Uint8Array): Uint8Array[] {
    return Array.from({ length: this.fields }, (_, index) => this.fieldIn(bytes, index));
  }

  /** One of them. */
  fieldIn(bytes: Uint8Array, index: number): Uint8Array {
    const field = bytes.subarray(this.starts[index], this.ends[index]);
    if (this.marks[index] !== ESCAPED) return field;
    const plain = new Uint8Array(field.length);
    let length = 0;
    for (let at = 0; at < field.length; at += 1) {
      if (this.#isPair(field[at], field[at + 1])) at += 1;
      plain[length] = field[at] ?? 0;
      length += 1;
    }
    return plain.subarray(0, length);
  }

  /** Whether two bytes within quotes stand for the second one. */
  #isPair(byte: number | undefined, next: number | undefined): boolean {
    if (byte === this.#quote) return next === this.#quote;
    return byte === this.#escape && (next === this.#quote || next === this.#escape);
  }
}
