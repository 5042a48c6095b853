import { Chalk } from "chalk";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { FilledDay } from "../../../src/lib/backfill/report.ts";
import {
  dayLine,
  dayView,
  filledLines,
  filledText,
  openDaysLines,
  plannedLines,
} from "../../../src/lib/cli/output/backfill.ts";

const plain = new Chalk({ level: 0 });
const decided: FilledDay = {
  date: "2026-11-18",
  night: "2026-11-18",
  run: "20261124T050000Z-7f3a",
  outcome: "not_registered",
  comparison: "not_better",
  stage: null,
  f1: 0.549,
  auc_roc: 0.837,
  version: null,
  reason: "F1 0.549 is 0.6 % below version 3",
  exit_code: 0,
  took: 4.4,
  told_before: false,
};
const registered: FilledDay = {
  ...decided,
  date: "2026-11-20",
  night: "2026-11-20",
  outcome: "registered",
  version: 4,
  reason:
    "Held against version 2: better. Version 3 was in production when it was decided, and this one was not held against it",
};
const failed: FilledDay = {
  ...{ ...decided, date: "2026-11-19", night: "2026-11-19", outcome: "failed", comparison: null, stage: "validate" },
  ...{ f1: null, auc_roc: null, exit_code: 3, took: 0.6 },
  reason: "2 of 11 quality gates failed on raw/2026-11-19/customers.parquet, which is more than a line can hold",
};

test("the days that are to be filled come first, as many a line as fit", () => {
  const span = { since: "2026-11-01", until: "2026-11-10", days: 10 };
  const days = Array.from({ length: 8 }, (_, index) => `2026-11-0${index + 1}`);
  expect(openDaysLines(days, span)).toEqual([
    "2026-11-01 to 2026-11-10: 8 of 10 days have no decided night",
    "  2026-11-01  2026-11-02  2026-11-03  2026-11-04  2026-11-05  2026-11-06",
    "  2026-11-07  2026-11-08",
  ]);
  expect(openDaysLines(["2026-11-01"], { since: "2026-11-01", until: "2026-11-01", days: 1 })).toEqual([
    "2026-11-01: 1 of 1 day has no decided night",
    "  2026-11-01",
  ]);
  expect(openDaysLines([], span)).toEqual(["2026-11-01 to 2026-11-10: each of 10 days has a decided night"]);
});

test("a day's line says what came of it", () => {
  const lines = ["better: F1 0.573 against 0.561 (+2.1 %)", "churn-model version 4 in Staging"];
  expect(dayLine(plain, registered, lines)).toBe(
    "  ✔ 2026-11-20     4.4 s   better: F1 0.573 against 0.561 (+2.1 %); churn-model…",
  );
  expect(dayLine(plain, failed, [])).toBe(
    "  ✖ 2026-11-19     0.6 s   validate: 2 of 11 quality gates failed on raw/2026-1…",
  );
  expect(dayLine(plain, { ...decided, outcome: "decided_before" }, [])).toBe(
    "  · 2026-11-18     4.4 s   decided by another run meanwhile",
  );
});

test("the end is a table, with the reason below what failed, and below what is to be promoted", () => {
  expect(filledLines([decided, failed, registered], plain)).toEqual([
    "  date         outcome         F1     AUC   version    took",
    "  2026-11-18   not better   0.549   0.837         –   4.4 s",
    "  2026-11-19   failed           –       –         –   0.6 s",
    "    validate: 2 of 11 quality gates failed on raw/2026-11-19/customers.parquet,",
    "    which is more than a line can hold",
    "  2026-11-20   registered   0.549   0.837         4   4.4 s",
    "    Held against version 2: better. Version 3 was in production when it was",
    "    decided, and this one was not held against it",
  ]);
  expect(filledText([decided, failed, registered], ["2026-11-21"])).toBe(
    "2 of 4 days have a night now, 1 failed, 1 not tried",
  );
  expect(filledText([decided], [])).toBe("1 of 1 day has a night now");
});

test("whatever is said, no line is wider than the screen", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.constantFrom(decided, failed), (text, day) => {
      const one = { ...day, reason: text };
      for (const line of [dayLine(plain, one, [text]), ...filledLines([one], plain)])
        expect([...line].length).toBeLessThanOrEqual(80);
    }),
  );
});

test("a dry run says of each day where it would begin, and whether it may register", () => {
  const plan = { date: "2026-11-18", night: "2026-11-18", first_stage: "extract", is_older: true, may_register: false };
  expect(
    plannedLines([
      plan,
      { ...plan, night: "2026-11-19", first_stage: "transform", may_register: true },
      { ...plan, night: "2026-11-20", first_stage: null, is_older: false, may_register: true },
    ]),
  ).toEqual([
    "  2026-11-18   all stages          an older night: registers nothing",
    "  2026-11-19   from transform on   may register",
    "  2026-11-20   nothing to do       may register",
  ]);
});

test("a day at work is shown by its stage, on a terminal alone", () => {
  const seen: (string | undefined)[] = [];
  const terminal = { columns: 80, interactive: true, status: (line: string | undefined) => seen.push(line) };
  const draw = (view: ReturnType<typeof dayView>) => {
    view.stageStarts({ name: "train", command: "", reason: undefined });
    view.stageProgress("train", `round 3 of 5${" and more".repeat(20)}`, 0.6);
    view.stageEnds(
      { name: "train", status: "succeeded", seconds: 1, text: "", reason: undefined, tries: undefined },
      [],
    );
  };
  draw(dayView(terminal, "2026-11-18"));
  expect(seen[0]).toBe("  … 2026-11-18   train       ");
  expect(seen[1]).toHaveLength(79);
  expect(seen[2]).toBeUndefined();
  seen.length = 0;
  draw(dayView({ ...terminal, interactive: false }, "2026-11-18"));
  expect(seen).toEqual([undefined]);
});

test("a night is called as churn status calls it: a twin of a registered model is no better one", () => {
  const words = (day: FilledDay) => filledLines([day], plain)[1];
  expect(words({ ...decided, comparison: "better" })).toMatch(/^ +2026-11-18 +registered before +/);
  expect(words({ ...decided, outcome: "decided_before", comparison: null })).toMatch(/^ +2026-11-18 +decided before +/);
});
