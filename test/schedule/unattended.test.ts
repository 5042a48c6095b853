import { expect, test } from "vitest";
import type { StartedBy } from "../../src/lib/ledger/events.ts";
import type { RunStory } from "../../src/lib/ledger/nights-of.ts";
import type { Installed } from "../../src/lib/schedule/installed.ts";
import { startsUnattended } from "../../src/lib/schedule/unattended.ts";

const nothing = { installed: [], strays: [] };
const installed = (by: Installed["by"]): Installed => ({
  ...{ by, at: "06:00", zone: "UTC", place: "", starts: undefined, words: [], isEnabled: true },
});
const story = (started_by: StartedBy | null) => {
  const times = { started_at: "2026-11-23T05:00:00.000Z", ended_at: null, took: null };
  const run: RunStory = {
    run: null,
    started_by,
    ...times,
    outcome: "running",
    stage: null,
    reason: null,
    exit_code: null,
  };
  return { runs: [run] };
};

test("what is installed starts the nights, a timer by its own rules", () => {
  expect(startsUnattended({ ...nothing, installed: [installed("cron")] }, [])).toBe("cron");
  expect(startsUnattended({ ...nothing, installed: [installed("cron"), installed("timer")] }, [])).toBe("timer");
  expect(startsUnattended({ ...nothing, strays: ["0 6 * * * churn run-all"] }, [])).toBe("cron");
});

test("where nothing is, what has started them says it; persons don't", () => {
  expect(startsUnattended(nothing, [])).toBeUndefined();
  expect(startsUnattended(nothing, [story("terminal"), story("make"), story(null)])).toBeUndefined();
  for (const way of ["cron", "timer", "other"] as const)
    expect(startsUnattended(nothing, [story("terminal"), story(way)])).toBe("cron");
});
