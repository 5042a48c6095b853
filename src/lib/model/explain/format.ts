import * as z from "zod";

const finite = z.number();

/** In evaluation.json; a list, since a column may have any name, and none is a good key of JSON. */
export const importanceList = z
  .array(
    z.strictObject({
      feature: z.string(),
      gain: finite.describe("how much a split by it lowers the training loss, on average"),
      weight: z.int().positive().describe("splits by it"),
      cover: finite.describe("train customers that a split by it sees, as the sum of their hessians, on average"),
    }),
  )
  .describe("XGBoost's get_score, highest gain first; a feature that no tree splits by is not listed");

export const shapSummary = z
  .strictObject({
    rows: z.int().positive().describe("test customers, by lowest hash of their ids"),
    bias: finite.describe("log odds that all contributions start from, the same for every customer"),
    features: z
      .array(z.strictObject({ feature: z.string(), mean_abs: finite.nonnegative() }))
      .describe("mean absolute SHAP value, in log odds, highest first; 0 for a feature that is not listed"),
  })
  .describe("what moves the model's predictions: path-dependent SHAP values, as XGBoost's pred_contribs gives them");

export type Importance = z.infer<typeof importanceList>;
export type Shap = z.infer<typeof shapSummary>;
