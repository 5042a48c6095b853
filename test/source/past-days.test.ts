import { expect, test } from "vitest";
import { configSchema } from "../../src/lib/config/schema.ts";
import { canReadAgain, showsPastDays } from "../../src/lib/source/past-days.ts";

test.each([
  [null, false, false],
  [null, true, true],
  ["snapshot_date", false, true],
])(
  "a date column (%s) or a source that is told the day (%s) shows other days than today: %s",
  (date, choosesDate, is) => {
    const dataset = { id: "id", target: { column: "churned" }, date };
    const config = configSchema.parse({ dataset, source: { url: "duckdb:a.duckdb", table: "t" } });
    expect(showsPastDays(config, { choosesDate })).toBe(is);
  },
);

const today = "2026-11-23";
test.each([
  ["a day of the source", { choosesDate: true, isLive: true }, "2026-11-22", true],
  ["files, today", { choosesDate: false }, today, true],
  ["files that show one state, of a day that is over", { choosesDate: false }, "2026-11-22", false],
  ["a server's current state", { choosesDate: false, isLive: true }, today, false],
])("what can be read again, the same unless others were delivered: %s", (_, source, date, can) => {
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" }, date: null },
    source: { url: "duckdb:a.duckdb", table: "t" },
  });
  expect(canReadAgain(config, source, { date, today })).toBe(can);
});
