import { expect, test } from "vitest";
import { judgeRounds, type Stopping } from "../../src/lib/engine/stopping.ts";

/** The losses go by one a round, until boosting is over. */
function judge(losses: readonly number[], stopping?: Stopping) {
  const judging = judgeRounds(stopping);
  losses.find((loss) => judging.isOver(loss));
  const { validationLoss, bestRound } = judging.judged;
  return { trained: validationLoss.length, bestRound };
}

test.each([
  ["it ends after as many rounds without a smaller loss", [5, 4, 3, 3.5, 3.2, 1], 2, { trained: 5, bestRound: 2 }],
  ["a smaller loss in time begins the count anew", [5, 6, 4, 5, 3], 2, { trained: 5, bestRound: 4 }],
  ["the first of equal losses is the best", [3, 2, 2, 2, 1], 2, { trained: 4, bestRound: 1 }],
  ["the first round may be the best", [1, 2], 1, { trained: 2, bestRound: 0 }],
  ["the last round may be the best", [3, 2, 1], 1, { trained: 3, bestRound: 2 }],
  ["more rounds than there are never end it", [1, 2, 3], 10, { trained: 3, bestRound: 0 }],
])("%s", (_, losses, rounds, expected) => {
  expect(judge(losses, { rounds })).toEqual(expected);
});

test("without a rule all rounds are trained, and the best one is known", () => {
  expect(judge([3, 1, 2, 2, 2, 2])).toEqual({ trained: 6, bestRound: 1 });
});
