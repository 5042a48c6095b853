import { TryLaterError, UsageError } from "../../errors.ts";

/** Half of a character of two units. */
const ALONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * UTF-16 as UTF-8, piece by piece.
 *
 * @param of.isBigEndian  whether the higher byte comes first
 */
export function utf16Decoder(of: { readonly name: string; readonly isBigEndian: boolean }) {
  let rest = Buffer.alloc(0);
  let line = 1;
  let column = 1;

  return {
    /** @throws {UsageError} at half a character, with line and column */
    next(piece: Uint8Array): Uint8Array {
      const bytes = Buffer.concat([rest, piece]);
      let end = bytes.length - (bytes.length % 2);
      // The first half of a character of two units waits for the second.
      const highAt = of.isBigEndian ? end - 2 : end - 1;
      if (end > 0 && ((bytes[highAt] ?? 0) & 0xfc) === 0xd8) end -= 2;
      rest = bytes.subarray(end);
      const units = bytes.subarray(0, end);
      if (of.isBigEndian) units.swap16();
      const text = units.toString("utf16le");
      const alone = text.search(ALONE);
      if (alone !== -1) refuse(text, alone);
      const lastLine = text.lastIndexOf("\n");
      if (lastLine === -1) {
        column += text.length;
      } else {
        for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) line += 1;
        column = text.length - lastLine;
      }
      return Buffer.from(text, "utf8");
    },
    /** @throws {TryLaterError} when the text ends in the midst of a character */
    end(): void {
      if (rest.length === 0) return;
      throw new TryLaterError(
        `source.url: ${of.name} ends in the midst of a character`,
        "is it still being written? run it again once it is whole",
      );
    },
  };

  function refuse(text: string, at: number): never {
    const before = text.slice(0, at).split("\n");
    const place =
      before.length === 1
        ? `line ${line}, column ${column + at}`
        : `line ${line + before.length - 1}, column ${(before.at(-1) ?? "").length + 1}`;
    throw new UsageError(
      `source.url: ${of.name}, ${place}: half a character of UTF-16`,
      "source.csv.encoding in churn.yaml names another encoding",
    );
  }
}
