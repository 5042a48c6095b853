import { SPACE } from "./bytes.ts";
import type { RecordScanner } from "./scanner.ts";

/** A byte order mark of UTF-8, which comes along where a whole file was appended. */
const MARK = "\xef\xbb\xbf";
/** Bytes that may stand around a name: such a mark, and quotes. */
const AROUND = 6;

/**
 * Tells the header from rows where it comes again, as it does when exports are appended to each other: in other quotes, with
 * other spaces, in another case or behind a byte order mark it is the same one. With other columns, or these in another order, it is another: what follows
 * it would be read under wrong names.
 */
export class SecondHeader {
  readonly #names: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #longest: number;
  /** bytes with which a name begins, so that most rows are told by one */
  readonly #begins = new Uint8Array(256);

  /** @param header  the fields of the first record */
  constructor(header: readonly Uint8Array[]) {
    this.#names = header.map((field) => plain(field, 0, field.length));
    this.#known = new Set(this.#names.filter((name) => name !== ""));
    this.#longest = Math.max(0, ...header.map((field) => field.length));
    for (const name of this.#known) {
      this.#begins[name.charCodeAt(0)] = 1;
      this.#begins[name.toUpperCase().charCodeAt(0)] = 1;
    }
    this.#begins[MARK.charCodeAt(0)] = 1;
  }

  /** What the scanner's last record is: the same header, another one, or undefined for a row. */
  kindOf(bytes: Uint8Array, scanner: RecordScanner): "same" | "other" | undefined {
    const last = scanner.fields - 1;
    if (!this.#isName(bytes, scanner, 0) && !this.#isName(bytes, scanner, last)) return undefined;
    const fields = scanner.fieldsIn(bytes).map((field) => plain(field, 0, field.length));
    if (fields.length === this.#names.length && fields.every((field, at) => field === this.#names[at])) return "same";
    const named = new Set(fields.filter((field) => this.#known.has(field)));
    return named.size > 1 && named.size * 2 > fields.length ? "other" : undefined;
  }

  #isName(bytes: Uint8Array, { starts, ends }: RecordScanner, field: number): boolean {
    const [start = 0, end = 0] = [starts[field], ends[field]];
    let at = start;
    while (at < end && bytes[at] === SPACE) at += 1;
    if (at === end || this.#begins[bytes[at] ?? 0] === 0 || end - at > 2 * this.#longest + AROUND) return false;
    return this.#known.has(plain(bytes, at, end));
  }
}

/** A name without what stands around it, in lower case as far as it is ASCII. Behind a mark quotes are none for the scanner. */
function plain(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  const unmarked = text.startsWith(MARK) ? text.slice(MARK.length).replace(/^"(.*)"$/s, "$1") : text;
  return unmarked.replace(/^ +| +$/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
