import * as z from "zod";
import { recordPart, upgrade } from "../artifacts/format.ts";

const version1 = {
  files: z.record(z.string(), z.string()).describe("file of the model folder: SHA-256"),
  engine: z.string(),
  parameters: z.record(z.string(), z.string()).describe("as they were sent"),
  rows: z.int().positive().describe("train customers"),
  log_loss: z.number().describe("on the train customers"),
  seconds: z.number(),
  mlflow_run_id: z.string().nullable().describe("null until the run is there"),
};
const version2 = {
  ...version1,
  library: z.string().nullable().describe("the file of libxgboost; null where the engine is churn's own"),
  rows: z.int().positive().describe("customers that were trained on"),
  log_loss: z.number().describe("on the customers that were trained on"),
  early_stopping: z
    .strictObject({
      validation_rows: z.int().positive(),
      validation_log_loss: z.array(z.number()).min(1).describe("after each round that was trained"),
      best_iteration: z.int().nonnegative(),
      ended_at: z.int().describe("milliseconds since 1970, when training ended"),
    })
    .nullable(),
  cuts: z
    .strictObject({ rows: z.int().positive(), sha256: z.string().length(64) })
    .nullable()
    .describe("cuts.parquet; null where the engine goes by none"),
};

/** What training leaves in its attempt's record, so that a next attempt at the same work starts where this one stopped. */
export const trainCheckpoint = recordPart(version2, {
  1: upgrade(z.strictObject(version1), z.strictObject(version2), (old) => ({
    ...old,
    library: null,
    early_stopping: null,
    cuts: null,
  })),
});
export type TrainCheckpoint = z.infer<typeof trainCheckpoint.schema>;
