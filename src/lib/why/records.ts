import * as z from "zod";
import { minImprovement, olderNight, outcome, productionMoved, rule } from "../compare/report.ts";
import { InputError } from "../errors.ts";
import { classificationMetrics } from "../model/evaluation.ts";
import { receipt } from "../notify/report.ts";
import { gateCheck } from "../quality/report.ts";
import type { Archive } from "../stage/archive.ts";
import { lastSuccess } from "../stage/lost-record.ts";
import { readResult } from "../stage/parts.ts";
import { readSuccess, type StageRecord } from "../stage/record.ts";

const rows = z.int().nonnegative();

/** Missing where a stage is none of churn's own. */
const perhaps = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** What of the stages' results a night's story tells. */
const told = z.object({
  extract: perhaps(z.object({ rows, source: z.string() })),
  // Before 1.9 no gate could be waived.
  validate: perhaps(z.object({ gates: z.array(gateCheck.extend({ waived: gateCheck.shape.waived.default(null) })) })),
  transform: perhaps(
    z.object({
      train: z.object({ rows }),
      test: z.object({ rows }),
      dropped: z.object({ null_labels: rows, null_ids: rows, duplicates: rows }),
    }),
  ),
  train: perhaps(
    z.object({
      rows,
      engine: z.string(),
      early_stopping: z.object({ validation_rows: rows }).nullable(),
    }),
  ),
  evaluate: perhaps(z.object({ metrics: classificationMetrics, driven_by: z.array(z.string()) })),
  compare: perhaps(
    z.object({
      outcome,
      reason: z.string(),
      rows,
      f1: z.number(),
      prod_f1: z.number().nullable(),
      recorded_prod_f1: z.number().nullable(),
      production_version: z.int().positive().nullable(),
      production_moved: productionMoved,
      older: olderNight,
      improvement: z.number().nullable(),
      min_improvement: minImprovement,
      rules: z.array(rule),
    }),
  ),
  register: perhaps(
    z.object({
      registered: z.boolean(),
      name: z.string(),
      version: z.int().positive().nullable(),
      stage: z.string().nullable(),
      reason: z.string(),
    }),
  ),
  notify: perhaps(z.object({ channels: z.array(receipt) })),
});

/** What a night's stages have left. */
export interface NightRecords {
  /** the success of a stage; undefined where there is none, or it can't be read */
  record(stage: string): StageRecord | undefined;
  /** what they came to; one is missing likewise, and where the stage is none of churn's own */
  readonly results: z.infer<typeof told>;
  /** a sentence for each record that can't be read */
  readonly damaged: readonly string[];
}

/**
 * Reads the successes of a night's stages; where a record is lost, the attempt that proves what it said.
 *
 * @param stages  by default all of them
 * @throws {UsageError} when one is another workspace's, or a newer churn's
 */
export async function readNightRecords(
  archive: Archive,
  night: string,
  stages: readonly string[] = archive.stages.map(({ name }) => name),
): Promise<NightRecords> {
  const found = new Map<string, StageRecord>();
  const results: Record<string, unknown> = {};
  const damaged: string[] = [];
  for (const stage of archive.stages.filter(({ name }) => stages.includes(name))) {
    try {
      const record =
        (await readSuccess(archive, night, stage.name)) ?? (await lastSuccess(archive, night, stage.name))?.record;
      if (record === undefined) continue;
      found.set(stage.name, record);
      results[stage.name] = readResult(stage.result, record);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      damaged.push(error.message);
    }
  }
  return { record: (stage) => found.get(stage), results: told.parse(results), damaged };
}
