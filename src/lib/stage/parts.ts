import type * as z from "zod";
import type { Format } from "../artifacts/format.ts";
import { attemptKey, recordKey, type StageRecord } from "./record.ts";

/**
 * A success's result, as the present version of its stage has it.
 *
 * @throws {InputError} when it is damaged
 * @throws {NewerVersionError} when a newer churn wrote it, in a version that this one doesn't know
 */
export function readResult<Schema extends z.ZodObject>(
  format: Format<Schema>,
  { night, stage, result, versions }: StageRecord,
): z.output<Schema> {
  return format.read(result, `the result in ${recordKey(night, stage)}`, versions.churn);
}

/** An attempt's checkpoint, likewise; undefined where it saved none. @throws as `readResult` */
export function readCheckpoint<Schema extends z.ZodObject>(
  format: Format<Schema>,
  { night, run, stage, checkpoint, versions }: StageRecord,
): z.output<Schema> | undefined {
  if (checkpoint === null) return undefined;
  return format.read(checkpoint, `the checkpoint in ${attemptKey(night, run, stage)}`, versions.churn);
}
