import { expect, test } from "vitest";
import { noneOf, someOf } from "../../../src/lib/quality/gates/some-of.ts";

test("a short list is told whole, of a longer one the first and how many more", () => {
  expect(someOf([])).toBe("");
  expect(someOf(["a", "b", "c"])).toBe("a, b, c");
  expect(someOf(["a", "b", "c", "d"])).toBe("a, b, c and 1 more");
  expect(someOf(Array.from({ length: 1203 }, () => "a"))).toBe("a, a, a and 1,200 more");
});

test("how many are told may be said", () => {
  expect(someOf(["a", "b", "c"], 2)).toBe("a, b and 1 more");
  expect(someOf(["a", "b", "c", "d"], 4)).toBe("a, b, c, d");
});

test("a gate that lists what it found holds where it found nothing", () => {
  expect(noneOf([], "none")).toEqual({ holds: true, observed: 0, limit: "none", detail: undefined });
  expect(noneOf(["a", "b"], "none")).toEqual({ holds: false, observed: 2, limit: "none", detail: "a, b" });
});
