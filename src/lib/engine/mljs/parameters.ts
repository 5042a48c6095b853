import { UsageError } from "../../errors.ts";
import type { BoosterParameters } from "../parameters.ts";

/** What of train.params has a meaning for ml-random-forest. A forest's learning_rate is 1: churn.yaml's schema holds that. */
const KNOWN = ["max_depth", "learning_rate", "seed", "colsample_bytree"] as const;
const DEFAULT_SHARE = 0.8;
const DEFAULT_SAMPLES = 500;

export interface ForestParameters {
  /** deepest level of a tree; undefined is no limit */
  readonly maxDepth: number | undefined;
  readonly seed: number;
  /** features drawn for each tree */
  readonly features: number;
  /** customers drawn for each tree */
  readonly samples: number;
  /** by the names of churn.yaml, for the record */
  readonly sent: Readonly<Record<string, string>>;
}

/**
 * train.params as ml-random-forest takes them: it draws features once a tree.
 *
 * @param maxSamples  train.max_samples
 * @throws {UsageError} when a parameter has no meaning for it
 */
export function forestParameters(
  params: Readonly<BoosterParameters>,
  {
    rowCount,
    featureCount,
    maxSamples = DEFAULT_SAMPLES,
  }: { readonly rowCount: number; readonly featureCount: number; readonly maxSamples?: number | undefined },
): ForestParameters {
  const known: readonly string[] = KNOWN;
  const unknown = Object.entries(params).flatMap(([name, value]) =>
    value === undefined || known.includes(name) ? [] : [name],
  );
  if (unknown.length > 0) {
    throw new UsageError(
      `the mljs engine (ml-random-forest) doesn't know ${unknown.map((name) => `train.params.${name}`).join(", ")}`,
      `remove ${unknown.length === 1 ? "it" : "them"} from churn.yaml; it knows ${[...KNOWN].sort().join(", ")}`,
    );
  }
  const { max_depth, seed, colsample_bytree = DEFAULT_SHARE } = params;
  const samples = Math.min(maxSamples, rowCount);
  return {
    maxDepth: max_depth === 0 ? undefined : max_depth,
    seed,
    features: Math.max(1, Math.floor(featureCount * colsample_bytree)),
    samples,
    sent: {
      max_depth: String(max_depth),
      seed: String(seed),
      colsample_bytree: String(colsample_bytree),
      max_samples: String(samples),
    },
  };
}
