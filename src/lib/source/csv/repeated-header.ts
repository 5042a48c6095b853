/** A header that comes once more: a second export that was appended to the first. */
export class RepeatedHeader {
  readonly #names: readonly string[];
  readonly #ordered: string;
  readonly #sorted: string;
  /** of the names in bytes, so that most records are told by the length of their first field */
  readonly #lengths: ReadonlySet<number>;

  /** @param fields  of the header, as they are meant */
  constructor(fields: readonly Uint8Array[]) {
    const names = fields.map(nameOf);
    this.#names = names.filter((name) => name !== "");
    this.#lengths = new Set(this.#names.map((name) => Buffer.byteLength(name, "latin1")));
    this.#ordered = keyOf(names);
    this.#sorted = keyOf(names.toSorted());
  }

  /** Whether a first field, with what stands around it in the file, may be one of the header's. */
  isBegun(field: Uint8Array): boolean {
    // A byte order mark comes along where a whole file was appended, and quotes behind it are no quotes then.
    const isPlain = field[0] !== 0xef && field[0] !== 0x20 && field[field.length - 1] !== 0x20;
    return (!isPlain || this.#lengths.has(field.length)) && this.#names.includes(nameOf(field));
  }

  /** Whether a record's fields are the header's: in its order, in another one, or not at all. */
  match(fields: readonly Uint8Array[]): "same" | "other order" | undefined {
    const names = fields.map(nameOf);
    if (keyOf(names) === this.#ordered) return "same";
    return keyOf(names.toSorted()) === this.#sorted ? "other order" : undefined;
  }
}

/** In Latin-1, in which all bytes are characters. */
function nameOf(field: Uint8Array): string {
  const text = Buffer.from(field).toString("latin1");
  const marked = /^\xef\xbb\xbf"?(.*?)"?$/s.exec(text);
  return (marked?.[1] ?? text).trim();
}

const keyOf = (names: readonly string[]) => names.join("\u001f");
