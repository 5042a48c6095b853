/** A place in a file, both from 1. The column counts characters, or bytes where each byte is one. */
export interface Place {
  readonly line: number;
  readonly column: { readonly ofCharacters: number; readonly ofBytes: number };
}

const LF = 0x0a;

/**
 * Where a byte stands.
 *
 * @param start    where a line begins, not behind `at`
 * @param line     the number of that line
 * @param lineEnd  the byte that ends lines
 */
export function placeOf(bytes: Uint8Array, start: number, at: number, line: number, lineEnd = LF): Place {
  let lineStart = start;
  let number = line;
  for (let next = bytes.indexOf(lineEnd, start); next !== -1 && next < at; next = bytes.indexOf(lineEnd, next + 1)) {
    number += 1;
    lineStart = next + 1;
  }
  let characters = 0;
  // Bytes within a character of UTF-8 begin with 10.
  for (let index = lineStart; index < at; index += 1) if (((bytes[index] ?? 0) & 0xc0) !== 0x80) characters += 1;
  return { line: number, column: { ofCharacters: characters + 1, ofBytes: at - lineStart + 1 } };
}

/** The place of a byte in a stream, by its distance from the start. */
export async function placeInStream(pieces: AsyncIterable<Uint8Array>, offset: number): Promise<Place> {
  let line = 1;
  // What came of the line before this piece.
  let before = { ofCharacters: 0, ofBytes: 0 };
  let passed = 0;
  for await (const piece of pieces) {
    const at = Math.min(offset - passed, piece.length);
    const found = placeOf(piece, 0, at, line);
    const isSameLine = found.line === line;
    const column = {
      ofCharacters: found.column.ofCharacters + (isSameLine ? before.ofCharacters : 0),
      ofBytes: found.column.ofBytes + (isSameLine ? before.ofBytes : 0),
    };
    if (passed + piece.length > offset) return { line: found.line, column };
    line = found.line;
    before = { ofCharacters: column.ofCharacters - 1, ofBytes: column.ofBytes - 1 };
    passed += piece.length;
  }
  return { line, column: { ofCharacters: before.ofCharacters + 1, ofBytes: before.ofBytes + 1 } };
}

/** Passes over the first lines of a stream, whatever they hold. */
export function lineSkipper(count: number, lineEnd: "lf" | "cr") {
  const ending = lineEnd === "cr" ? 0x0d : LF;
  let skipped = 0;
  return {
    skipped: () => skipped,
    /** What is left of a piece. */
    next(piece: Uint8Array): Uint8Array {
      let at = 0;
      while (skipped < count) {
        const end = piece.indexOf(ending, at);
        if (end === -1) return piece.subarray(piece.length);
        skipped += 1;
        at = end + 1;
      }
      return piece.subarray(at);
    },
  };
}
