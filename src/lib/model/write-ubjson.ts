/** A list of numbers of one type. */
type Typed = Uint8Array | Int32Array | BigInt64Array | Float32Array;

/** What XGBoost's models are made of: whole numbers below 2^31, texts, lists, objects. */
export type Ubjson = number | string | Typed | readonly Ubjson[] | { readonly [key: string]: Ubjson };

/**
 * Writes UBJSON as XGBoost itself does: lengths before contents, numbers big-endian, a float32 bit by bit.
 *
 * @returns as long as what is in it, and alone in its memory
 * @see https://ubjson.org (draft 12); ubjson.ts reads it
 */
export function writeUbjson(value: Ubjson): Uint8Array {
  const bytes = Buffer.from(new ArrayBuffer(sizeOf(value)));
  write(bytes, 0, value);
  return bytes;
}

/** A letter, and a length as L with its eight bytes. */
const LENGTH = 9;
/** A typed list's bracket, its type and its length. */
const TYPED = 4 + LENGTH;

function sizeOf(value: Ubjson): number {
  if (typeof value === "number") return 5;
  if (typeof value === "string") return 1 + LENGTH + Buffer.byteLength(value);
  if (ArrayBuffer.isView(value)) return TYPED + value.byteLength;
  if (isList(value)) return value.reduce<number>((sum, entry) => sum + sizeOf(entry), 2 + LENGTH);
  return Object.entries(value).reduce((sum, [key, entry]) => sum + LENGTH + Buffer.byteLength(key) + sizeOf(entry), 2);
}

/** @returns where the next value begins */
function write(bytes: Buffer, at: number, value: Ubjson): number {
  if (typeof value === "number") return bytes.writeInt32BE(value, writeLetters(bytes, at, "l"));
  if (typeof value === "string") return writeText(bytes, writeLetters(bytes, at, "S"), value);
  if (ArrayBuffer.isView(value)) return writeTyped(bytes, at, value);
  if (isList(value)) {
    let next = writeLength(bytes, writeLetters(bytes, at, "[#"), value.length);
    for (const entry of value) next = write(bytes, next, entry);
    return next;
  }
  let next = writeLetters(bytes, at, "{");
  for (const [key, entry] of Object.entries(value)) next = write(bytes, writeText(bytes, next, key), entry);
  return writeLetters(bytes, next, "}");
}

function writeTyped(bytes: Buffer, at: number, list: Typed): number {
  const start = writeLength(bytes, writeLetters(bytes, at, `[$${typeOf(list)}#`), list.length);
  const end = start + list.byteLength;
  const written = bytes.subarray(start, end);
  written.set(new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
  // This machine's bytes begin with the least, as every machine's do that churn runs on.
  if (list.BYTES_PER_ELEMENT === 4) written.swap32();
  if (list.BYTES_PER_ELEMENT === 8) written.swap64();
  return end;
}

function typeOf(list: Typed): string {
  if (list instanceof Uint8Array) return "U";
  if (list instanceof Int32Array) return "l";
  return list instanceof Float32Array ? "d" : "L";
}

function writeText(bytes: Buffer, at: number, text: string): number {
  const start = writeLength(bytes, at, Buffer.byteLength(text));
  return start + bytes.write(text, start);
}

/** Below 2^32. */
function writeLength(bytes: Buffer, at: number, length: number): number {
  return bytes.writeUInt32BE(length, bytes.writeUInt32BE(0, writeLetters(bytes, at, "L")));
}

function writeLetters(bytes: Buffer, at: number, letters: string): number {
  for (let index = 0; index < letters.length; index += 1) bytes[at + index] = letters.charCodeAt(index);
  return at + letters.length;
}

function isList(value: readonly Ubjson[] | { readonly [key: string]: Ubjson }): value is readonly Ubjson[] {
  return Array.isArray(value);
}
