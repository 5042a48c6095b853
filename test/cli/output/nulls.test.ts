import { expect, test } from "vitest";
import { nullsLines } from "../../../src/lib/cli/output/nulls.ts";

test("nulls are one line, and none where there are none", () => {
  expect(nullsLines({}, 74)).toEqual([]);
  expect(nullsLines({ price: 1200, since: 3 }, 74)).toEqual([
    "read as null (empty, NA and the like): price 1,200, since 3",
  ]);
  const [cut = ""] = nullsLines(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`c${index}`, 1])), 74);
  expect(cut).toMatch(/^read as null \(empty, NA and the like\): c0 1, .* and \d+ more$/);
  expect(cut.length).toBeLessThanOrEqual(74);
});
