import { expect, test } from "vitest";
import { configSchema } from "../../src/lib/config/schema.ts";
import { showsPastDays } from "../../src/lib/source/past-days.ts";

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
