import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Champion, decide } from "../../src/lib/compare/rule.ts";

const scored = (f1: number, more: Partial<Extract<Champion, { kind: "scored" }>> = {}): Champion => ({
  version: 3,
  kind: "scored",
  f1,
  identical: false,
  sawTest: undefined,
  ...more,
});

describe("the decision", () => {
  test("without a production model the first one is deployed", () => {
    expect(decide(0.2, undefined, 0.01, 1435)).toMatchObject({
      should_deploy: true,
      outcome: "first_model",
      reason: "No production model",
      improvement: null,
    });
  });

  test("a gain of exactly the margin is not enough, a hair more is", () => {
    expect(decide(0.505, scored(0.5), 0.01, 1435)).toMatchObject({ should_deploy: false, outcome: "not_better" });
    expect(decide(0.5050001, scored(0.5), 0.01, 1435)).toMatchObject({
      should_deploy: true,
      outcome: "better",
      improvement: expect.closeTo(0.01, 5),
    });
  });

  test("a production F1 of 0 is beaten by any improvement, and by none but one", () => {
    expect(decide(0.001, scored(0), 0.01, 10)).toMatchObject({ outcome: "better", improvement: null });
    expect(decide(0, scored(0), 0.01, 10)).toMatchObject({ outcome: "not_better", improvement: null });
  });

  test("the same model is never an improvement", () => {
    expect(decide(0.9, scored(0.9, { identical: true }), 0, 10)).toMatchObject({
      should_deploy: false,
      outcome: "identical",
    });
  });

  test("production that can't be judged fairly goes to a person, with the reason", () => {
    expect(
      decide(0.1, { version: 3, kind: "unscorable", problem: "it needs the column plan" }, 0.01, 10),
    ).toMatchObject({
      should_deploy: true,
      outcome: "champion_unscorable",
      reason: "Production, version 3, can't be scored: it needs the column plan. A person has to judge",
    });
    expect(decide(0.1, scored(0.9, { sawTest: 'its split has salt "x"' }), 0.01, 10)).toMatchObject({
      should_deploy: true,
      outcome: "champion_saw_test",
    });
  });

  test("the reason of a healthy night says by how much it fell short", () => {
    expect(decide(0.549, scored(0.5523), 0.01, 1425).reason).toBe(
      "F1 0.549 is 0.6 % below version 3 on the same 1,425 customers; more than 1.0 % above was asked",
    );
  });

  test("deploying follows from the rules: it is never better with a rule that failed", () => {
    const f1 = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(f1, f1, fc.double({ min: 0, max: 0.5, noNaN: true }), (now, before, margin) => {
        const { outcome, should_deploy, rules } = decide(now, scored(before), margin, 100);
        expect(should_deploy).toBe(now > before * (1 + margin));
        expect(outcome).toBe(should_deploy ? "better" : "not_better");
        expect(rules.every(({ verdict }) => verdict === "passed")).toBe(should_deploy);
      }),
    );
  });
});
