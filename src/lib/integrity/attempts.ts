import { InputError } from "../errors.ts";
import type { Archive } from "../stage/archive.ts";
import { attemptKey, readAttempt, recordKey, type StageRecord } from "../stage/record.ts";
import type { Damage } from "./damage.ts";

/** A success record that was held to its attempt. */
export interface HeldRecord {
  /** the one to go by: the success record, or the attempt's where the files prove that one right */
  readonly record: StageRecord;
  readonly damage: readonly Damage[];
}

/**
 * Holds a success record to the attempt that wrote it, whose text is the same. Of a stage that was taken over, the attempt
 * lies with another night.
 *
 * @param isWhole  whether a record's outputs are as it says
 * @throws {UsageError} when the attempt is another workspace's, or a newer churn's
 */
export async function holdToAttempt(
  archive: Archive,
  record: StageRecord,
  isWhole: (record: StageRecord) => Promise<boolean>,
): Promise<HeldRecord> {
  const { night, run, stage } = record;
  const [key, attempt] = [recordKey(night, stage), attemptKey(night, run, stage)];
  const [recorded, attempted] = [await archive.store.read(key), await archive.store.read(attempt)];
  // A record that has gone meanwhile is being made anew.
  if (record.taken_over_from !== null || recorded === undefined) return { record, damage: [] };
  if (attempted?.equals(recorded)) return { record, damage: [] };

  const found = await readOther(archive, record);
  if (typeof found === "string") {
    const remedy = `${archive.store.copyCommand(key, attempt)} restores it`;
    return { record, damage: [{ file: attempt, message: found, remedy }] };
  }
  if (!(await isWhole(record)) && (await isWhole(found))) {
    const message = `${key} was changed: the files are as ${attempt} has them`;
    return {
      record: found,
      damage: [{ file: key, message, remedy: `${archive.store.copyCommand(attempt, key)} restores it` }],
    };
  }
  const message = `${key} and ${attempt} differ, though the same was written into both`;
  const remedy = `diff ${key} ${attempt} shows which of them was changed: copy the other one over it`;
  return { record, damage: [{ file: key, message, remedy }] };
}

/** The attempt's record, or what is wrong with it. */
async function readOther(archive: Archive, { night, run, stage }: StageRecord): Promise<StageRecord | string> {
  try {
    const attempt = await readAttempt(archive, night, run, stage);
    return attempt ?? `${attemptKey(night, run, stage)} is missing`;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
