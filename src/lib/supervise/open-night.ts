import { InputError, UsageError } from "../errors.ts";
import type { Ledger } from "../stage/ledger.ts";
import { decisionOf } from "../stage/nights.ts";
import { readSuccess, recordKey, type StageRecord, writeRecord } from "../stage/record.ts";
import { type Night, nightOf } from "../workspace/night.ts";

export interface NightRequest {
  /** what --date means so far */
  readonly newest: Night;
  /** --again: decide anew once the newest night is decided */
  readonly again: boolean;
  readonly force: boolean;
  readonly from: string | undefined;
}

export interface OpenedNight {
  readonly night: Night;
  /** the night whose earlier stages this one takes over */
  readonly takenOverFrom: Night | undefined;
  /** a word for people, where the night is not the one they might expect */
  readonly note: string | undefined;
}

/**
 * Which night a run works on. Nothing is written.
 *
 * @throws {UsageError} when a decided night would have to change
 */
export async function chooseNight(ledger: Ledger, { newest, again, force, from }: NightRequest): Promise<OpenedNight> {
  const decided = (await decisionOf(ledger, newest.name)) !== undefined;
  if (!again) {
    if (decided && (force || from !== undefined)) {
      const option = force ? "--force" : `--from ${from}`;
      throw new UsageError(
        `the night of ${newest.name} is decided: its files don't change any more`,
        `churn run-all --date ${newest.date} --again ${option === "--force" ? "" : `${option} `}decides anew`,
      );
    }
    return { night: newest, takenOverFrom: undefined, note: undefined };
  }
  if (!decided)
    return {
      night: newest,
      takenOverFrom: undefined,
      note: `the night of ${newest.name} is not decided yet: --again continues it`,
    };
  const night = nightOf(newest.date, newest.decision + 1);
  return { night, takenOverFrom: from === undefined ? undefined : newest, note: undefined };
}

/** Gives a new night the earlier stages of another: its own records name the other's files. */
export async function takeOver(ledger: Ledger, from: Night, to: Night, firstStage: string): Promise<void> {
  for (const { name } of ledger.stages) {
    if (name === firstStage) return;
    const record = await readSuccess(ledger, from.name, name);
    if (record === undefined)
      throw new InputError(`${name} has not succeeded for ${from.name}, so its files can't be taken over`);
    const taken: StageRecord = { ...record, night: to.name, taken_over_from: record.taken_over_from ?? from.name };
    await writeRecord(ledger.store, recordKey(to.name, name), taken);
  }
}
