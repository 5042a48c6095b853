import { InputError } from "../errors.ts";
import { changeOf } from "../store/change.ts";
import type { Records } from "./archive.ts";
import { filesOf } from "./inputs.ts";
import { attemptKey, readAttempt, runsOf, type StageRecord } from "./record.ts";
import { removalsIn } from "./removed.ts";

/** What is left of a success whose record is missing: the attempt's own, or why that proves nothing. */
export type LastSuccess =
  | { readonly record: StageRecord /** the attempt's */; readonly key: string }
  | { readonly record: undefined; readonly why: string };

/**
 * Looks for what proves a success whose record is missing: an attempt that succeeded and whose outputs have the digests that
 * it names, or had them when `churn gc` removed them, which wrote the very text of it; the newest such one. Undefined when no
 * attempt has succeeded.
 *
 * @throws {UsageError} when an attempt is another workspace's, or a newer churn's
 */
export async function lastSuccess(records: Records, night: string, stage: string): Promise<LastSuccess | undefined> {
  let why: string | undefined;
  for (const run of await runsOf(records, night)) {
    try {
      const record = await readAttempt(records, night, run, stage);
      if (record?.status !== "succeeded") continue;
      const change = await firstChange(records, record);
      if (change === undefined) return { record, key: attemptKey(night, run, stage) };
      why ??= `${change} since ${stage} wrote it`;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      why ??= error.message;
    }
  }
  return why === undefined ? undefined : { record: undefined, why };
}

async function firstChange(
  records: Records,
  { outputs, ended_at, started_at }: StageRecord,
): Promise<string | undefined> {
  const removals = removalsIn(records);
  const written = new Date(ended_at ?? started_at);
  for (const file of Object.values(outputs).flatMap(filesOf)) {
    const change = await changeOf(records.store, file);
    if (change === undefined || (change === "was removed" && (await removals(file, written)) !== undefined)) continue;
    return `${file.key} ${change}`;
  }
  return undefined;
}
