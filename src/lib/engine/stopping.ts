/** How long boosting goes on without getting better. */
export interface Stopping {
  /** as many rounds in a row as may bring no smaller log loss on the validation customers */
  readonly rounds: number;
}

/** What the validation customers say of the rounds. */
export interface JudgedRounds {
  /** their log loss after each round that was trained; shape (rounds trained,) */
  readonly validationLoss: readonly number[];
  /** the round with the smallest of them, the first of equal ones; 0 for the first round, as XGBoost's best_iteration */
  readonly bestRound: number;
}

/**
 * Early stopping as XGBoost has it, for every engine alike: boosting ends once `stopping.rounds` rounds in a row have brought no
 * smaller loss than the best round's. Without `stopping` all rounds are trained.
 *
 * An engine that judges while it trains asks `isOver` after each round; one that can't trains all rounds, has them judged
 * afterwards, and comes to the same: later rounds change no earlier one.
 */
export function judgeRounds(stopping: Stopping | undefined): {
  /** @returns whether boosting ends with the round that this is the loss of */
  isOver(loss: number): boolean;
  readonly judged: JudgedRounds;
} {
  const validationLoss: number[] = [];
  let bestRound = 0;
  return {
    isOver(loss) {
      validationLoss.push(loss);
      const last = validationLoss.length - 1;
      if (loss < (validationLoss[bestRound] ?? Number.POSITIVE_INFINITY)) bestRound = last;
      return stopping !== undefined && last - bestRound >= stopping.rounds;
    },
    get judged() {
      return { validationLoss, bestRound };
    },
  };
}
