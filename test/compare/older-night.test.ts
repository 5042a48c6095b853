import { describe, expect, test } from "vitest";
import {
  type LookBack,
  lookBack,
  newerThan,
  productionThen,
  requireStillNewest,
} from "../../src/lib/compare/older-night.ts";
import { ServiceError, UsageError } from "../../src/lib/errors.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelVersion } from "../../src/lib/tracking/tracking.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { event } from "../support/ledger-events.ts";

const DATE = "2026-11-23";
const TODAY = "2026-11-25";
const productionOf = (night?: string) => ({
  version: 3,
  tag: (key: string) => (key === tags.night ? night : undefined),
});

test("a night is older than a later one that is decided", () => {
  expect(newerThan(DATE, nightOf("2026-11-24", 2), undefined, TODAY)).toBe(
    "The night of 2026-11-24.2 is decided already",
  );
});

test("a night is older than the model in production where that is of a later date", () => {
  expect(newerThan(DATE, undefined, productionOf("2026-11-24.2"), TODAY)).toBe(
    "Version 3 in production is of 2026-11-24.2",
  );
  for (const night of [DATE, `${DATE}.2`, "2026-11-22", "", "a foreign one"])
    expect(newerThan(DATE, undefined, productionOf(night), TODAY), night).toBeUndefined();
  expect(newerThan(DATE, undefined, productionOf(), TODAY)).toBeUndefined();
  expect(newerThan(DATE, undefined, undefined, TODAY)).toBeUndefined();
  // A clock was ahead when that version was made.
  expect(newerThan(DATE, undefined, productionOf("2026-11-26"), TODAY)).toBeUndefined();
});

test("a verdict is no longer one once a later night was decided, unless it is one on the past", () => {
  const later = nightOf("2026-11-24", 1);
  const older = {
    newer: "The night of 2026-11-24 is decided already",
    at: "2026-11-24T00:00:00.000Z",
    known_by: "nothing tells of one",
    current_version: 3,
    outcome: "better" as const,
    would_register: true,
    may_register: true,
  };
  expect(() => requireStillNewest({ outcome: "better", older: null }, undefined, DATE)).not.toThrow();
  expect(() => requireStillNewest({ outcome: "better", older }, later, DATE)).not.toThrow();
  // As churn 1.8 left it.
  expect(() => requireStillNewest({ outcome: "older_night", older: null }, later, DATE)).not.toThrow();
  expect(() => requireStillNewest({ outcome: "better", older: null }, later, DATE)).toThrow(
    expect.objectContaining({
      exitCode: 4,
      message: "the night of 2026-11-24 was decided since compare judged that of 2026-11-23",
      hint: "churn compare --date 2026-11-23",
    }),
  );
});

describe("what was in production at the end of a date", () => {
  /** Versions by number, with the day on which each was made. */
  const versionsOf = (made: Readonly<Record<number, string>>): ModelVersion[] =>
    Object.entries(made).map(([version, day]) => ({
      name: "churn-model",
      version: Number(version),
      stage: "None",
      aliases: [],
      runId: null,
      source: "",
      creationTime: Date.parse(day),
      tag: () => undefined,
    }));
  const facts: LookBack = {
    model: "churn-model",
    versions: versionsOf({ 1: "2026-11-01", 2: "2026-11-12" }),
    current: 2,
    now: new Date("2026-11-28T12:00:00Z"),
    date: "2026-11-20",
    timezone: "Europe/Berlin",
  };
  const promoted = (version: number, time: string, replaced: number[] = []) =>
    event("promoted", { version, time, promoted_at: time, replaced, by: "maria" });

  test("is what was promoted by then, by the clocks of the workspace", () => {
    const told = [promoted(1, "2026-11-10T09:00:00.000Z"), promoted(2, "2026-11-20T23:30:00.000Z", [1])];
    expect(productionThen(told, facts)).toEqual({
      at: "2026-11-20T23:00:00.000Z",
      version: 1,
      known_by: "promoted on 2026-11-10 by maria",
    });
    // 00:30 of the next day in Berlin.
    expect(productionThen(told, { ...facts, date: "2026-11-21" })).toMatchObject({
      version: 2,
      known_by: "promoted on 2026-11-21 by maria",
    });
    expect(productionThen(told, { ...facts, timezone: "UTC" })).toMatchObject({ version: 2 });
    expect(productionThen(told, { ...facts, date: "2026-11-09" })).toEqual({
      at: "2026-11-09T23:00:00.000Z",
      version: null,
      known_by: "nothing tells of one",
    });
  });

  test("is what came back by a rollback, and what others put there, once it was seen", () => {
    const back = { version: 1, time: "2026-11-19T09:00:00.000Z", promoted_at: "2026-11-19T09:00:00.000Z", by: "jan" };
    expect(productionThen([event("rolled_back", { ...back, replaced: [2] })], { ...facts, current: 1 })).toMatchObject({
      version: 1,
      known_by: "brought back on 2026-11-19 by jan",
    });
    const seen = event("not_registered", {
      night: "2026-11-19",
      time: "2026-11-19T05:00:00.000Z",
      production: { version: 2, f1: 0.5 },
    });
    expect(productionThen([seen], facts)).toMatchObject({ version: 2, known_by: "it was seen there on 2026-11-19" });
  });

  test("of which nothing tells but the registry of now is that, where it was made by then", () => {
    expect(productionThen([], facts)).toMatchObject({ version: 2, known_by: "it was seen there on 2026-11-28" });
    expect(productionThen([], { ...facts, date: "2026-11-11" })).toMatchObject({ version: null });
  });

  test("is told with a warning where the ledger can't be read; a defect is thrown on", async () => {
    const warnings: string[] = [];
    const warn = (sentence: string) => warnings.push(sentence);
    const refused = () => Promise.reject(new ServiceError("ledger.jsonl: permission denied"));
    expect(await lookBack(refused, facts, warn)).toMatchObject({ version: 2 });
    const damaged = async () => ({ events: [promoted(1, "2026-11-10T09:00:00.000Z")], damaged: ["line 3 is damaged"] });
    expect(await lookBack(damaged, { ...facts, current: 1 }, warn)).toMatchObject({ version: 1 });
    expect(warnings).toEqual([
      "what was in production on 2026-11-20 may be told wrong: ledger.jsonl: permission denied",
      "what was in production on 2026-11-20 may be told wrong: line 3 is damaged",
    ]);
    const newer = () => Promise.reject(new UsageError("records/… was written by churn 9.4.0"));
    expect(await lookBack(newer, facts, warn)).toMatchObject({ version: 2 });
    await expect(lookBack(() => Promise.reject(new TypeError("x")), facts, warn)).rejects.toThrow(TypeError);
  });
});
