import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Champion,
  championAtDecision,
  type Decision,
  decide as decideAll,
  type Newcomer,
  type Older,
} from "../../src/lib/compare/rule.ts";

/** A newcomer that knows something. */
const newcomer: Newcomer = { f1: 0.5, auc: 0.8, rows: 1435, predicted: 300 };
const asked = { min_improvement: 0.01, first: { min_auc: 0.55 } };
const decide = (f1: number, champion: Champion | undefined, min_improvement: number, rows: number): Decision =>
  decideAll({ ...newcomer, f1, rows, predicted: 3 }, champion, { ...asked, min_improvement });

const scored = (f1: number, more: Partial<Extract<Champion, { kind: "scored" }>> = {}): Champion => ({
  version: 3,
  kind: "scored",
  f1,
  identical: false,
  sawTest: undefined,
  ...more,
});

const NEWEST = "no later night is decided or in production, or --allow-register";

/** The rules as lines: name, value, limit, verdict. */
const lines = ({ rules }: Decision) =>
  rules
    .filter(({ rule }) => !/^(first|newest)_/.test(rule))
    .map(({ rule, value, limit, verdict }) => `${rule}: ${value}, ${limit}: ${verdict}`);

describe("the outcomes, each with its sentence and its rules", () => {
  test("first_model: there is nothing to compare with", () => {
    const { rules, ...decision } = decide(0.2, undefined, 0.01, 1435);
    expect(decision).toEqual({
      should_deploy: true,
      outcome: "first_model",
      reason: "No production model",
      improvement: null,
      min_improvement: 0.01,
      older: null,
    });
    expect(rules).toEqual([
      { rule: "newest_night", value: true, limit: NEWEST, verdict: "passed" },
      { rule: "first_model_auc", value: 0.8, limit: "at least 0.55", verdict: "passed" },
      {
        rule: "first_model_predictions",
        value: 3,
        limit: "some of 1,435 test customers are predicted to churn, not all",
        verdict: "passed",
      },
      {
        rule: "production_scorable",
        value: null,
        limit: "production can be scored",
        verdict: "not_applicable",
      },
      {
        rule: "production_unseen_test",
        value: null,
        limit: "production never saw today's test customers",
        verdict: "not_applicable",
      },
      {
        rule: "different_model",
        value: null,
        limit: "not the model that is in production",
        verdict: "not_applicable",
      },
      { rule: "f1_improvement", value: null, limit: "more than 1.0 %", verdict: "not_applicable" },
    ]);
  });

  test("better", () => {
    const { rules, ...decision } = decide(0.625, scored(0.5), 0.05, 1435);
    expect(decision).toEqual({
      should_deploy: true,
      outcome: "better",
      reason: "F1 0.625 against 0.500 of version 3 (+25.0 %)",
      improvement: 0.25,
      min_improvement: 0.05,
      older: null,
    });
    expect(rules).toEqual([
      { rule: "newest_night", value: true, limit: NEWEST, verdict: "passed" },
      { rule: "first_model_auc", value: null, limit: "at least 0.55", verdict: "not_applicable" },
      {
        rule: "first_model_predictions",
        value: null,
        limit: "some of 1,435 test customers are predicted to churn, not all",
        verdict: "not_applicable",
      },
      { rule: "production_scorable", value: true, limit: "production can be scored", verdict: "passed" },
      {
        rule: "production_unseen_test",
        value: true,
        limit: "production never saw today's test customers",
        verdict: "passed",
      },
      { rule: "different_model", value: true, limit: "not the model that is in production", verdict: "passed" },
      { rule: "f1_improvement", value: 0.25, limit: "more than 5.0 %", verdict: "passed" },
    ]);
  });

  test("not_better: below production, above it by too little, or its equal", () => {
    const below = decide(0.375, scored(0.5), 0.01, 1425);
    expect(below).toMatchObject({
      should_deploy: false,
      outcome: "not_better",
      reason: "F1 0.375 is 25.0 % below version 3 on the same 1,425 customers; more than 1.0 % above was asked",
      improvement: -0.25,
    });
    expect(lines(below)).toEqual([
      "production_scorable: true, production can be scored: passed",
      "production_unseen_test: true, production never saw today's test customers: passed",
      "different_model: true, not the model that is in production: passed",
      "f1_improvement: -0.25, more than 1.0 %: failed",
    ]);
    expect(decide(0.5625, scored(0.5), 0.25, 1425)).toMatchObject({
      should_deploy: false,
      outcome: "not_better",
      reason: "F1 0.563 is 12.5 % above version 3 on the same 1,425 customers; more than 25.0 % above was asked",
      improvement: 0.125,
    });
    expect(decide(0.5, scored(0.5), 0, 1425)).toMatchObject({
      should_deploy: false,
      outcome: "not_better",
      reason: "F1 0.500 is no better than version 3 on the same 1,425 customers; more than 0.0 % above was asked",
      improvement: 0,
    });
  });

  test("identical: the same model is never an improvement, whatever was asked and whatever it saw", () => {
    const decision = decide(0.9, scored(0.9, { identical: true, sawTest: 'its split has salt "x"' }), 0, 10);
    expect(decision).toMatchObject({
      should_deploy: false,
      outcome: "identical",
      reason: "It is the same model as version 3, which is in production",
      improvement: 0,
    });
    expect(lines(decision)).toEqual([
      "production_scorable: true, production can be scored: passed",
      "production_unseen_test: false, production never saw today's test customers: failed",
      "different_model: false, not the model that is in production: failed",
      "f1_improvement: 0, more than 0.0 %: failed",
    ]);
  });

  test("champion_unscorable: a person has to judge", () => {
    const decision = decide(0.1, { version: 3, kind: "unscorable", problem: "it needs the column plan" }, 0.01, 10);
    expect(decision).toMatchObject({
      should_deploy: true,
      outcome: "champion_unscorable",
      reason: "Production, version 3, can't be scored: it needs the column plan. A person has to judge",
      improvement: null,
    });
    expect(lines(decision)).toEqual([
      "production_scorable: false, production can be scored: failed",
      "production_unseen_test: null, production never saw today's test customers: not_applicable",
      "different_model: null, not the model that is in production: not_applicable",
      "f1_improvement: null, more than 1.0 %: not_applicable",
    ]);
  });

  test("champion_saw_test: a person has to judge, whichever has the better figure", () => {
    const reason = (f1: string) =>
      `F1 ${f1} against 0.500 of version 3, but version 3 may have been trained on today's test customers: its split has salt "x", today's has "churn". A person has to judge`;
    const saw = scored(0.5, { sawTest: 'its split has salt "x", today\'s has "churn"' });
    const worse = decide(0.25, saw, 0.01, 10);
    expect(worse).toMatchObject({
      should_deploy: true,
      outcome: "champion_saw_test",
      reason: reason("0.250"),
      improvement: -0.5,
    });
    expect(lines(worse)).toEqual([
      "production_scorable: true, production can be scored: passed",
      "production_unseen_test: false, production never saw today's test customers: failed",
      "different_model: true, not the model that is in production: passed",
      "f1_improvement: -0.5, more than 1.0 %: failed",
    ]);
    expect(decide(0.75, saw, 0.01, 10)).toMatchObject({ outcome: "champion_saw_test", reason: reason("0.750") });
  });
});

