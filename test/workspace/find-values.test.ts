import fc from "fast-check";
import { expect, test } from "vitest";
import { findValues } from "../../src/lib/workspace/find-values.ts";

/** Texts of few letters, so that values overlap. */
const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom("a", "b", "-"), minLength, maxLength });

const isWord = (letter: string | undefined) => letter === "a" || letter === "b";

test.each([false, true])("it finds what a look at each place finds (alone: %s)", (alone) => {
  fc.assert(
    fc.property(fc.array(letters(1, 20)), letters(0, 60), (values, text) => {
      const found = Array.from(text, () => false);
      for (const value of values) {
        for (let from = text.indexOf(value); from >= 0; from = text.indexOf(value, from + 1)) {
          const to = from + value.length;
          if (alone && (isWord(text[from - 1]) || isWord(text[to]))) continue;
          found.fill(true, from, to);
        }
      }
      const seen = Array.from(text, () => false);
      for (const { from, to } of findValues(values, { alone })(text)) seen.fill(true, from, to);
      expect(seen).toEqual(found);
    }),
  );
});

test("its spans are in order and don't overlap", () => {
  fc.assert(
    fc.property(fc.array(letters(1, 20)), letters(0, 60), (values, text) => {
      let end = 0;
      for (const { from, to } of findValues(values)(text)) {
        expect(from).toBeGreaterThanOrEqual(end);
        expect(to).toBeGreaterThan(from);
        end = to;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    }),
  );
});

test.each([
  ["äöüß!", "xäöüß!", 0],
  ["äöüß!", "𝒳äöüß!", 0],
  ["äöüß!", "-äöüß!", 1],
  ["äöüß!", "äöüß!𝟙", 0],
  ["äöüß!", "äöüß!😀", 1],
])("letters and digits of every script count as such: %s in %s", (value, text, spans) => {
  expect(findValues([value], { alone: true })(text)).toHaveLength(spans);
});

test("nothing is found where nothing is looked for", () => {
  expect(findValues([])("text")).toEqual([]);
  expect(findValues([""])("text")).toEqual([]);
});
