import { InputError } from "../errors.ts";
import type { Ledger } from "../stage/ledger.ts";
import { attemptKey, readAttempt, recordKey, type StageRecord } from "../stage/record.ts";
import type { Damage } from "./damage.ts";

/**
 * Holds success records to the attempts that wrote them, whose text is the same. Of a night's first stages that were taken
 * over, the attempts lie with another night.
 *
 * @param untouched  whether a record's outputs are as it says: then the record is right
 */
export async function differentAttempts(
  ledger: Ledger,
  records: readonly StageRecord[],
  untouched: (record: StageRecord) => boolean,
): Promise<{ files: number; damage: Damage[] }> {
  const own = records.filter((record) => record.taken_over_from === null);
  const damage: Damage[] = [];
  for (const record of own) {
    const { night, run, stage } = record;
    const [key, attempt] = [recordKey(night, stage), attemptKey(night, run, stage)];
    const [recorded, attempted] = [await ledger.store.read(key), await ledger.store.read(attempt)];
    // A record that has gone meanwhile is being made anew.
    if (recorded === undefined || (attempted !== undefined && recorded.equals(attempted))) continue;
    if (attempted === undefined) {
      damage.push({ file: attempt, message: `${attempt} is missing`, remedy: `cp ${key} ${attempt} restores it` });
      continue;
    }
    const wrong = await damagedAttempt(ledger, record);
    if (wrong !== undefined) {
      damage.push({ file: attempt, message: wrong, remedy: `cp ${key} ${attempt} restores it` });
    } else if (untouched(record)) {
      damage.push({
        file: key,
        message: `${key} and ${attempt} differ, though the same was written into both`,
        remedy: `diff ${key} ${attempt} shows which of them was changed: copy the other one over it`,
      });
    } else {
      const remedy = `cp ${attempt} ${key}, then churn verify --date ${night} once more`;
      damage.push({ file: key, message: `${key} was changed: it is another one than ${attempt}`, remedy });
    }
  }
  return { files: own.length, damage };
}

async function damagedAttempt(ledger: Ledger, { night, run, stage }: StageRecord): Promise<string | undefined> {
  try {
    await readAttempt(ledger, night, run, stage);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
