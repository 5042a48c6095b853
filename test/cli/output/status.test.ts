import { Chalk } from "chalk";
import { describe, expect, test } from "vitest";
import { statusLines } from "../../../src/lib/cli/output/status.ts";
import { UNDECIDED } from "../../../src/lib/ledger/nights-of.ts";
import type { Status, StatusNight } from "../../../src/lib/status/format.ts";
import { addDays } from "../../../src/lib/workspace/night.ts";

const shown = { chalk: new Chalk({ level: 0 }), timezone: "Europe/Berlin" };

const night = (date: string, change: Partial<StatusNight> = {}): StatusNight => ({
  date,
  night: date,
  outcome: "registered",
  comparison: "better",
  f1: 0.5712,
  auc_roc: 0.8411,
  version: 4,
  production: { version: 3, f1: 0.552 },
  improvement: 0.0344,
  decided_at: `${date}T05:00:09.000Z`,
  is_older: false,
  stage: null,
  reason: "F1 0.571 against 0.552 of version 3 (+3.4 %)",
  exit_code: 0,
  took: 4.61,
  started_by: "cron",
  attempts: 1,
  ...change,
});
const missed = (date: string) =>
  night(date, {
    ...UNDECIDED,
    night: null,
    outcome: "missed",
    reason: null,
    took: null,
    started_by: null,
    attempts: 0,
  });

const status: Status = {
  model: "churn-model",
  production: { version: 3, night: "2026-11-16", age_days: 7, since: null, by: "maria", told_by: "registry" },
  lost: null,
  last_success: { night: "2026-11-23", at: "2026-11-23T05:00:09.000Z" },
  failing: null,
  schedules: [
    { by: "cron", place: "0 6 * * * churn", next_run: "2026-11-24T05:00:00.000Z", is_running: true, unfired: null },
  ],
  last_fired: "2026-11-23T05:00:01.000Z",
  is_unattended: true,
  nights: [
    night("2026-11-23"),
    night("2026-11-22", { outcome: "not_registered", comparison: "not_better", version: null, improvement: -0.0061 }),
    night("2026-11-21", {
      ...UNDECIDED,
      outcome: "failed",
      stage: "validate",
      reason: "2 of 11 quality gates failed",
      took: 0.6,
    }),
    missed("2026-11-20"),
  ],
  problems: [],
};
const reasons = (...nights: StatusNight[]) => {
  const [, , , header = "", ...rows] = statusLines({ ...status, nights }, shown);
  return rows.slice(0, nights.length).map((row) => row.slice(header.indexOf("reason")));
};

