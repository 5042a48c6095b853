import { expect, test } from "vitest";
import { isWatched, watchdogTime } from "../../src/lib/schedule/watchdog-time.ts";
import { least, load } from "../support/config-workspace.ts";

test("the watchdog looks a few minutes after the deadline", async () => {
  const timeOf = async (watchdog: string) =>
    watchdogTime((await load({ yaml: `${least}watchdog: ${watchdog}\n` })).config.watchdog);
  expect(await timeOf('{ by: "08:58" }')).toBe("09:03");
  expect(await timeOf('{ by: "23:57" }')).toBe("00:02");
  expect(await timeOf("{ by: null }")).toBe("09:05");
});

test("one is asked for where somebody has set any of its keys", async () => {
  const asked = async (given: Parameters<typeof load>[0]) => isWatched((await load(given)).origins);
  expect(await asked({})).toBe(false);
  expect(await asked({ yaml: `${least}watchdog: { nights: 3 }\n` })).toBe(true);
  expect(await asked({ env: { CHURN_WATCHDOG_BY: "08:00" } })).toBe(true);
});
