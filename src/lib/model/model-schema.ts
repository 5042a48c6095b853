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

const tree = z.object({
  tree_param: z.object({ num_nodes: countText, num_deleted: countText.optional() }),
  left_children: integers,
  right_children: integers,
  parents: integers,
  split_indices: integers,
  split_conditions: floats,
  default_left: marks,
  split_type: integers.optional(),
});

/**
 * What scoring needs of XGBoost's JSON model format, as 1.7 to 3.4 write it. Later versions add keys: none is refused for
 * being unknown.
 */
export const modelSchema = z.object({
  learner: z.object({
    feature_names: z.array(z.string()),
    objective: z.object({ name: z.literal("binary:logistic") }),
    learner_model_param: z.object({
      // "2.65E-1" up to 3.0, "[2.65E-1]" from 3.1 on
      base_score: z
        .string()
        .regex(/^(?:[\d.]+(?:[eE][+-]?\d+)?|\[[\d.]+(?:[eE][+-]?\d+)?\])$/, "one number as text")
        .transform((text) => Number(text.replace(/[[\]]/g, "")))
        .refine((probability) => probability > 0 && probability < 1, "a probability above 0 and below 1"),
      num_class: z.literal(["0", "1"]).optional(),
      num_target: z.literal(["0", "1"]).optional(),
      num_feature: countText,
    }),
    gradient_booster: z.object({
      name: z.literal("gbtree"),
      model: z.object({
        gbtree_model_param: z.object({ num_trees: countText }),
        tree_info: z.array(z.literal(0)),
        trees: z.array(tree),
      }),
    }),
  }),
});

export type ModelTree = z.infer<typeof tree>;
