import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, changedKeys } from "../../src/lib/config/digest.ts";

test("the order of keys never matters, that of a list does", () => {
  expect(canonicalJson({ b: [2, 1], a: { d: null, c: undefined } })).toBe('{"a":{"d":null},"b":[2,1]}');
});

test("canonical JSON is JSON of the same value, and the same text once more", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test("what changed is named by its dotted path", () => {
  const before = { train: { rounds: 100, params: { max_depth: 5 } }, features: ["a"], split: { salt: "x" }, old: null };
  const now = {
    train: { rounds: 100, params: { max_depth: 8, gamma: 1 } },
    features: ["a", "b"],
    split: { salt: "x" },
  };
  expect(changedKeys(before, now)).toEqual(["features", "old", "train.params.gamma", "train.params.max_depth"]);
});

test("two values have changed keys exactly when their canonical JSON differs", () => {
  const map = fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom(null, 1, [1], { c: 1 }, { c: null }));
  fc.assert(
    fc.property(map, map, (before, now) => {
      expect(changedKeys(before, now).length === 0).toBe(canonicalJson(before) === canonicalJson(now));
    }),
  );
});