describe("the margin", () => {
  test("a gain of exactly the margin is not enough, a hair more is", () => {
    expect(decide(0.505, scored(0.5), 0.01, 1435)).toMatchObject({ should_deploy: false, outcome: "not_better" });
    expect(decide(0.5050001, scored(0.5), 0.01, 1435)).toMatchObject({
      should_deploy: true,
      outcome: "better",
      improvement: expect.closeTo(0.01, 5),
    });
  });

  test("a margin of 0 asks for any gain at all", () => {
    expect(decide(0.5, scored(0.5), 0, 10)).toMatchObject({ outcome: "not_better" });
    expect(decide(0.5 + Number.EPSILON, scored(0.5), 0, 10)).toMatchObject({ outcome: "better" });
  });

  test("a production F1 of 0 is beaten by any improvement, and by none but one", () => {
    const better = decide(0.001, scored(0), 0.01, 10);
    expect(better).toMatchObject({
      should_deploy: true,
      outcome: "better",
      reason: "F1 0.001 against 0.000 of version 3",
      improvement: null,
    });
    expect(lines(better)[3]).toBe("f1_improvement: null, more than 1.0 %: passed");
    expect(decide(0, scored(0), 0.01, 10)).toMatchObject({
      should_deploy: false,
      outcome: "not_better",
      reason: "F1 0.000 is no better than version 3 on the same 10 customers; more than 1.0 % above was asked",
      improvement: null,
    });
  });

  test("deploying follows from the rules: it is never better with a rule that failed", () => {
    const f1 = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(f1, f1, fc.double({ min: 0, max: 0.5, noNaN: true }), (now, before, margin) => {
        const { outcome, should_deploy, rules } = decide(now, scored(before), margin, 100);
        expect(should_deploy).toBe(now > before * (1 + margin));
        expect(outcome).toBe(should_deploy ? "better" : "not_better");
        expect(rules.every(({ verdict }) => verdict !== "failed")).toBe(should_deploy);
      }),
    );
  });
});

