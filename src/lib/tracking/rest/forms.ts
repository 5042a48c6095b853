import * as z from "zod";
import type { ModelStage, RunStatus } from "../tracking.ts";

/** MLflow's answers, as far as churn reads them. Fields that are empty are left out by MLflow, and texts may be "". */

const text = z.string().default("");
const keyed = z.array(z.object({ key: z.string(), value: text })).default([]);
/** int64 as a number or as a text. */
const integer = z.coerce.number().default(0);
/** NaN and the infinities are texts. */
const double = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]).default(0);

export const nothing = z.looseObject({});

export const experiment = z.object({
  experiment_id: z.string(),
  lifecycle_stage: z.string().default("active"),
});
export const experimentAnswer = z.object({ experiment });
export const experimentCreated = z.object({ experiment_id: z.string() });

const STATUSES = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] as const satisfies readonly RunStatus[];

export const run = z.object({
  info: z.object({
    run_id: z.string(),
    experiment_id: z.string(),
    run_name: text,
    status: z.enum(STATUSES).default("RUNNING"),
    artifact_uri: text,
    lifecycle_stage: z.string().default("active"),
  }),
  data: z
    .object({
      metrics: z.array(z.object({ key: z.string(), value: double })).default([]),
      params: keyed,
      tags: keyed,
    })
    .prefault({}),
});
export type RunForm = z.infer<typeof run>;
export const runAnswer = z.object({ run });
export const runsAnswer = z.object({ runs: z.array(run).default([]) });

const STAGES = ["None", "Staging", "Production", "Archived"] as const satisfies readonly ModelStage[];

export const modelVersion = z.object({
  name: z.string(),
  version: z.coerce.number().int().positive(),
  current_stage: z.enum(STAGES).catch("None"),
  creation_timestamp: integer,
  description: text,
  source: text,
  run_id: text,
  tags: keyed,
});
export type VersionForm = z.infer<typeof modelVersion>;
export const versionAnswer = z.object({ model_version: modelVersion });
export const versionsAnswer = z.object({ model_versions: z.array(modelVersion).default([]), next_page_token: text });

export const registeredModel = z.object({
  registered_model: z.object({
    name: z.string(),
    aliases: z.array(z.object({ alias: z.string(), version: z.coerce.number().int() })).default([]),
  }),
});

export const downloadAnswer = z.object({ artifact_uri: z.string() });

const file = z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: integer });
export const filesAnswer = z.object({ files: z.array(file).default([]) });
export type FileForm = z.infer<typeof file>;
