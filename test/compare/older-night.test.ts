import { expect, test } from "vitest";
import { newerThan, requireStillNewest } from "../../src/lib/compare/older-night.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";

const DATE = "2026-11-23";
const productionOf = (night?: string) => ({
  version: 3,
  tag: (key: string) => (key === tags.night ? night : undefined),
});

test("a night is older than a later one that is decided", () => {
  expect(newerThan(DATE, nightOf("2026-11-24", 2), undefined)).toBe("The night of 2026-11-24.2 is decided already");
});

test("a night is older than the model in production where that is of a later date", () => {
  expect(newerThan(DATE, undefined, productionOf("2026-11-24.2"))).toBe("Version 3 in production is of 2026-11-24.2");
  for (const night of [DATE, `${DATE}.2`, "2026-11-22", "", "a foreign one"])
    expect(newerThan(DATE, undefined, productionOf(night)), night).toBeUndefined();
  expect(newerThan(DATE, undefined, productionOf())).toBeUndefined();
  expect(newerThan(DATE, undefined, undefined)).toBeUndefined();
});

test("a verdict is no longer one once a later night was decided, unless it says so", () => {
  const later = nightOf("2026-11-24", 1);
  expect(() => requireStillNewest({ outcome: "better" }, undefined, DATE)).not.toThrow();
  expect(() => requireStillNewest({ outcome: "older_night" }, later, DATE)).not.toThrow();
  expect(() => requireStillNewest({ outcome: "better" }, later, DATE)).toThrow(
    expect.objectContaining({
      exitCode: 4,
      message: "the night of 2026-11-24 was decided since compare judged that of 2026-11-23",
      hint: "churn compare --date 2026-11-23",
    }),
  );
});