describe("a first model", () => {
  const first = (change: Partial<Newcomer>, minAuc = 0.55) =>
    decideAll({ ...newcomer, ...change }, undefined, { ...asked, first: { min_auc: minAuc } });
  const because = (what: string) => ({
    should_deploy: false,
    outcome: "first_model_too_weak",
    reason: `No production model, and this one is too weak to be the first: ${what}`,
    improvement: null,
  });

  test("is registered from the AUC on that is asked", () => {
    expect(first({ auc: 0.55 })).toMatchObject({ should_deploy: true, outcome: "first_model" });
    expect(first({ auc: 0 }, 0)).toMatchObject({ should_deploy: true, outcome: "first_model" });
    expect(first({ auc: 0.5 })).toMatchObject(because("its AUC is 0.500, at least 0.55 is asked"));
    expect(first({ auc: 0.549_96 })).toMatchObject(because("its AUC is 0.54996, at least 0.55 is asked"));
    expect(first({ auc: 0.8 }, 0.8125)).toMatchObject(because("its AUC is 0.800, at least 0.8125 is asked"));
  });

  test("is not registered when its AUC is undefined, whatever is asked", () => {
    const decision = first({ auc: null }, 0);
    expect(decision).toMatchObject(because("its AUC is undefined"));
    expect(decision.rules).toContainEqual({
      rule: "first_model_auc",
      value: null,
      limit: "at least 0",
      verdict: "failed",
    });
  });

  test("is not registered when no test customer is predicted to churn, or every one; with all its reasons", () => {
    const none = "none of 1,435 test customers is predicted to churn";
    expect(first({ predicted: 0 })).toMatchObject(because(none));
    expect(first({ predicted: 1 })).toMatchObject({ should_deploy: true });
    expect(first({ predicted: 1434 })).toMatchObject({ should_deploy: true });
    const every = "every one of 1,435 test customers is predicted to churn";
    expect(first({ predicted: 1435 })).toMatchObject(because(every));
    expect(first({ predicted: 0, rows: 1 })).toMatchObject(because("the one test customer is not predicted to churn"));
    expect(first({ predicted: 1, rows: 1 })).toMatchObject(because("the one test customer is predicted to churn"));
    const decision = first({ f1: 0, auc: null, predicted: 0 });
    expect(decision).toMatchObject(because(`its AUC is undefined, and ${none}`));
    expect(decision.rules).toContainEqual({
      rule: "first_model_predictions",
      value: 0,
      limit: "some of 1,435 test customers are predicted to churn, not all",
      verdict: "failed",
    });
  });

  test("only a first one: against production F1 decides", () => {
    const weak = { ...newcomer, f1: 0.6, auc: 0.3, predicted: 1435 };
    expect(decideAll(weak, scored(0.5), asked)).toMatchObject({ should_deploy: true, outcome: "better" });
  });
});

