import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { watchEncoding } from "../../../src/lib/source/csv/encoding-signs.ts";

function signsOf(bytes: Uint8Array, size: number, isSingleByte = false) {
  const { signs, look } = watchEncoding(isSingleByte);
  for (let at = 0; at < bytes.length; at += size) look(bytes.subarray(at, at + size), false);
  look(new Uint8Array(0), true);
  return signs;
}

const nothing = { hasUtf8: false, brokenAt: -1, notWindowsAt: -1, notLatinAt: -1 };

test.for<[Buffer, Partial<typeof nothing>]>([
  [Buffer.from("plain"), {}],
  [Buffer.from("für 😀"), { hasUtf8: true }],
  [Buffer.from("f\xfcr", "latin1"), { brokenAt: 1 }],
  [Buffer.from("f\xfcr \x80\x81", "latin1"), { brokenAt: 1, notLatinAt: 4, notWindowsAt: 5 }],
  [Buffer.concat([Buffer.from("ü"), Buffer.from("\xfc", "latin1")]), { hasUtf8: true, brokenAt: 2 }],
  [Buffer.from("ü€").subarray(0, -1), { hasUtf8: true, brokenAt: 2, notLatinAt: 3 }],
  // What no UTF-8 has: overlong, half of a pair of UTF-16, beyond Unicode.
  [Buffer.from([0xc0, 0xaf]), { brokenAt: 0 }],
  [Buffer.from([0xed, 0xa0, 0x80]), { brokenAt: 0, notLatinAt: 2 }],
  [Buffer.from([0xf4, 0x90, 0x80, 0x80]), { brokenAt: 0, notWindowsAt: 1, notLatinAt: 1 }],
])("the bytes %j say %j", ([bytes, expected]) => {
  for (const size of [1, 2, 3, 100]) expect(signsOf(bytes, size)).toEqual({ ...nothing, ...expected });
});

test("where each byte is known to be a character, valid UTF-8 is looked at too", () => {
  expect(signsOf(Buffer.from("ä\u0081"), 100, true)).toMatchObject({ notLatinAt: 3, notWindowsAt: 3 });
});

test("it doesn't matter where the pieces end", () => {
  const part = fc.oneof(
    fc.string({ unit: "binary", maxLength: 3 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.integer({ min: 1, max: 5 }), (parts, size) => {
      const bytes = Buffer.concat(parts);
      const signs = signsOf(bytes, size);
      const { hasUtf8, brokenAt } = signsOf(bytes, 1000);
      expect(signs).toMatchObject({ hasUtf8, brokenAt });
      expect(brokenAt === -1).toBe(isUtf8(bytes));
      if (brokenAt !== -1) expect(isUtf8(bytes.subarray(0, brokenAt))).toBe(true);
    }),
  );
});
