import { setImmediate } from "node:timers/promises";
import { type Booster, marginOfRows } from "./booster.ts";
import type { Explainer } from "./explain/explainer.ts";
import type { NodeStatistics } from "./explain/node-statistics.ts";

/** A library that scores or explains has failed, which tells nothing of the model: churn's own code does it then. */
export class ScoringFailure extends Error {
  override readonly name = "ScoringFailure";
}

/** What people are told of it. */
export function inItsPlace({ message }: ScoringFailure): string {
  return `${message}; churn's own code does it in its place`;
}

/**
 * What scores customers with one model. No other code knows which one it is: margins are those of predictMargin (booster.ts) to
 * the last bit, so no file tells.
 *
 * The event loop is free between two blocks. An idle one doesn't keep the process alive; `await using` ends it.
 */
export interface Scorer extends AsyncDisposable {
  readonly booster: Booster;
  /** customers that it is given at a time, at most */
  readonly blockRows: number;
  /**
   * Scores some customers, after those before.
   *
   * @param values    row after row, the model's features in order, NaN where one is missing; shape (rows, features)
   * @param into      gets the margins; shape (rows,). Both are shared memory that nobody touches until this is done
   * @param deadline  when it has to be done, as performance.now() counts
   * @throws {InputError} when the time is over
   * @throws {ScoringFailure} when a library fails; those that engine/open.ts gives never do
   */
  margins(values: Float32Array, into: Float32Array, deadline: number): Promise<void>;
  /** what explains the model, where that isn't churn's own code */
  readonly explainer: Explainer | undefined;
}

/** A model, checked. */
export interface ScoredModel {
  readonly booster: Booster;
  /** what training noted at the nodes, where the model is to be explained too */
  readonly statistics?: NodeStatistics | undefined;
}

/** How much there is to do with a model. */
export interface ScoringWork {
  /** customers to score */
  readonly rows: number;
  /** steps that explaining it takes, as planShap counts */
  readonly explaining?: number;
}

/** Opens a scorer for a model. The one place that chooses is engine/open.ts. */
export interface Scoring {
  open(model: ScoredModel, work: ScoringWork): Promise<Scorer>;
  /** Of the library that may explain a model, whose last digits are its own. */
  versions(): Promise<Readonly<Record<string, string>>>;
}

/** Some 40 ms of work for 100 trees. */
const BLOCK_ROWS = 4_096;

/** churn's own scorer, which is always there. */
export const ownScoring: Scoring = {
  open: async ({ booster }) => ({
    booster,
    blockRows: BLOCK_ROWS,
    margins: async (values, into, deadline) => {
      await setImmediate();
      marginOfRows(booster, values, into, deadline);
    },
    explainer: undefined,
    [Symbol.asyncDispose]: async () => {},
  }),
  versions: async () => ({}),
};
