import { expect, test } from "vitest";
import { reason } from "../../src/lib/cli/reason.ts";
import { expectation } from "../../src/lib/config/expectation.ts";

test("is one line that is what it looks like", () => {
  expect(reason.parse("  zwei Filialen 🏦 zu: שלום ❤️  ")).toBe("zwei Filialen 🏦 zu: שלום ❤️");
  expect(reason.parse("🏦".repeat(500))).toHaveLength(1000);
  const planted = ["", "  ", "a\nb", "a\u001b[2Jb", "a\u202eb", "a\u2066b", "a\u200bb", "a\u2028b", "a\ud800b"];
  for (const text of [...planted, "a".repeat(501)])
    expect(reason.safeParse(text).success, JSON.stringify(text)).toBe(false);
  expect(expectation(reason)).toBe("one line of at most 500 letters, none of which is invisible");
});