describe("how the nights stand", () => {
  test("is a screen of at most 80 columns: facts, nights, what tells more", () => {
    const lines = statusLines(status, shown);
    expect(lines).toEqual([
      "production  version 3, 7 days old        last success   2026-11-23 06:00:09",
      "next run    2026-11-24 06:00 (cron)      failing since  –",
      "",
      "  date        outcome        F1    AUC  version   took  reason",
      "  2026-11-23  registered  0.571  0.841        4  4.6 s  +3.4 % over version 3",
      "  2026-11-22  not better  0.571  0.841        –  4.6 s  0.6 % below version 3",
      "  2026-11-21  failed          –      –        –  0.6 s  validate: 2 of 11 quali…",
      "  2026-11-20  missed          –      –        –      –  nothing started",
      "",
      "Make up for missed days:  churn backfill --since 2026-11-20 --until 2026-11-20",
      "Understand:  churn why 2026-11-23",
    ]);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test("days that were missed in a row are one line where they are many", () => {
    const days = (count: number) => Array.from({ length: count }, (_, back) => missed(addDays("2026-11-23", -back)));
    expect(reasons(...days(3), night("2026-11-20"))).toHaveLength(4);
    const [first, second] = reasons(...days(18), night("2026-11-05"), missed("2026-11-04"));
    expect([first, second]).toEqual(["nothing for 18 days", "+3.4 % over version 3"]);
  });

  test.for([
    [
      "first_model",
      { outcome: "first_model", comparison: "first_model", production: null, improvement: null },
      "no production model",
    ],
    [
      "a gain that was too small",
      { outcome: "not_registered", comparison: "not_better", improvement: 0.004 },
      "+0.4 % over version 3",
    ],
    [
      "of an older night, over what was in production then",
      { outcome: "not_registered", comparison: "older_night", improvement: 0.034 },
      "+3.4 % over version 3",
    ],
    [
      "of an older night without a champion",
      { outcome: "not_registered", comparison: "older_night", production: null, improvement: null },
      "a later one is decided",
    ],
    ["the same model", { outcome: "not_registered", comparison: "identical", improvement: 0 }, "as version 3"],
    ["no contest", { comparison: "champion_unscorable", improvement: null }, "version 3 can't be scored"],
    ["a damaged champion", { comparison: "champion_damaged", improvement: null }, "version 3 is damaged"],
    ["an unfair one", { comparison: "champion_saw_test" }, "version 3 may know them"],
    ["an F1 of 0", { improvement: null, reason: "F1 0.571 against 0" }, "F1 0.571 against 0"],
    ["a kill", { ...UNDECIDED, outcome: "interrupted", stage: "train" }, "at train"],
    ["a wait", { ...UNDECIDED, outcome: "waiting", stage: "train", reason: "no MLflow" }, "train: no MLflow"],
    ["a part of it", { ...UNDECIDED, outcome: "undecided", stage: "train" }, "up to train"],
    ["a refused start", { ...UNDECIDED, outcome: "failed", stage: null, reason: "no churn.yaml" }, "no churn.yaml"],
    ["nobody knows", { ...UNDECIDED, outcome: "unknown" }, "nothing tells how it ended"],
  ] as const)("the reason is told in a few words: %s", ([, change, words]) => {
    const [reason = ""] = reasons(night("2026-11-23", change));
    expect(words.startsWith(reason.replace(/…$/, ""))).toBe(true);
    expect(reason.length).toBeGreaterThan(5);
  });

  test("a run of hours is told in minutes, and a date's second night by its name", () => {
    const [, , , , row = ""] = statusLines(
      { ...status, nights: [night("2026-11-23", { night: "2026-11-23.2", took: 7260 })] },
      shown,
    );
    expect(row).toMatch(/^ {2}2026-11-23\.2 .* 121 min /);
  });

  test("what is amiss is said: failures, a schedule that didn't fire, a registry that can't be asked", () => {
    const amiss: Status = {
      ...status,
      production: { version: 12, night: null, age_days: null, since: null, by: null, told_by: "ledger" },
      failing: { since: "2026-11-21", nights: 3 },
      schedules: [{ by: "timer", place: "churn.timer", next_run: null, is_running: null, unfired: "2026-11-23" }],
    };
    const lines = statusLines(amiss, shown);
    expect(lines.slice(0, 2)).toEqual([
      "production  version 12 (ledger)          last success   2026-11-23 06:00:09",
      "next run    not known (timer)            failing since  2026-11-21 (3 nights)",
    ]);
    expect(lines.slice(-4, -2)).toEqual([
      "timer did not start the night of 2026-11-23, and last one at 2026-11-23",
      "06:00:01: churn doctor",
    ]);
  });

  test("a registry that has lost production, and a crontab that no daemon reads, are said with what tells more", () => {
    const [first] = status.schedules;
    if (first === undefined) throw new Error("there is none");
    const lines = statusLines(
      {
        ...status,
        production: null,
        lost: { version: 3, since: null, by: null },
        schedules: [{ ...first, next_run: null, is_running: false }],
      },
      shown,
    );
    expect(lines.slice(0, 2)).toEqual([
      "production  version 3 is gone            last success   2026-11-23 06:00:09",
      "next run    none: no cron runs here      failing since  –",
    ]);
    expect(lines).toContain("The registry has lost production:  churn doctor");
    expect(lines).toContain("No cron daemon runs on this machine, which the crontab waits for:  churn doctor");
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test("a new workspace says what makes a night; one whose nights a person starts, what would", () => {
    const none: Status = {
      ...status,
      production: null,
      last_success: null,
      schedules: [],
      last_fired: null,
      is_unattended: false,
      nights: [],
    };
    expect(statusLines(none, shown)).toEqual([
      "production  none is known                last success   –",
      "next run    –                            failing since  –",
      "",
      "There is no night yet, and this makes one:  churn run-all",
    ]);
    const hint = "Nothing here starts the next night:  churn schedule install";
    const byHand = { ...none, nights: [night("2026-11-23", { started_by: "terminal" })] };
    expect(statusLines(byHand, shown)).toContain(hint);
    expect(statusLines({ ...byHand, is_unattended: true }, shown)).not.toContain(hint);
  });
});
