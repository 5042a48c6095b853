import * as z from "zod";

/** XGBoost writes the numbers of its parameter objects as texts. */
const countText = z
  .string()
  .regex(/^\d{1,9}$/, "a whole number as text")
  .transform(Number);
const integers = z.array(z.int());
const floats = z.array(z.number());

const tree = z.object({
  tree_param: z.object({ num_nodes: countText, num_deleted: countText.optional() }),
  left_children: integers,
  right_children: integers,
  parents: integers,
  split_indices: integers,
  split_conditions: floats,
  default_left: z.array(z.union([z.literal(0), z.literal(1), z.boolean()])),
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
