import fc from "fast-check";
import { expect, test } from "vitest";
import { parseUbjson } from "../../src/lib/model/ubjson.ts";
import { type Ubjson, writeUbjson } from "../../src/lib/model/write-ubjson.ts";

test("is what ubjson.ts reads", () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.string(),
    fc.uint8Array(),
    fc.int32Array(),
    fc.float32Array({ noNaN: true }),
    fc.array(fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n })).map((list) => BigInt64Array.from(list)),
  );
  const { value } = fc.letrec<{ value: Ubjson }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (written) => {
      expect(parseUbjson(writeUbjson(written))).toEqual(plain(written));
    }),
  );
});

test("floats are kept bit by bit, in XGBoost's typed lists", () => {
  expect(Buffer.from(writeUbjson({ x: Float32Array.of(-0, 2 ** -149) })).toString("latin1")).toBe(
    "{L\0\0\0\0\0\0\0\x01x[$d#L\0\0\0\0\0\0\0\x02\x80\0\0\0\0\0\0\x01}",
  );
});

/** As JSON would have it. */
function plain(value: Ubjson): unknown {
  if (typeof value === "number" || typeof value === "string") return value;
  if (value instanceof BigInt64Array) return Array.from(value, Number);
  if (ArrayBuffer.isView(value)) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}
