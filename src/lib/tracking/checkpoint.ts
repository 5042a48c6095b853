import * as z from "zod";
import { recordPart } from "../artifacts/format.ts";

/** What training leaves in its attempt's record, so that a next attempt at the same work starts where this one stopped. */
export const trainCheckpoint = recordPart({
  files: z.record(z.string(), z.string()).describe("file of the model folder: SHA-256"),
  engine: z.string(),
  parameters: z.record(z.string(), z.string()).describe("as they were sent"),
  rows: z.int().positive().describe("train customers"),
  log_loss: z.number().describe("on the train customers"),
  seconds: z.number(),
  mlflow_run_id: z.string().nullable().describe("null until the run is there"),
});
export type TrainCheckpoint = z.infer<typeof trainCheckpoint.schema>;
