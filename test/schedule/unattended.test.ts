import { expect, test } from "vitest";
import type { Installed } from "../../src/lib/schedule/installed.ts";
import { startsUnattended } from "../../src/lib/schedule/unattended.ts";

const nothing = { installed: [], strays: [] };
const installed = (by: Installed["by"]): Installed => ({
  ...{ by, at: "06:00", zone: "UTC", place: "", starts: undefined, words: [], isEnabled: true },
});
test("what is installed starts the nights, a timer by its own rules", () => {
  expect(startsUnattended({ ...nothing, installed: [installed("cron")] }, [])).toBe("cron");
  expect(startsUnattended({ ...nothing, installed: [installed("cron"), installed("timer")] }, [])).toBe("timer");
  expect(startsUnattended({ ...nothing, strays: ["0 6 * * * churn run-all"] }, [])).toBe("cron");
});

test("where nothing is, what has started them says it; persons don't", () => {
  expect(startsUnattended(nothing, [])).toBeUndefined();
  expect(startsUnattended(nothing, ["terminal", "make", null])).toBeUndefined();
  for (const way of ["cron", "timer", "other"] as const)
    expect(startsUnattended(nothing, ["terminal", way])).toBe("cron");
});
