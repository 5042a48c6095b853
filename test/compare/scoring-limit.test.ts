import { expect, test } from "vitest";
import { scoringLimitSeconds } from "../../src/lib/compare/scoring-limit.ts";

const limit = (timeout: string, scoring_timeout?: string) =>
  scoringLimitSeconds({
    compare: { min_improvement: 0.01, trust_split: false, first: { min_auc: 0.55 }, scoring_timeout },
    run: { timeout, stages: {}, retries: { deadline: "10m", first: "5s" } },
  });

test("an older model may take a hundredth of the run to be scored, or what is configured", () => {
  expect(limit("4h")).toBe(144);
  expect(limit("4h", "90s")).toBe(90);
});

test("where a run has little time, enough for a sound model and never more than a quarter", () => {
  expect(limit("5m")).toBe(10);
  expect(limit("20s")).toBe(5);
});
