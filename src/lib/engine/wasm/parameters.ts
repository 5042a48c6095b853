import { counted } from "../../cli/numbers.ts";
import { UsageError } from "../../errors.ts";
import { BIN_DEFAULTS, decideParameters, TREE_DEFAULTS, type TreeMethod } from "../defaults.ts";
import type { BoosterParameters } from "../parameters.ts";

/** What XGBoost 0.7 knows of train.params. Everything is sent. */
const DEFAULTS = { ...TREE_DEFAULTS, ...BIN_DEFAULTS };

/** Decided for every engine alike, and sent where it is given: XGBoost 0.7 has no text for "none". */
const WITHOUT_DEFAULT = ["base_score", "tree_method", "monotone_constraints"];

const KNOWN = [...Object.keys(DEFAULTS), ...WITHOUT_DEFAULT].sort();

/** What each method of XGBoost 0.7 doesn't look at: seen by training with and without, the model stays the same. */
const WITHOUT_EFFECT = {
  exact: ["grow_policy", "max_leaves", "max_bin"],
  approx: ["grow_policy", "max_leaves", "max_bin"],
  hist: ["colsample_bylevel", "monotone_constraints"],
} as const;
const DEFAULT_VALUES: Readonly<Partial<BoosterParameters>> = DEFAULTS;

export interface LegacyParameters {
  readonly method: TreeMethod;
  /** the probability that boosting starts from */
  readonly baseScore: number;
  readonly scalePosWeight: number;
  /** trees a round */
  readonly parallelTrees: number;
  /** every parameter as text */
  readonly sent: Readonly<Record<string, string>>;
}

/**
 * train.params as XGBoost 0.7 takes them, every one as text.
 *
 * The library ignores what it doesn't know or doesn't look at; a setting without effect is refused here instead.
 *
 * @param rowCount  train customers, by whose number the tree method is chosen where train.params leave it open
 * @throws {UsageError} when a parameter is unknown to that version, or has no effect together with the others
 */
export function legacyParameters(
  params: Readonly<BoosterParameters>,
  { rowCount }: { readonly rowCount: number },
): LegacyParameters {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  const unknown = given.map(([name]) => name).filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `the wasm engine (XGBoost 0.7) doesn't know ${unknown.map((name) => `train.params.${name}`).join(", ")}`,
      `remove ${unknown.length === 1 ? "it" : "them"} from churn.yaml; it knows ${KNOWN.join(", ")}`,
    );
  }
  const { tree_method: method, base_score: baseScore } = decideParameters(params, rowCount);
  const idle = WITHOUT_EFFECT[method].filter(
    (name) => params[name] !== undefined && params[name] !== DEFAULT_VALUES[name],
  );
  if (idle.length > 0) {
    throw new UsageError(
      `${idle.map((name) => `train.params.${name}`).join(", ")} would have no effect: the wasm engine (XGBoost 0.7) ignores ${idle.length === 1 ? "it" : "them"} with tree_method ${method}${method === params.tree_method ? "" : `, which is chosen for ${counted(rowCount, "customer")}`}`,
      `remove ${idle.length === 1 ? "it" : "them"} from churn.yaml, or set train.params.tree_method to ${method === "hist" ? "exact" : "hist"}`,
    );
  }
  if (params.max_depth === 0 && (method !== "hist" || (params.max_leaves ?? 0) === 0)) {
    throw new UsageError(
      "train.params.max_depth 0 (no limit) needs tree_method hist and a limit of max_leaves",
      "give train.params.max_depth a limit, such as 5",
    );
  }
  const sent = { ...DEFAULTS, ...Object.fromEntries(given), tree_method: method, base_score: baseScore, nthread: 1 };
  return {
    method,
    baseScore,
    scalePosWeight: params.scale_pos_weight ?? DEFAULTS.scale_pos_weight,
    parallelTrees: params.num_parallel_tree ?? DEFAULTS.num_parallel_tree,
    sent: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, String(value)])),
  };
}
