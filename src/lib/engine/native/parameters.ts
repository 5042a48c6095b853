import { UsageError } from "../../errors.ts";
import { BIN_DEFAULTS, type DecidedParameters, decideParameters, TREE_DEFAULTS } from "../defaults.ts";
import type { BoosterParameters } from "../parameters.ts";

/** Since 1.0, beside those of every version. Everything is sent. */
const DEFAULTS = {
  ...TREE_DEFAULTS,
  sampling_method: "uniform",
  colsample_bynode: 1,
} as const satisfies Partial<BoosterParameters>;

/** What `exact` doesn't look at. */
const WITHOUT_EFFECT_EXACT = [...Object.keys(BIN_DEFAULTS), "max_cached_hist_node", "device"];

export interface NativeParameters {
  readonly decided: DecidedParameters;
  /** every parameter as text, by XGBoost's names */
  readonly sent: Readonly<Record<string, string>>;
}

/**
 * train.params as libxgboost takes them, every one as text.
 *
 * @param rowCount  train customers, by whose number the tree method is chosen where train.params leave it open
 * @param threads   of training
 * @throws {UsageError} when a parameter has no effect together with the others
 */
export function nativeParameters(
  params: Readonly<BoosterParameters>,
  { rowCount, threads }: { readonly rowCount: number; readonly threads: number },
): NativeParameters {
  const decided = decideParameters(params, rowCount);
  const isExact = decided.tree_method === "exact";
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  const defaults: Readonly<Record<string, unknown>> = { ...BIN_DEFAULTS, device: "cpu" };
  const idle = given.flatMap(([name, value]) =>
    isExact && WITHOUT_EFFECT_EXACT.includes(name) && value !== defaults[name] ? [name] : [],
  );
  if (idle.length > 0) {
    throw new UsageError(
      `${idle.map((name) => `train.params.${name}`).join(", ")} would have no effect: XGBoost ignores ${idle.length === 1 ? "it" : "them"} with tree_method exact`,
      `remove ${idle.length === 1 ? "it" : "them"} from churn.yaml, or set train.params.tree_method to hist`,
    );
  }
  if (decided.tree_method !== "hist" && params.sampling_method === "gradient_based") {
    throw new UsageError(
      "train.params.sampling_method gradient_based needs tree_method hist",
      "set train.params.tree_method to hist, or leave sampling_method out",
    );
  }
  if (isExact && (params.colsample_bynode ?? 1) < 1) {
    throw new UsageError(
      "train.params.colsample_bynode needs tree_method hist: exact trees draw features by tree or level",
      "set train.params.tree_method to hist, or colsample_bylevel in its place",
    );
  }
  if (isExact && params.max_depth === 0) {
    throw new UsageError(
      "train.params.max_depth 0 (no limit) needs tree_method hist",
      "give train.params.max_depth a limit, such as 5",
    );
  }
  const kept = given.filter(([name]) => !isExact || !WITHOUT_EFFECT_EXACT.includes(name));
  const sent = {
    ...DEFAULTS,
    ...(isExact ? {} : BIN_DEFAULTS),
    ...Object.fromEntries(kept),
    tree_method: decided.tree_method,
    base_score: decided.base_score,
    nthread: threads,
  };
  return { decided, sent: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, String(value)])) };
}
