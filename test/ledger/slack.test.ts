import { expect, test } from "vitest";
import { isBeforeNightsOf } from "../../src/lib/ledger/slack.ts";

test("what was written some days before a date is of earlier nights, in any time zone and with a clock that was set back", () => {
  expect(isBeforeNightsOf("2026-11-23", "2026-11-19T23:59:59.000Z")).toBe(true);
  expect(isBeforeNightsOf("2026-11-23", "2026-11-20T00:00:00.000Z")).toBe(false);
  expect(isBeforeNightsOf("2026-11-23", "2026-11-23T05:00:00.000Z")).toBe(false);
});
