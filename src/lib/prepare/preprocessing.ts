import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { split } from "../config/schema.ts";
import { unusedReason } from "../source/kinds.ts";

/** What a column is for the model. `ignored` columns are in raw alone: derived columns may use them. */
export const columnRole = z.enum(["id", "target", "date", "numeric", "boolean", "categorical", "ignored"]);
export type ColumnRole = z.infer<typeof columnRole>;

const rawColumn2 = z.strictObject({ name: z.string(), type: z.string(), role: columnRole });
const rawColumn = rawColumn2.extend({
  unused: unusedReason.nullable().describe("why it is no feature where features is all"),
});

const cuts = z
  .strictObject({ positive: z.int(), negative: z.int() })
  .nullable()
  .describe("stratified: the highest hash of each class on the test side");

/**
 * preprocessing.json: all that turns raw customers into a model's columns. It is fitted on the train side alone and travels
 * in the model folder, so that every model is scored as it was trained, whatever churn.yaml says by then.
 */
const preprocessing = z.strictObject({
  dataset: z.strictObject({
    id: z.string(),
    date: z.string().nullable(),
    target: z.strictObject({ column: z.string(), positive: z.union([z.boolean(), z.number(), z.string()]) }),
  }),
  columns: z.array(rawColumn).describe("the raw columns, in order"),
  fill: z.record(z.string(), z.string()).describe("column: SQL expression that replaces its nulls"),
  derive: z.array(z.strictObject({ name: z.string(), expression: z.string(), role: columnRole })),
  one_hot: z.array(
    z.strictObject({
      column: z.string(),
      categories: z
        .array(z.strictObject({ value: z.string(), name: z.string() }))
        .describe("the value and its column's name, sorted by value"),
      other: z.string().nullable().describe("the column that rarer categories share, where the train side made one"),
    }),
  ),
  split: split.extend({ cuts }),
});
export type Preprocessing = z.infer<typeof preprocessing>;

/** Before a column could say who is a test customer. */
const preprocessing3 = preprocessing.extend({
  split: z.strictObject({
    method: z
      .enum(["customer", "stratified"])
      .default("customer")
      .describe("by the customer's hash; stratified: by class as well"),
    test: split.shape.test,
    salt: split.shape.salt,
    cuts,
  }),
});

/** Before columns had a kind. */
const preprocessing2 = preprocessing3.extend({ columns: z.array(rawColumn2).describe("the raw columns, in order") });

export const preprocessingFormat = defineFormat({
  version: 4,
  schema: preprocessing,
  upgrades: {
    1: upgrade(preprocessing2, preprocessing2, (old) => old),
    2: upgrade(preprocessing2, preprocessing3, ({ columns, ...old }) => ({
      ...old,
      columns: columns.map((column) => ({ ...column, unused: null })),
    })),
    3: upgrade(preprocessing3, preprocessing, (old) => old),
  },
});

/** features.json: the matrix's columns in order. */
const featureList = z.strictObject({
  id: z.string(),
  label: z.string(),
  features: z.array(z.string()),
  absent: z.array(z.string()).describe("features that today's train customers don't have: columns of zeros"),
  schema_digest: z.string().describe("SHA-256 over names and order"),
});

export const featureListFormat = defineFormat({
  version: 2,
  schema: featureList,
  upgrades: { 1: upgrade(featureList, featureList, (old) => old) },
});
