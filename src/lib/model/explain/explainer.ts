import type { Matrix } from "../../matrix/matrix.ts";
import type { FeatureImportance } from "./importance.ts";
import type { Contributions } from "./tree-shap.ts";

/** A library that explains the model that it scores with, as tree-shap.ts and importance.ts do it, to 1e-5. */
export interface Explainer {
  /** with its version, for people and for evaluation.json */
  readonly name: string;
  /** @throws {ScoringFailure} when the library fails */
  contributions(matrix: Matrix): Promise<Contributions>;
  /** @throws {ScoringFailure} likewise */
  importance(): Promise<readonly FeatureImportance[]>;
}
