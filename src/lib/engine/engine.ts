import * as z from "zod";
import type { Customers, Rows } from "../matrix/customers.ts";
import type { BoosterParameters } from "./parameters.ts";
import type { JudgedRounds, Stopping } from "./stopping.ts";

/** train.algorithm of churn.yaml */
export const algorithms = z.enum(["xgboost", "random-forest"]);
export type Algorithm = z.infer<typeof algorithms>;

/** What an engine of any kind is asked for. One that can't do a part of it refuses, and ignores nothing. */
export interface TrainingRequest {
  /** An engine reads them as often as it has to, and nothing else of theirs at the same time; `collect` has them all in memory. */
  readonly customers: Customers;
  readonly algorithm: Algorithm;
  /** train.rounds of churn.yaml: rounds of boosting, or the trees of a forest */
  readonly rounds: number;
  /**
   * train.params of churn.yaml. What they leave open `decideParameters` (defaults.ts) decides first, for every engine alike;
   * the engine sends each one explicitly, and its documented default where it isn't given.
   */
  readonly params: Readonly<BoosterParameters>;
  /** Customers that each tree is grown on, by an engine that draws them (mljs); its own number where it isn't given. */
  readonly maxSamples?: number | undefined;
  /** at most so many; an engine that can't divide its work uses one. The model is the same with any number. */
  readonly threads: number;
  /** Customers to judge each round by. They are never trained on. */
  readonly validation?: Customers | undefined;
  /**
   * Draws the customers whose values alone decide what bins hist puts values into, for an engine that can be told so: the bins, and
   * with them the model, are then the same in whatever order or pieces the others come. Asked at most once.
   */
  readonly cuts: () => Promise<Rows>;
  /** When boosting ends early, by what `validation` says of the rounds. The model is then cut at its best one: stopping.ts. */
  readonly stopping?: Stopping | undefined;
  /** Told after a round, or a tree of a forest, by an engine that knows: 1 for the first. */
  readonly onRound?: (round: number, of: number, losses?: RoundLosses) => void;
}

/** Log losses after a round, where the engine has them. */
export interface RoundLosses {
  readonly train?: number | undefined;
  readonly validation?: number | undefined;
}

export interface TrainedModel {
  /** XGBoost's JSON model format in the form that every XGBoost from 1.7 to 3.4 reads alike, feature names included. */
  readonly json: string;
  /** Of that model on the customers that were trained on, where the library has said so. */
  readonly logLoss?: number;
  /** Every parameter as it was sent to the library, by the names of churn.yaml. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What people should know of how it was trained: a line each. */
  readonly warnings: readonly string[];
  /** Where there was a `validation`; with `stopping` the model has `bestRound` + 1 rounds. */
  readonly judged?: JudgedRounds | undefined;
}

/**
 * What trains. No other code knows which engine it is: the rest of churn sees the JSON model alone.
 * The one place that chooses is open.ts.
 *
 * Training leaves the event loop free. An engine that is open and idle doesn't keep the process alive; `await using` ends it.
 */
export interface Engine extends AsyncDisposable {
  readonly name: string;
  /** The library and its version, for people and for the record: "ml-xgboost 1.1.2 (XGBoost 0.7)". */
  readonly version: string;
  /** The file of the library, or its name for the system's loader, where it isn't churn's own. */
  readonly library?: string | undefined;
  /**
   * @param request  NaN in what its customers have is a missing value, which goes the way that training finds best at each split
   * @throws {UsageError} when the engine can't do what is asked: its algorithm, a parameter, a matrix beyond its size
   * @throws {InputError} when there is nothing to train on
   * @throws {ServiceError} when the library fails
   */
  train(request: TrainingRequest): Promise<TrainedModel>;
}
