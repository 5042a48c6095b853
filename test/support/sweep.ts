import { env } from "node:process";

/** Whether long sweeps try all that there is, which takes hours. */
export const isWhole = env.CHURN_TEST_SWEEP === "all";

/**
 * What a long sweep tries: all of its cases with CHURN_TEST_SWEEP=all, as `make soak` has it, and otherwise some of them, evenly spread,
 * the first one among them, and the last one of two or more.
 */
export function sweep<Case>(cases: readonly Case[], some: number): readonly Case[] {
  if (isWhole || cases.length <= some) return cases;
  const step = some === 1 ? 0 : (cases.length - 1) / (some - 1);
  const chosen = new Set(Array.from({ length: some }, (_, index) => Math.round(index * step)));
  return cases.filter((_, index) => chosen.has(index));
}
