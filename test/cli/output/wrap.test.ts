import { expect, test } from "vitest";
import { wrap } from "../../../src/lib/cli/output/wrap.ts";

test("a text is broken at blanks, a longer word is cut, and what fits stays as it is", () => {
  expect(wrap("", 5)).toEqual([""]);
  expect(wrap("abc d", 5)).toEqual(["abc d"]);
  expect(wrap("abc def", 5)).toEqual(["abc", "def"]);
  expect(wrap("abcde fg", 5)).toEqual(["abcde", "fg"]);
  expect(wrap("abcdefgh i", 5)).toEqual(["abcde", "fgh i"]);
});
