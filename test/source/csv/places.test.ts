import fc from "fast-check";
import { expect, test } from "vitest";
import { lineSkipper, placeInStream, placeOf } from "../../../src/lib/source/csv/places.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("a byte's place is its line and column, wherever the pieces end", async () => {
  const text = fc.array(fc.constantFrom("a", "ü", "😀", "\n", "\r\n"), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(text, fc.nat(), fc.integer({ min: 1, max: 7 }), async (parts, choice, size) => {
      const before = parts.slice(0, choice % parts.length).join("");
      const lines = before.split("\n");
      const last = lines.at(-1) ?? "";
      const bytes = Buffer.from(parts.join(""));
      const expected = {
        line: lines.length,
        column: { ofCharacters: [...last].length + 1, ofBytes: Buffer.byteLength(last) + 1 },
      };
      expect(placeOf(bytes, 0, Buffer.byteLength(before), 1)).toEqual(expected);
      expect(await placeInStream(pieces(bytes, size), Buffer.byteLength(before))).toEqual(expected);
    }),
  );
});

test("lines are passed over by their ends, whatever they hold", () => {
  const skip = (count: number, text: string, lineEnd: "lf" | "cr", size: number) => {
    const skipper = lineSkipper(count, lineEnd);
    const bytes = Buffer.from(text);
    let left = "";
    for (let at = 0; at < bytes.length; at += size)
      left += Buffer.from(skipper.next(bytes.subarray(at, at + size))).toString();
    return [left, skipper.skipped()];
  };
  for (const size of [1, 2, 100]) {
    expect(skip(2, '"a\nb\r\nc\nd', "lf", size)).toEqual(["c\nd", 2]);
    expect(skip(1, "a\nb\rc", "cr", size)).toEqual(["c", 1]);
    expect(skip(3, "a\nb", "lf", size)).toEqual(["", 1]);
    expect(skip(0, "a\n", "lf", size)).toEqual(["a\n", 0]);
  }
});
