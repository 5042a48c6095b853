import { Chalk } from "chalk";
import { describe, expect, test } from "vitest";
import { whyLines } from "../../../src/lib/cli/output/why.ts";
import type { ProductionPeriod } from "../../../src/lib/ledger/history.ts";
import type { Why } from "../../../src/lib/why/format.ts";

const shown = { chalk: new Chalk({ level: 0 }), timezone: "Europe/Berlin", at: "06:00" };
const gate = (name: string, verdict: "passed" | "failed" | "not_applicable", detail: string | null = null) => ({
  gate: name,
  severity: "warn" as const,
  verdict,
  observed: 1,
  limit: "at most 10.0 %",
  detail,
  waived: null,
});
const rules = [
  { rule: "newest_night", value: true, limit: "no later night", verdict: "passed" as const },
  { rule: "production_unseen_test", value: true, limit: "never saw them", verdict: "passed" as const },
  { rule: "f1_improvement", value: 0.0344, limit: "more than 1.0 %", verdict: "passed" as const },
];
const why: Why = {
  night: "2026-11-23",
  date: "2026-11-23",
  outcome: "registered",
  run: {
    id: "20261123T050000Z-7f3a",
    started_by: "cron",
    started_at: "2026-11-23T05:00:00.000Z",
    ended_at: "2026-11-23T05:00:04.600Z",
    outcome: "succeeded",
    stage: "notify",
    reason: null,
    exit_code: 0,
    took: 4.6,
  },
  starts: 1,
  data: { customers: 7043, source: "customers.duckdb", before: { night: "2026-11-22", customers: 7012 } },
  gates: [gate("row_count", "passed"), gate("null_rate", "passed")],
  waived: [],
  split: { train: 5618, test: 1425, left_out: 0 },
  model: {
    trained_on: 5618,
    judged_rounds: 0,
    engine: "x",
    f1: 0.571,
    auc_roc: 0.841,
    driven_by: ["tenure", "contract"],
  },
  comparison: {
    outcome: "better",
    reason: "F1 0.571 against 0.552 of version 3 (+3.4 %)",
    rows: 1425,
    f1: 0.571,
    production: { version: 3, f1: 0.552, recorded_f1: 0.56, night: "2026-11-16" },
    improvement: 0.0344,
    min_improvement: 0.01,
    production_moved: null,
    older: null,
    decided_by: "f1_improvement",
    rules,
  },
  decision: {
    registered: true,
    model: "m",
    version: 4,
    stage: "Staging",
    reason: "F1",
    at: "2026-11-23T05:00:04.000Z",
  },
  failure: null,
  missing: [],
  told: [
    { about: "registered", run: null, channel: "slack", outcome: "sent", detail: "#ml-alerts" },
    { about: "registered", run: null, channel: "email", outcome: "pending", detail: "nothing listens" },
  ],
  files: [
    { what: "decision", key: "models/2026-11-23/comparison.json", sha256: "4be1".repeat(16), state: "present" },
    { what: "model", key: "models/2026-11-23/model/model.json", sha256: "90aa".repeat(16), state: "removed" },
    { what: "log", key: "logs/2026-11-23/20261123T050000Z-7f3a.jsonl", sha256: null, state: "missing" },
  ],
  version: null,
  next: ["churn why --version 4"],
  problems: [],
};
const undecided = { comparison: null, decision: null, model: null, files: [], told: [] };
const text = (change: Partial<Why>) => whyLines({ ...why, ...change }, shown).join("\n");
const flat = (change: Partial<Why>) => text(change).replaceAll(/\s+/g, " ");
const comparison = (change: Partial<NonNullable<Why["comparison"]>>) => ({
  comparison: why.comparison && { ...why.comparison, ...change },
});

