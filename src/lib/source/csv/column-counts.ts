import { SPACE } from "./bytes.ts";
import { formOf } from "./form-of.ts";
import { CONFIGURED_DATE, CONFIGURED_NULL, COUNTERS, EMPTY, LATE_YEAR, QUOTED_EMPTY, TEXT } from "./forms.ts";
import { BARE, ESCAPED, type RecordScanner } from "./scanner.ts";

/** A value of a column, and the line that it stands in. */
export interface Example {
  readonly bytes: Uint8Array;
  readonly line: number;
}

/** What is looked for besides the forms. */
export interface Sought {
  /** words that are null everywhere */
  readonly nulls: readonly Uint8Array[];
  /** whether a text is a date of the configured form */
  readonly isDate: ((text: string) => boolean) | undefined;
}

/** Texts of a column that are kept to show people what it holds. */
const TEXTS_SHOWN = 3;
/** A date of a configured form, with a month in letters, a time of day and spaces around it. */
const LONGEST_DATE = 64;

/** A file's columns: how many values of each form they have. */
export class ColumnCounts {
  readonly #isCounted: readonly boolean[];
  readonly #sought: Sought;
  readonly #counts: Uint32Array;
  readonly #firsts: (Map<number, Example> | undefined)[];
  readonly #texts: Example[][];

  /** @param isCounted  whether each column's values are looked at */
  constructor(isCounted: readonly boolean[], sought: Sought) {
    this.#isCounted = isCounted;
    this.#sought = sought;
    this.#counts = new Uint32Array(isCounted.length * COUNTERS);
    this.#firsts = isCounted.map(() => undefined);
    this.#texts = isCounted.map(() => []);
  }

  /** Counts a row's values. */
  add(bytes: Uint8Array, { starts, ends, marks, fields }: RecordScanner, line: number): void {
    const counts = this.#counts;
    const { isDate } = this.#sought;
    for (let column = 0; column < fields; column += 1) {
      if (this.#isCounted[column] === false) continue;
      const start = starts[column] ?? 0;
      const end = ends[column] ?? 0;
      const packed = this.#formOf(bytes, start, end, marks[column] ?? BARE);
      const form = packed & 0xff;
      const at = column * COUNTERS + form;
      const count = (counts[at] ?? 0) + 1;
      counts[at] = count;
      if (count === 1) this.#keepFirst(column, form, bytes, start, end, line);
      if (packed > 0xff) this.#addOrder(column, packed, bytes, start, end, line);
      if (isDate !== undefined && end - start <= LONGEST_DATE && isDate(latin(bytes, start, end))) {
        this.#countBeside(column, CONFIGURED_DATE, bytes, start, end, line);
      }
      if (form === TEXT && count <= 64) this.#keepText(column, bytes, start, end, line);
    }
  }

  countsOf(column: number): Uint32Array {
    return this.#counts.subarray(column * COUNTERS, (column + 1) * COUNTERS);
  }

  /** The first value of a form. */
  firstOf(column: number, form: number): Example | undefined {
    return this.#firsts[column]?.get(form);
  }

  /** Some of the values that are text, each once. */
  textsOf(column: number): readonly Example[] {
    return this.#texts[column] ?? [];
  }

  #formOf(bytes: Uint8Array, start: number, end: number, mark: number): number {
    if (start === end) return mark === BARE ? EMPTY : QUOTED_EMPTY;
    if (mark === ESCAPED) return TEXT;
    const { nulls } = this.#sought;
    if (nulls.length > 0 && isOneOf(nulls, bytes, start, end)) return CONFIGURED_NULL;
    return formOf(bytes, start, end);
  }

  #addOrder(column: number, packed: number, bytes: Uint8Array, start: number, end: number, line: number): void {
    const order = (packed >> 8) & 0xff;
    if (order > 0) this.#countBeside(column, order, bytes, start, end, line);
    if (packed >= 65536) this.#countBeside(column, LATE_YEAR, bytes, start, end, line);
  }

  #countBeside(column: number, counter: number, bytes: Uint8Array, start: number, end: number, line: number): void {
    const at = column * COUNTERS + counter;
    const count = (this.#counts[at] ?? 0) + 1;
    this.#counts[at] = count;
    if (count === 1) this.#keepFirst(column, counter, bytes, start, end, line);
  }

  #keepFirst(column: number, form: number, bytes: Uint8Array, start: number, end: number, line: number): void {
    const firsts = this.#firsts[column] ?? new Map<number, Example>();
    firsts.set(form, exampleOf(bytes, start, end, line));
    this.#firsts[column] = firsts;
  }

  #keepText(column: number, bytes: Uint8Array, start: number, end: number, line: number): void {
    const texts = this.#texts[column];
    if (texts === undefined || texts.length >= TEXTS_SHOWN) return;
    const example = exampleOf(bytes, start, end, line);
    if (!texts.some((known) => Buffer.compare(known.bytes, example.bytes) === 0)) texts.push(example);
  }
}

function latin(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString("latin1");
}

function exampleOf(bytes: Uint8Array, start: number, end: number, line: number): Example {
  return { bytes: bytes.slice(start, Math.min(end, start + 200)), line };
}

function isOneOf(words: readonly Uint8Array[], bytes: Uint8Array, from: number, to: number): boolean {
  let start = from;
  let end = to;
  while (start < end && bytes[start] === SPACE) start += 1;
  while (start < end && bytes[end - 1] === SPACE) end -= 1;
  return words.some((word) => {
    if (word.length !== end - start) return false;
    for (let at = 0; at < word.length; at += 1) if (word[at] !== bytes[start + at]) return false;
    return true;
  });
}
