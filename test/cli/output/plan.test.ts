import { expect, test } from "vitest";
import { planLines } from "../../../src/lib/cli/output/plan.ts";

test("a line a stage says what would run and why, what is up to date, taken as it is or decided", () => {
  const plans = [
    { stage: { name: "extract" }, runs: false, kept: true },
    { stage: { name: "transform" }, runs: false, kept: false },
    { stage: { name: "features" }, runs: false, decided: true },
    { stage: { name: "train" }, runs: true, reason: "train.rounds changed" },
  ] as const;
  expect(planLines(plans)).toEqual([
    "  extract     taken as it is",
    "  transform   up to date",
    "  features    decided",
    "  train       would run   train.rounds changed",
  ]);
});

test("a single stage stands as far from its text as all nine do", () => {
  expect(planLines([{ stage: { name: "train" }, runs: false, kept: false }])).toEqual(["  train       up to date"]);
});
