import * as z from "zod";

/** Names that people bring along from elsewhere, and what takes their place here. One name a parameter, so none can be given twice. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  eta: "use learning_rate",
  reg_lambda: "use lambda",
  reg_alpha: "use alpha",
  min_split_loss: "use gamma",
  n_jobs: "use train.threads",
  nthread: "use train.threads",
  random_state: "use seed",
  n_estimators: "use train.rounds",
  num_round: "use train.rounds",
  num_boost_round: "use train.rounds",
  objective: "it is always binary:logistic",
  booster: "it is always gbtree",
};

/** What the library's numbers hold, which are of 32 bits. */
export const LARGEST_INT = 2_147_483_647;
const [SMALLEST_FLOAT, LARGEST_FLOAT] = [2 ** -126, 3.4028234663852886e38];
/** A bound that isn't 0 would read as 0 in a sentence, so the smallest numbers are refused beside it. */
const isHeld = (value: number) => value <= 0 || value >= SMALLEST_FLOAT;
const HELD = "a number that float32 holds, 1.2e-38 or more";
const count = z.int().max(LARGEST_INT);
const share = z.number().gt(0).max(1).refine(isHeld, HELD);
const penalty = z.number().nonnegative().max(LARGEST_FLOAT).refine(isHeld, HELD);
const weight = z.number().gt(0).max(LARGEST_FLOAT).refine(isHeld, HELD);
/** XGBoost 3 takes what is nearer to 0 or 1 for these, older ones refuse it or reckon with infinite log odds. */
const [LEAST_SCORE, MOST_SCORE] = [1e-6, 1 - 1e-6];

/** What the texts of constraints look like, in XGBoost's own form. */
const DIRECTIONS = z
  .string()
  .regex(
    /^\((?:-?1|0)(?:,(?:-?1|0))*\)$/,
    "directions by feature, such as { tenure: -1 }, or one of -1, 0, 1 a feature in order, such as (1,0,-1)",
  );
const GROUPS = z
  .string()
  .regex(
    /^\[(?:\[\d+(?:,\d+)*\])(?:,\[\d+(?:,\d+)*\])*\]$/,
    "lists of features, by name or number, such as [[tenure, charges], [age]]",
  );

/**
 * What an engine is asked for: XGBoost's training parameters for binary:logistic and trees, by XGBoost's own names, within
 * the bounds that XGBoost documents. What isn't given isn't decided here: the engine sends XGBoost's documented default.
 *
 * @see https://xgboost.readthedocs.io/en/stable/parameter.html
 */
export const parameters = z.strictObject(
  {
    max_depth: count.nonnegative().default(5).describe("deepest level of a tree; 0 is no limit (hist only)"),
    learning_rate: share.default(0.1).describe("how much of each new tree is taken"),
    seed: count.nonnegative().default(42).describe("of the random numbers; matters with sampling only"),

    min_child_weight: penalty.optional().describe("least sum of the hessian in a child"),
    gamma: penalty.optional().describe("least gain that a split must bring"),
    max_delta_step: penalty.optional().describe("largest step of a leaf; 0 is no limit"),
    lambda: penalty.optional().describe("L2 penalty on leaf values"),
    alpha: penalty.optional().describe("L1 penalty on leaf values"),
    scale_pos_weight: weight.optional().describe("weight of a customer who churned against one who stayed"),
    base_score: z
      .number()
      .min(LEAST_SCORE)
      .max(MOST_SCORE)
      .optional()
      .describe("probability that boosting starts from; 0.5 if not given"),

    subsample: share.optional().describe("share of customers drawn for each tree"),
    sampling_method: z.enum(["uniform", "gradient_based"]).optional().describe("how customers are drawn"),
    colsample_bytree: share.optional().describe("share of features drawn for each tree"),
    colsample_bylevel: share.optional().describe("share of features drawn for each level"),
    colsample_bynode: share.optional().describe("share of features drawn for each split"),

    tree_method: z
      .enum(["auto", "exact", "approx", "hist"])
      .optional()
      .describe("how splits are found; auto, the default, is exact up to 50,000 train customers and hist above"),
    grow_policy: z.enum(["depthwise", "lossguide"]).optional().describe("which node is split next"),
    max_leaves: count.nonnegative().optional().describe("most leaves of a tree; 0 is no limit"),
    max_bin: count.min(2).optional().describe("bins of a feature's histogram"),
    max_cached_hist_node: count.positive().optional().describe("histograms kept in memory"),
    num_parallel_tree: count.positive().optional().describe("trees grown in each round: a forest where it is above 1"),
    monotone_constraints: DIRECTIONS.optional().describe("direction of each feature's effect, such as (1,0,-1)"),
    interaction_constraints: GROUPS.optional().describe("features that may share a branch, such as [[0,1],[2,3,4]]"),

    seed_per_iteration: z.boolean().optional().describe("draw anew from the seed and the round's number in each round"),
    device: z
      .string()
      .regex(/^(?:cpu|(?:gpu|cuda)(?::\d{1,4})?)$/, "cpu, cuda or cuda:0")
      .optional()
      .describe("where training runs"),
  },
  {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      const known = issue.keys.flatMap((key) => (Object.hasOwn(ELSEWHERE, key) ? [`${key}: ${ELSEWHERE[key]}`] : []));
      return known.length === 0 ? undefined : known.join(", ");
    },
  },
);

export type BoosterParameters = z.infer<typeof parameters>;

const featureName = z.string().min(1);

/** train.params of churn.yaml: the same, where some may be written in words that resolve.ts puts into XGBoost's. */
export const configuredParameters = parameters.extend({
  scale_pos_weight: z
    .union([weight, z.literal("balanced")])
    .optional()
    .describe(
      "weight of a customer who churned against one who stayed; balanced: those who stayed divided by those who churned",
    ),
  monotone_constraints: z
    .union([z.record(featureName, z.literal([-1, 0, 1])), DIRECTIONS])
    .optional()
    .describe("feature: direction of its effect, -1 or 1; or one of -1, 0, 1 a feature, in order, such as (1,0,-1)"),
  interaction_constraints: z
    .union([z.array(z.array(z.union([featureName, z.int().nonnegative()])).min(1)).min(1), GROUPS])
    .optional()
    .describe("lists of features that may share a branch, by name or number, such as [[tenure, charges], [age]]"),
});

export type ConfiguredParameters = z.infer<typeof configuredParameters>;
