import { expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { scheduledWords } from "../../src/lib/schedule/words.ts";
import { least } from "../support/config-workspace.ts";

const config = (schedule: object = {}) => configSchema.parse({ ...parse(least), schedule });

test("a night waits for another run, unless churn.yaml says otherwise, and catches up what churn.yaml says", () => {
  expect(scheduledWords("a night", "cron", config())).toEqual(["run-all", "--wait-lock", "30m", "--quiet"]);
  expect(scheduledWords("a night", "timer", config({ wait_lock: null }))).toEqual(["run-all"]);
  const both = config({ catch_up: 7, wait_lock: "1h" });
  expect(scheduledWords("a night", "timer", both)).toEqual(["run-all", "--catch-up", "7", "--wait-lock", "1h"]);
});

test("the watchdog does neither", () => {
  const both = config({ catch_up: 7, wait_lock: "1h" });
  expect(scheduledWords("the watchdog", "cron", both)).toEqual(["watchdog", "--quiet"]);
  expect(scheduledWords("the watchdog", "timer", both)).toEqual(["watchdog"]);
});
