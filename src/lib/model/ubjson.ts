import { VALUE_LIMITS } from "./value-limits.ts";

/**
 * Reads UBJSON as XGBoost writes it, into what JSON.parse would give. What is cut, too deep or larger than it says ends with a
 * sentence: every length is held to the bytes that are left before anything of it is made.
 *
 * @see https://ubjson.org (draft 12), with the typed arrays that XGBoost writes: [$d#L…
 */

/** XGBoost's own models are eleven deep. */
const DEEPEST = 64;

/** Bytes are no UBJSON. */
export class UbjsonError extends Error {
  override readonly name = "UbjsonError";
}

/** Numbers of a fixed size, big-endian. */
const NUMBERS: Readonly<Record<string, { readonly size: number; read(view: DataView, at: number): number }>> = {
  i: { size: 1, read: (view, at) => view.getInt8(at) },
  U: { size: 1, read: (view, at) => view.getUint8(at) },
  I: { size: 2, read: (view, at) => view.getInt16(at) },
  l: { size: 4, read: (view, at) => view.getInt32(at) },
  L: { size: 8, read: (view, at) => safeInteger(view.getBigInt64(at)) },
  d: { size: 4, read: (view, at) => view.getFloat32(at) },
  D: { size: 8, read: (view, at) => view.getFloat64(at) },
};

/**
 * Whether a file begins as XGBoost's UBJSON does: a brace, and no quote or blank behind it.
 *
 * @see https://github.com/dmlc/xgboost/blob/v3.4.1/src/c_api/c_api.cc
 */
export function isUbjson(bytes: Uint8Array): boolean {
  return /^\{[A-Za-z]/.test(Buffer.from(bytes.subarray(0, 2)).toString("latin1"));
}

/** @throws {UbjsonError} what is wrong, and at which byte */
export function parseUbjson(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(reader.marker(), 0);
  if (!reader.isDone) throw new UbjsonError(`it goes on behind its end, at byte ${reader.at}`);
  return value;
}

class Reader {
  at = 0;
  private readonly counts = { numbers: 0, others: 0 };
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly text = new TextDecoder("utf-8", { fatal: true });

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isDone(): boolean {
    return this.at === this.bytes.byteLength;
  }

  /** The next byte that says something; N says nothing. */
  marker(): string {
    for (;;) {
      const marker = String.fromCharCode(this.view.getUint8(this.take(1)));
      if (marker !== "N") return marker;
    }
  }

  value(marker: string, depth: number): unknown {
    if (depth > DEEPEST) throw this.wrong(`is nested more than ${DEEPEST} deep`);
    const number = NUMBERS[marker];
    // A number that stands alone takes as much as its key.
    this.count("others", 1);
    if (number !== undefined) return number.read(this.view, this.take(number.size));
    if (marker === "S") return this.string();
    if (marker === "C") return String.fromCharCode(this.view.getUint8(this.take(1)));
    if (marker === "Z") return null;
    if (marker === "T") return true;
    if (marker === "F") return false;
    if (marker === "[") return this.array(depth + 1);
    if (marker === "{") return this.object(depth + 1);
    throw this.wrong(`has ${JSON.stringify(marker)} where a value begins`);
  }

  private array(depth: number): unknown[] {
    const { type, count } = this.container();
    const number = type === undefined ? undefined : NUMBERS[type];
    if (number !== undefined && count !== undefined) {
      this.count("numbers", count);
      const start = this.take(number.size * count);
      return Array.from({ length: count }, (_, index) => number.read(this.view, start + index * number.size));
    }
    const list: unknown[] = [];
    for (;;) {
      if (list.length === count) return list;
      const marker = type ?? this.marker();
      if (count === undefined && marker === "]") return list;
      list.push(this.value(marker, depth));
    }
  }

  private object(depth: number): Record<string, unknown> {
    const { type, count } = this.container();
    const entries: [string, unknown][] = [];
    for (;;) {
      if (entries.length === count) return Object.fromEntries(entries);
      if (count === undefined && this.peek() === "}") {
        this.take(1);
        return Object.fromEntries(entries);
      }
      const key = this.string();
      entries.push([key, this.value(type ?? this.marker(), depth)]);
    }
  }

  /** The type and the number of a container's entries, where it says them before the first one. */
  private container(): { readonly type: string | undefined; readonly count: number | undefined } {
    let type: string | undefined;
    if (this.peek() === "$") {
      this.take(1);
      type = this.marker();
      // Such entries take no bytes, so nothing would hold their number.
      if ("ZTF".includes(type)) throw this.wrong("has a list of entries without content");
    }
    if (this.peek() === "#") {
      this.take(1);
      return { type, count: this.length() };
    }
    if (type !== undefined) throw this.wrong("has a typed list without its length");
    return { type, count: undefined };
  }

  private string(): string {
    const length = this.length();
    const start = this.take(length);
    try {
      return this.text.decode(this.bytes.subarray(start, start + length));
    } catch {
      throw this.wrong("has a text that is not UTF-8");
    }
  }

  private length(): number {
    const marker = this.marker();
    const number = "iUIlL".includes(marker) ? NUMBERS[marker] : undefined;
    if (number === undefined) throw this.wrong(`has ${JSON.stringify(marker)} where a length begins`);
    const length = number.read(this.view, this.take(number.size));
    if (length < 0) throw this.wrong("has a length below 0");
    return length;
  }

  private peek(): string | undefined {
    return this.isDone ? undefined : String.fromCharCode(this.view.getUint8(this.at));
  }

  /** Moves on. @returns where the bytes begin */
  private take(size: number): number {
    const start = this.at;
    if (size > this.bytes.byteLength - start)
      throw new UbjsonError(`it ends early: ${size} bytes are wanted at byte ${start} of ${this.bytes.byteLength}`);
    this.at = start + size;
    return start;
  }

  private count(what: keyof typeof VALUE_LIMITS, more: number): void {
    this.counts[what] += more;
    if (this.counts[what] > VALUE_LIMITS[what])
      throw new UbjsonError(`it has more than ${VALUE_LIMITS[what]} ${what === "numbers" ? "numbers" : "values"}`);
  }

  private wrong(what: string): UbjsonError {
    return new UbjsonError(`it ${what}, at byte ${this.at}`);
  }
}

function safeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
    throw new UbjsonError(`it has a number beyond 2^53: ${value}`);
  return Number(value);
}
