import { isAscii, isUtf8 } from "node:buffer";
import { isCharacter } from "./encoding.ts";

/** What a file's bytes say of its encoding. Places are counted from the file's start, of the first such byte; -1: there is none. */
export interface EncodingSigns {
  /** a character of UTF-8 that is more than one byte */
  hasUtf8: boolean;
  /** no part of a character of UTF-8 */
  brokenAt: number;
  /** no character of windows-1252 */
  notWindowsAt: number;
  /** no character of Latin-1 */
  notLatinAt: number;
}

/**
 * Watches a file's bytes pass by, piece by piece.
 *
 * @param isSingleByte  whether each byte is known to be a character; else that is looked at once the file is no UTF-8
 */
export function watchEncoding(isSingleByte: boolean) {
  const signs: EncodingSigns = { hasUtf8: false, brokenAt: -1, notWindowsAt: -1, notLatinAt: -1 };
  let seen = 0;
  // A character that the last piece ended in the midst of.
  let rest: Uint8Array = new Uint8Array(0);

  const look = (bytes: Uint8Array, isLast: boolean) => {
    const offset = seen - rest.length;
    seen += bytes.length;
    if (rest.length === 0 && isAscii(bytes)) return;
    const joined = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const end = isLast ? joined.length : joined.length - unfinished(joined);
    const whole = joined.subarray(0, end);
    rest = joined.slice(end);
    if (!isUtf8(whole)) lookClosely(whole, offset, signs);
    else if (!isAscii(whole)) signs.hasUtf8 = true;
    if (isSingleByte || signs.brokenAt !== -1) lookForStrangers(joined, offset, signs);
  };
  return { signs, look };
}

/** How many bytes at the end begin a character that isn't whole. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

/** Finds what is UTF-8 and what isn't, character by character. */
function lookClosely(bytes: Uint8Array, offset: number, signs: EncodingSigns): void {
  for (let at = 0; at < bytes.length; ) {
    if ((bytes[at] ?? 0) < 0x80) {
      at += 1;
      continue;
    }
    const length = sequenceLength(bytes[at] ?? 0);
    if (length > 1 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) {
      signs.hasUtf8 = true;
      at += length;
    } else {
      if (signs.brokenAt === -1) signs.brokenAt = offset + at;
      at += 1;
    }
  }
}

function sequenceLength(byte: number): number {
  if (byte < 0xc0) return 1;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

function lookForStrangers(bytes: Uint8Array, offset: number, signs: EncodingSigns): void {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80 || byte > 0x9f) continue;
    if (signs.notLatinAt === -1) signs.notLatinAt = offset + at;
    if (isCharacter(byte, "windows-1252")) continue;
    if (signs.notWindowsAt === -1) signs.notWindowsAt = offset + at;
    return;
  }
}