describe("an older night", () => {
  const older: Older = {
    date: "2026-11-20",
    newer: "The night of 2026-11-23 is decided already",
    at: "2026-11-21T00:00:00.000Z",
    known_by: "promoted on 2026-11-18 by maria",
    current_version: 5,
    may_register: false,
  };
  const { date: _, ...facts } = older;
  const held = "Held against version 3, in production on 2026-11-20 (promoted on 2026-11-18 by maria): ";
  const not = "The night of 2026-11-23 is decided already, so it isn't registered, ";
  const would = `${not}though it would have been (--again --allow-register registers it). `;
  const wouldNot = `${not}and wouldn't have been. `;

  test.each<[what: string, champion: Champion | undefined, reason: string]>([
    ["that is better", scored(0.25), `${would}${held}F1 0.500 against 0.250 of version 3 (+100.0 %)`],
    ["that is not", scored(0.75), `${wouldNot}${held}F1 0.500 is 33.3 % below version 3 on the same 1,435 customers`],
    [
      "whose model was in production",
      scored(0.5, { identical: true }),
      `${wouldNot}${held}It is the same model as version 3, which was in production`,
    ],
    [
      "whose champion is gone",
      { version: 3, kind: "unscorable", problem: "it isn't in the registry any more" },
      `${would}${held}Production, version 3, can't be scored: it isn't in the registry any more. A person has to judge`,
    ],
    ["without a champion", undefined, `${would}Nothing is known to have been in production on 2026-11-20`],
  ])("%s is judged by the rule, and deployed where that is allowed", (_what, champion, reason) => {
    const judged = decideAll(newcomer, champion, asked, older);
    const now = decideAll(newcomer, champion, asked);
    expect(judged).toMatchObject({ outcome: "older_night", should_deploy: false, improvement: now.improvement });
    expect(judged.reason.slice(0, reason.length)).toBe(reason);
    expect(judged.older).toEqual({ ...facts, outcome: now.outcome, would_register: now.should_deploy });
    const newest = { rule: "newest_night", value: false, limit: NEWEST };
    expect(judged.rules).toEqual([{ ...newest, verdict: "failed" }, ...now.rules.slice(1)]);

    const allowed = decideAll(newcomer, champion, asked, { ...older, may_register: true });
    expect(allowed).toMatchObject({ outcome: now.outcome, should_deploy: now.should_deploy });
    const today = now.should_deploy
      ? ". Version 5 was in production when it was decided, and this one was not held against it"
      : "";
    expect(`${judged.reason}${today}`.endsWith(allowed.reason)).toBe(true);
    expect(allowed.reason.endsWith(today)).toBe(true);
    expect(allowed.older).toEqual({ ...judged.older, may_register: true });
    expect(allowed.rules[0]).toEqual({ ...newest, verdict: "passed" });
  });

  test("says what was in production when it was decided", () => {
    expect(championAtDecision({ current_version: null }, 3)).toBe("Nothing was in production when it was decided");
    expect(championAtDecision({ current_version: 3 }, 3)).toBe("Version 3 was still in production when it was decided");
    expect(championAtDecision({ current_version: 5 }, null)).toBe(
      "Version 5 was in production when it was decided, and this one was not held against it",
    );
  });

  test("without a champion has to be good enough for a first one", () => {
    const weak = decideAll({ ...newcomer, auc: 0.5 }, undefined, asked, older);
    expect(weak.older).toMatchObject({ outcome: "first_model_too_weak", would_register: false });
    expect(weak.reason).toBe(
      `${wouldNot}Nothing is known to have been in production on 2026-11-20, and this one is too weak to be the first: its AUC is 0.500, at least 0.55 is asked`,
    );
  });
});

describe("figures that decide have the digits that decide", () => {
  const against = (f1: number, before: number, min_improvement = 0.01) =>
    decideAll({ ...newcomer, f1 }, scored(before), { ...asked, min_improvement });

  test("a gain that is hardly too small, or exactly what must be exceeded", () => {
    expect(against(0.875, 0.875 / 1.00996)).toMatchObject({
      outcome: "not_better",
      reason: "F1 0.875 is 0.996 % above version 3 on the same 1,435 customers; more than 1.0 % above was asked",
    });
    expect(against(0.505, 0.5).reason).toContain("is exactly 1.0 % above version 3");
    expect(against(0.50625, 0.5, 0.0125)).toMatchObject({
      outcome: "not_better",
      reason: expect.stringContaining("is exactly 1.25 % above version 3"),
    });
  });

  test("a gain that is hardly enough, and scores that differ by a hair", () => {
    expect(against(0.505_02, 0.5)).toMatchObject({
      outcome: "better",
      reason: "F1 0.505 against 0.500 of version 3 (+1.004 %)",
    });
    expect(against(0.564_12, 0.564_05, 0).reason).toBe("F1 0.56412 against 0.56405 of version 3 (+0.01 %)");
    expect(against(0.564_05, 0.564_12, 0).reason).toContain("F1 0.56405 is 0.01 % below version 3");
  });

  test("a limit has the digits that it was set with", () => {
    expect(against(0.5, 0.5, 0.000_25).rules.at(-1)?.limit).toBe("more than 0.025 %");
    expect(against(0.51, 0.5, 0.025).reason).toContain("is 2.0 % above version 3");
  });
});