describe("a night's story", () => {
  test("goes from its customers to its decision on one screen", () => {
    const lines = whyLines(why, shown);
    expect(lines).toEqual([
      "Night of 2026-11-23: version 4 was registered.",
      "",
      "Run 7f3a was started by cron at 06:00:00 and took 4.6 s.",
      "7,043 customers came from customers.duckdb, 31 more than on 2026-11-22. All 2",
      "gates held.",
      "5,618 trained the model, and 1,425 judged it. Version 3 was trained on none of",
      "these 1,425. It goes by tenure and contract most.",
      "On those 1,425 the new model has F1 0.571, AUC 0.841; version 3 has F1 0.552 (it",
      "recorded 0.560 on its own night, 2026-11-16).",
      "The rule f1_improvement asks for a gain of more than 1.0 %, relative; it is",
      "3.4 %. So version 4 was registered and put into Staging.",
      "Told: slack (#ml-alerts). Not told yet: email (nothing listens).",
      "",
      "decision  models/2026-11-23/comparison.json            sha256 4be14be14be1…",
      "model     models/2026-11-23/model/model.json           sha256 90aa90aa90aa…",
      "          removed by churn gc",
      "log       logs/2026-11-23/20261123T050000Z-7f3a.jsonl",
      "          not here any more, or on another machine",
      "",
      "next  churn why --version 4",
    ]);
    expect(lines.length).toBeLessThan(24);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test("says of gates what warned, and who waived which, and why", () => {
    const person = { by: "maria", host: "vm-1", at: "2026-11-23T07:10:00.000Z", reason: "two branches were closed" };
    const gates = [
      gate("duplicate_rate", "passed"),
      gate("null_rate", "failed", "total_charges 97.0 %"),
      gate("columns", "not_applicable"),
      { ...gate("row_count", "failed"), severity: "fail" as const, waived: person },
    ];
    const waived = [
      {
        gates: ["row_count"],
        reason: "two branches were closed",
        by: "maria",
        host: "vm-1",
        at: "2026-11-23T07:10:00.000Z",
      },
    ];
    expect(flat({ gates, waived })).toContain(
      "1 of 3 gates that apply held, and warned: null_rate (at most 10.0 %; total_charges 97.0 %). row_count was waived for these customers by maria@vm-1 at 08:10:00: two branches were closed.",
    );
  });

  test("says of customers whether they are more or fewer, and of those that were left out", () => {
    const against = (customers: number) =>
      flat({ data: { customers: 7043, source: "s", before: { night: "2026-11-22", customers } } });
    expect(against(7043)).toContain("7,043 customers came from s, as many as on 2026-11-22.");
    expect(against(8043)).toContain("1,000 fewer than on 2026-11-22.");
    expect(flat({ data: { customers: 1, source: "s", before: null } })).toContain("1 customer came from s. All");
    expect(flat({ split: { train: 5, test: 2, left_out: 1 } })).toContain("1 row was left out.");
    const judged = why.model && { ...why.model, trained_on: 5056, judged_rounds: 562 };
    expect(flat({ model: judged })).toContain("5,056 trained the model, 562 its rounds, and 1,425 judged it.");
  });

  test.for([
    [
      "not better",
      { outcome: "not_better" as const, improvement: -0.0061 },
      { registered: false, version: null, stage: null, reason: "r" },
      "no new version, since the model is not better than version 3.",
      "asks for a gain of more than 1.0 %, relative; F1 is 0.6 % lower. So nothing was registered.",
    ],
    [
      "identical",
      { outcome: "identical" as const, decided_by: "newest_night", reason: "It is the same model" },
      { registered: false, version: null, stage: null, reason: "r" },
      "no new version, since the model is the one that is in production, version 3.",
      "The rule newest_night decided: It is the same model. So nothing was registered.",
    ],
    [
      "registered before",
      {},
      { registered: false, version: 2, stage: "Staging", reason: "Version 2 (Staging) holds this very model already" },
      "no new version, since a version holds this very model already.",
      "Version 2 (Staging) holds this very model already, so nothing was registered.",
    ],
    [
      "older",
      { outcome: "older_night" as const, decided_by: null, reason: "A later night is decided" },
      { registered: false, version: null, stage: null, reason: "r" },
      "no new version, since a later night is decided, or in production.",
      "A later night is decided. So nothing was registered.",
    ],
  ] as const)("of a decision against it: %s", ([, compared, decided, head, end]) => {
    const decision = why.decision && { ...why.decision, ...decided };
    const story = flat({ outcome: "not_registered", ...comparison(compared), decision });
    expect(story).toContain(head);
    expect(story).toContain(end);
  });

  test("of an older night says what was in production on its date, and how that is known", () => {
    const older = {
      newer: "The night of 2026-11-24 is decided already",
      at: "2026-11-24T00:00:00.000Z",
      known_by: "promoted on 2026-11-20 by maria",
      current_version: 5,
      outcome: "better" as const,
      would_register: true,
      may_register: false,
    };
    expect(flat(comparison({ older }))).toContain(
      "Version 3 was in production at the end of that day (promoted on 2026-11-20 by maria). On those 1,425 the new model has F1 0.571",
    );
    expect(flat(comparison({ older, production: null }))).toContain(
      "AUC 0.841. Nothing is known to have been in production on that day.",
    );
  });

  test("of a first model, and of a champion that could not be held against it", () => {
    const first = comparison({
      outcome: "first_model",
      production: null,
      improvement: null,
      decided_by: "first_model_auc",
      rules: [{ rule: "first_model_auc", value: 0.841, limit: "at least 0.55", verdict: "passed" }],
    });
    expect(flat({ outcome: "first_model", ...first })).toContain(
      "AUC 0.841. Nothing was in production. The rule first_model_auc asks a first model for an AUC of at least 0.55; it has 0.841. So version 4 was registered and put into Staging.",
    );
    const unscored = { version: 3, f1: null, recorded_f1: 0.56, night: null };
    const contest = comparison({
      outcome: "champion_unscorable",
      production: unscored,
      decided_by: null,
      reason: "Production can't be scored",
      production_moved: { from: 2, to: 3 },
    });
    expect(flat({ ...contest, decision: why.decision && { ...why.decision, stage: null } })).toContain(
      "version 3 could not be held against it (it recorded 0.560 on its own night). Since the night before, production moved from 2 to 3 outside churn. Production can't be scored. So version 4 was registered as the challenger.",
    );
  });

  test("that failed says what happened, with the evidence, what is missing and what continues it", () => {
    const failure = {
      stage: "validate",
      reason: "1 of 11 quality gates failed",
      details: ["row_count   612   at least 1,000   failed"],
      hint: "look at the source, then read it again:\nchurn run-all --date 2026-11-23",
      exit_code: 3,
    };
    const run = why.run && { ...why.run, outcome: "failed", stage: "validate", took: 0.6 };
    const change = { outcome: "failed" as const, ...undecided, gates: null, split: null, run, starts: 3, failure };
    expect(text({ ...change, missing: ["validate", "train"], next: ["churn run-all --date 2026-11-23"] })).toBe(
      [
        "Night of 2026-11-23: it failed at validate, and isn't decided.",
        "",
        "Run 7f3a was started by cron at 06:00:00 and ended after 0.6 s. It was start 3",
        "of this night.",
        "7,043 customers came from customers.duckdb, 31 more than on 2026-11-22.",
        "",
        "validate: 1 of 11 quality gates failed",
        "    row_count   612   at least 1,000   failed",
        "",
        "Still to be done: validate and train.",
        "",
        "next  look at the source, then read it again:",
        "      churn run-all --date 2026-11-23",
      ].join("\n"),
    );
    const many = Array.from({ length: 33 }, (_, index) => `line ${index}`);
    expect(text({ ...change, failure: { ...failure, details: many } })).toContain("line 32\n    … and 13 more lines");
  });

  test.for([
    ["interrupted", { stage: "train" }, "it was interrupted at train, and isn't decided."],
    ["running", { stage: "train" }, "run 7f3a is at work at train."],
    ["waiting", { stage: "train" }, "run 7f3a waits at train, and tries again."],
    ["undecided", { stage: "train" }, "it isn't decided: run 7f3a ended after train, as it was asked to."],
    ["unknown", {}, "nothing tells how it ended."],
    ["failed", { id: null, stage: null }, "it could not begin, and isn't decided."],
    ["missed", {}, "missed. It was due at 06:00 in Europe/Berlin, and nothing was started."],
  ] as const)("of a night that is %s begins so", ([outcome, change, head]) => {
    expect(flat({ ...undecided, outcome, run: why.run && { ...why.run, ...change } })).toContain(
      `Night of 2026-11-23: ${head}`,
    );
  });
});

describe("what became of a version", () => {
  const period: ProductionPeriod = {
    version: 4,
    from: "2026-11-24T07:12:00.000Z",
    from_after: null,
    seen: null,
    to: "2026-12-01T08:00:00.000Z",
    to_before: null,
    is_current: false,
    how: "promoted",
    by: "maria",
    host: "vm-1",
    reason: "fewer false alarms",
    night: "2026-11-23",
  };
  const life = (change: Partial<NonNullable<Why["version"]>>) =>
    flat({
      version: { version: 4, stage: "Archived", periods: [period], replaced_by: null, rejected: null, ...change },
    });

  test("is who promoted it, when and why, until when it was in production and what came then", () => {
    expect(life({ replaced_by: 5 })).toContain(
      "Version 4 was promoted by maria@vm-1 on 2026-11-24 at 08:12:00 (fewer false alarms) and was in production until 2026-12-01 at 09:00:00. Version 5 took its place.",
    );
    const current = { ...period, to: null, is_current: true, reason: null, host: null };
    expect(life({ periods: [current] })).toContain(
      "Version 4 was promoted by maria on 2026-11-24 at 08:12:00 and is in production now.",
    );
  });

  test("or that nobody did, that it came by itself, or that it is rejected", () => {
    expect(life({ periods: [], stage: "Staging" })).toContain(
      "Version 4 is not known to have been in production; it is in Staging.",
    );
    const outside = {
      ...period,
      from: null,
      seen: period.from,
      to: null,
      to_before: period.to,
      how: "outside" as const,
      by: null,
      host: null,
      reason: null,
    };
    expect(life({ periods: [outside] })).toContain(
      "Version 4 was put into production outside churn at some time before or on 2026-11-24 at 08:12:00 and was in production until some time before 2026-12-01 at 09:00:00.",
    );
    const rejected = { by: "maria", at: "2026-12-01T08:00:00.000Z", reason: "too eager" };
    expect(life({ rejected })).toContain("It is rejected by maria on 2026-12-01 at 09:00:00: too eager.");
  });
});
