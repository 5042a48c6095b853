import { expect, test } from "vitest";
import { withLine } from "../../src/lib/tracking/description.ts";

test("a line is one paragraph more, once", () => {
  expect(withLine("", "Promoted")).toBe("Promoted");
  expect(withLine("Night of 2026-11-23", "Promoted")).toBe("Night of 2026-11-23\n\nPromoted");
  expect(withLine("Night of 2026-11-23\n\nPromoted", "Promoted")).toBeUndefined();
});

test("what MLflow would not keep is left out", () => {
  expect(withLine("😀".repeat(4990), "12345678")).toHaveLength(2 * 4990 + 10);
  expect(withLine("😀".repeat(4990), "123456789")).toBeUndefined();
});
