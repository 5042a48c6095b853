import type { RecordScanner } from "./scanner.ts";

/**
 * Tells the header from rows where it comes once more, as it does when exports are appended to each other: in other quotes, with
 * other spaces, in another case or behind a byte order mark it is the same one.
 */
export class RepeatedHeader {
  readonly #names: ReadonlySet<string>;
  /** of the names in bytes, so that most records are told by the length of their first field */
  readonly #lengths: ReadonlySet<number>;
  readonly #ordered: string;
  readonly #sorted: string;

  /** @param fields  of the header, as they are meant */
  constructor(fields: readonly Uint8Array[]) {
    const names = fields.map(nameOf);
    this.#names = new Set(names.filter((name) => name !== ""));
    this.#lengths = new Set([...this.#names].map((name) => name.length));
    this.#ordered = keyOf(names);
    this.#sorted = keyOf(names.toSorted());
  }

  /** Whether the scanner's last record is the header: in its order, in another one, or not at all. */
  match(bytes: Uint8Array, scanner: RecordScanner): "same" | "other order" | undefined {
    const first = scanner.fieldIn(bytes, 0);
    const isPlain = first[0] !== 0xef && first[0] !== 0x20 && first[first.length - 1] !== 0x20;
    if ((isPlain && !this.#lengths.has(first.length)) || !this.#names.has(nameOf(first))) return undefined;
    const names = scanner.fieldsIn(bytes).map(nameOf);
    if (keyOf(names) === this.#ordered) return "same";
    return keyOf(names.toSorted()) === this.#sorted ? "other order" : undefined;
  }
}

/** In Latin-1, in which all bytes are characters. Behind a byte order mark in the midst of a file quotes are no quotes. */
function nameOf(field: Uint8Array): string {
  const text = Buffer.from(field.buffer, field.byteOffset, field.byteLength).toString("latin1");
  const marked = /^\xef\xbb\xbf"?(.*?)"?$/s.exec(text);
  return (marked?.[1] ?? text).trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const keyOf = (names: readonly string[]) => names.join("\u001f");
