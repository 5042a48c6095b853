import { Chalk } from "chalk";
import { describe, expect, test } from "vitest";
import { historyAtLines, historyLines } from "../../../src/lib/cli/output/history.ts";
import type { ProductionPeriod } from "../../../src/lib/ledger/history.ts";

const shown = { chalk: new Chalk({ level: 0 }), timezone: "Europe/Berlin" };
const period: ProductionPeriod = {
  version: 3,
  from: "2026-11-16T08:02:59.000Z",
  from_after: null,
  seen: null,
  to: "2026-11-23T07:00:00.000Z",
  to_before: null,
  is_current: false,
  how: "promoted",
  by: "maria",
  host: "vm-ml-1",
  reason: null,
  night: "2026-11-16",
};
const now = {
  ...period,
  version: 12,
  from: "2026-11-23T07:00:00.000Z",
  to: null,
  is_current: true,
  how: "rolled_back",
} as const;
const outside = {
  ...period,
  version: 2,
  from: null,
  from_after: "2026-11-09T05:00:00.000Z",
  seen: "2026-11-10T05:00:00.000Z",
  to: null,
  to_before: "2026-11-16T05:00:00.000Z",
  how: "outside",
  by: null,
  host: null,
} as const;
const foreign = {
  ...outside,
  from_after: null,
  how: "unknown",
  to: "2026-11-09T05:00:00.000Z",
  to_before: null,
} as const;

describe("the history", () => {
  test("has a line for each time, by the clocks of the workspace, and the reason below", () => {
    const periods = [
      { ...now, reason: "version 3 calls everybody, says the team that has to call" },
      period,
      outside,
      foreign,
    ];
    expect(historyLines("churn-model", periods, shown)).toEqual([
      "churn-model in production",
      "  version  from                     to",
      "       12  2026-11-23 08:00         now",
      "           brought back by maria@vm-ml-1: version 3 calls everybody, says the",
      "           team that has to call",
      "        3  2026-11-16 09:02         2026-11-23 08:00",
      "           promoted by maria@vm-ml-1",
      "        2  after 2026-11-09 06:00   before 2026-11-16 06:00",
      "           moved outside churn",
      "        2  before 2026-11-10 06:00  2026-11-09 06:00",
    ]);
  });

  test("stays within 80 columns, and lets no name forge a line", () => {
    const long = {
      ...outside,
      how: "promoted",
      by: `${"m".repeat(30)}\nerror  forged`,
      host: "h".repeat(60),
      reason: "r ".repeat(150),
    } as const;
    const lines = historyLines("churn-model", [long], shown);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(lines.join("\n")).not.toContain("\nerror");
  });

  test("says where nothing is known", () => {
    expect(historyLines("churn-model", [], shown)).toEqual([
      "no version of churn-model is known to have been in production",
    ]);
    expect(historyLines("m", [{ ...foreign, seen: null, to: null }], shown)[2]).toMatch(/2 {2}not known +not known$/);
  });
});

describe("a day", () => {
  test.each([
    [[now], "churn-model version 12 from 2026-11-23 08:00 (brought back by maria@vm-ml-1), it\nis now"],
    [
      [{ ...period, reason: "fewer false alarms" }],
      "churn-model version 3 from 2026-11-16 09:02 (promoted by maria@vm-ml-1: fewer\nfalse alarms), to 2026-11-23 08:00",
    ],
    [[outside], "churn-model version 2 from after 2026-11-09 06:00 (moved outside churn), to\nbefore 2026-11-16 06:00"],
    [[], "no version of churn-model is known to have been in production on 2026-11-20"],
  ])("%#", (periods, text) => {
    expect(historyAtLines("churn-model", "2026-11-20", periods, shown).join("\n")).toBe(text);
  });
});
