import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/lib/errors.ts";
import { parseForeignBooster } from "../../src/lib/model/foreign-booster.ts";
import { parseUbjson, UbjsonError } from "../../src/lib/model/ubjson.ts";
import { mlflowModel } from "../support/mlflow-models.ts";

const ubj = Buffer.from((await mlflowModel("booster-ubj")).get("model.ubj") ?? []);
const json = Buffer.from((await mlflowModel("booster-json")).get("model.json") ?? []);

test("a model has the same trees as UBJSON and as JSON", () => {
  expect(parseForeignBooster(ubj, "model.ubj", false)).toEqual(parseForeignBooster(json, "model.json", false));
});

describe("values", () => {
  test.each([
    ["Z", null],
    ["T", true],
    ["F", false],
    ["i\xff", -1],
    ["U\xff", 255],
    ["I\x01\x00", 256],
    ["l\xff\xff\xff\xfe", -2],
    ["L\0\0\0\x01\0\0\0\0", 2 ** 32],
    ["d\x3f\x80\0\0", 1],
    ["D\x3f\xf8\0\0\0\0\0\0", 1.5],
    ["Ca", "a"],
    ["Si\x02ab", "ab"],
    ["[]", []],
    ["[NTNF]", [true, false]],
    ["[#i\x02TF", [true, false]],
    ["[$U#i\x03\x01\x02\x03", [1, 2, 3]],
    ["{i\x01aT}", { a: true }],
    ["{#i\x01i\x01a[]", { a: [] }],
    ["{i\x09__proto__T}", JSON.parse('{"__proto__":true}')],
  ])("%j", (text, value) => {
    expect(parseUbjson(Buffer.from(text, "latin1"))).toEqual(value);
  });
});

describe("what is no UBJSON ends in a sentence", () => {
  test.each([
    ["", "it ends early: 1 bytes are wanted at byte 0 of 0"],
    ["{", "it ends early: 1 bytes are wanted at byte 1 of 1"],
    ["TT", "it goes on behind its end, at byte 1"],
    ["Si\xff", "it has a length below 0, at byte 3"],
    ["Si\x02\xff\xfe", "it has a text that is not UTF-8, at byte 5"],
    ["[$d#l\x7f\xff\xff\xff", "it has more than 20000000 numbers"],
    ["[$d#l\0\0\x01\0", "it ends early: 1024 bytes are wanted at byte 9 of 9"],
    ["[$T#l\x7f\xff\xff\xff", "it has a list of entries without content, at byte 3"],
    ["[$dT", "it has a typed list without its length, at byte 3"],
    ["[#l\x7f\xff\xff\xff", "it ends early: 1 bytes are wanted at byte 7 of 7"],
    ["{#l\x7f\xff\xff\xff", "it ends early: 1 bytes are wanted at byte 7 of 7"],
    [`[${"[]".repeat(4_000_001)}`, "it has more than 4000000 values"],
    ["SS", 'it has "S" where a length begins, at byte 2'],
    ["x", 'it has "x" where a value begins, at byte 1'],
    ["L\x7f\xff\xff\xff\xff\xff\xff\xff", "it has a number beyond 2^53: 9223372036854775807"],
    ["[".repeat(100_000), "it is nested more than 64 deep, at byte 66"],
  ])("%#", (text, message) => {
    expect(() => parseUbjson(Buffer.from(text, "latin1"))).toThrow(new UbjsonError(message));
  });
});

test("a model that is cut or changed anywhere is a model or a sentence, and never anything else", () => {
  const whole = { from: fc.constant(0), to: fc.nat({ max: ubj.length }) };
  const flips = fc.array(fc.tuple(fc.nat({ max: ubj.length - 1 }), fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
  fc.assert(
    fc.property(whole.to, flips, fc.boolean(), (end, changes, cut) => {
      const bytes = Buffer.from(cut ? ubj.subarray(0, end) : ubj);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      try {
        expect(parseForeignBooster(bytes, "model.ubj", true).treeCount).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 2000 },
  );
});
