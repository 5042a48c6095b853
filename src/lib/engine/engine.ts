import type { Matrix } from "../matrix/matrix.ts";
import type { BoosterParameters } from "./parameters.ts";

export interface TrainingRequest {
  readonly matrix: Matrix;
  /** 1 = churned, 0 = stayed; shape (rowCount,) */
  readonly label: Uint8Array;
  readonly rounds: number;
  /** train.params of churn.yaml; the engine sends each one explicitly, and its default where it isn't given. */
  readonly params: Readonly<BoosterParameters>;
}

export interface TrainedModel {
  /** XGBoost's JSON model format in the form that every XGBoost from 1.7 to 3.4 reads alike, feature names included. */
  readonly json: string;
  /** Every parameter as it was sent to the library, by the names of churn.yaml. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * What trains. No other code knows which engine it is: the rest of churn sees the JSON model alone.
 * The one place that chooses is `openEngine` in engines.ts.
 */
export interface Engine {
  readonly name: string;
  /** The library and its version, for people and for the record: "ml-xgboost 1.1.2 (XGBoost 0.7)". */
  readonly version: string;
  /** @throws {ChurnError} when the matrix is too large for the engine, has missing values it can't take, or a parameter is refused */
  train(request: TrainingRequest): Promise<TrainedModel>;
}
