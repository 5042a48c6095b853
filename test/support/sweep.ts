import { env } from "node:process";

/**
 * What a long sweep tries: all of its cases with CHURN_TEST_SWEEP=all, as `make soak` has it, and otherwise some of them, evenly spread,
 * the first and the last one among them.
 */
export function sweep<Case>(cases: readonly Case[], some: number): readonly Case[] {
  if (env.CHURN_TEST_SWEEP === "all" || cases.length <= some) return cases;
  const step = (cases.length - 1) / (some - 1);
  const chosen = new Set(Array.from({ length: some }, (_, index) => Math.round(index * step)));
  return cases.filter((_, index) => chosen.has(index));
}
