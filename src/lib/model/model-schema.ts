import * as z from "zod";

/** XGBoost writes the numbers of its parameter objects as texts. */
const countText = z
  .string()
  .regex(/^\d{1,9}$/, "a whole number as text")
  .transform(Number);
/** A list is judged as a whole: entry by entry zod would take longer than scoring does. */
function listOf<Entry>(fits: (entry: unknown) => boolean, what: string) {
  return z.custom<Entry[]>((value) => Array.isArray(value) && value.every(fits), what);
}
const integers = listOf<number>(Number.isSafeInteger, "a list of whole numbers is expected");
const floats = listOf<number>((entry) => typeof entry === "number", "a list of numbers is expected");
const marks = listOf<0 | 1 | boolean>(
  (entry) => entry === 0 || entry === 1 || typeof entry === "boolean",
  "a list of 0 and 1 is expected",
);

const OBJECTIVES = ["binary:logistic", "reg:logistic", "reg:squarederror"] as const;

/** What makes a score of the leaves' sum: the logistic function, or nothing. */
export type Link = "logistic" | "identity";

const names = listOf<string>((entry) => typeof entry === "string", "a list of texts is expected");
const zeros = listOf<0>((entry) => entry === 0, "a list of 0 is expected, of trees that tell two classes apart");

/** A list of which the first entry that doesn't fit is told: zod would note each problem of each of a million. */
function listUntil<Entry>(entry: z.ZodType<Entry>) {
  return z.array(z.unknown()).transform((values, context): Entry[] => {
    const read: Entry[] = [];
    for (const [index, value] of values.entries()) {
      const { data, error } = entry.safeParse(value);
      if (error !== undefined) {
        const [issue] = error.issues;
        context.addIssue({ code: "custom", path: [index, ...(issue?.path ?? [])], message: issue?.message ?? "" });
        return z.NEVER;
      }
      read.push(data);
    }
    return read;
  });
}

/** Names what a model has instead of what can be scored. */
function said(what: string) {
  return ({ input }: { readonly input?: unknown }) =>
    typeof input === "string" ? `${what} is ${input.slice(0, 60)}, which can't be scored here` : `${what} is not said`;
}

const tree = z.object({
  tree_param: z.object({ num_nodes: countText, num_deleted: countText.optional() }),
  left_children: integers,
  right_children: integers,
  parents: integers,
  split_indices: integers,
  split_conditions: floats,
  default_left: marks,
  split_type: integers.optional(),
  // What no score depends on: it is judged by who explains a model (explain/node-statistics.ts).
  loss_changes: z.unknown().optional(),
  sum_hessian: z.unknown().optional(),
});

/**
 * What scoring needs of XGBoost's JSON model format, as 1.7 to 3.4 write it. Later versions add keys: none is refused for
 * being unknown.
 */
export const modelSchema = z.object({
  learner: z.object({
    feature_names: names,
    objective: z.object({
      name: z
        .literal(OBJECTIVES, { error: said("the objective") })
        .transform((name): Link => (name === "reg:squarederror" ? "identity" : "logistic")),
    }),
    learner_model_param: z.object({
      num_class: z.literal(["0", "1"], { error: said("the number of classes") }).optional(),
      num_target: z.literal(["0", "1"], { error: said("the number of targets") }).optional(),
      // "2.65E-1" up to 3.0, "[2.65E-1]" from 3.1 on
      base_score: z
        .string()
        .regex(/^(?:[\d.]+(?:[eE][+-]?\d+)?|\[[\d.]+(?:[eE][+-]?\d+)?\])$/, "one number as text")
        .transform((text) => Number(text.replace(/[[\]]/g, "")))
        .refine((probability) => probability >= 0 && probability <= 1, "a probability"),
      num_feature: countText,
    }),
    gradient_booster: z.object({
      name: z.literal("gbtree", { error: said("the booster") }),
      model: z.object({
        gbtree_model_param: z.object({ num_trees: countText }),
        tree_info: zeros,
        trees: listUntil(tree),
      }),
    }),
  }),
});

/** A model that early stopping stopped: all its rounds are in it, and which one was the best. */
export const stoppedEarly = z.looseObject({
  learner: z.looseObject({
    attributes: z.looseObject({ best_iteration: z.unknown() }),
    gradient_booster: z.looseObject({
      model: z.looseObject({
        gbtree_model_param: z.looseObject({ num_parallel_tree: z.unknown() }),
        trees: z.array(z.unknown()),
        tree_info: z.array(z.unknown()),
      }),
    }),
  }),
});

export type ModelTree = z.infer<typeof tree>;
