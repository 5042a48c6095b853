import { knownError } from "../files/machine-error.ts";
import { endFromRecords } from "../ledger/from-records.ts";
import { readLedgerFile } from "../ledger/lines.ts";
import type { Archive } from "../stage/archive.ts";
import { attemptKey } from "../stage/record.ts";
import { startOfRun } from "../workspace/run-id.ts";

interface EarlierRun {
  readonly id: string;
  readonly night: string;
}

/** How a run ended that told nobody. */
export interface UntoldEnd {
  /** the last one that it had begun; null for none */
  readonly stage: string | null;
  /** null where it was interrupted, as far as is known */
  readonly reason: string | null;
}

/** A full disk takes no message, and often no record. */
const DISK_FULL = /the disk is full|the disk quota is used up/;

/**
 * What is known of the end of a run that told nobody: where the disk was full it failed and was not interrupted. Of other failures that
 * could not be told no words are handed on, which may be another program's and quote a customer.
 *
 * @param root  the workspace's folder, whose ledger often takes one more line where the disk takes no file
 */
export async function untoldEnd(archive: Archive, root: string, run: EarlierRun): Promise<UntoldEnd> {
  const stage = await lastStageOf(archive, run);
  const reason = await reasonOf(archive, root, run);
  return { stage, reason: reason !== null && DISK_FULL.test(reason) ? "the disk was full" : null };
}

async function reasonOf(archive: Archive, root: string, { id, night }: EarlierRun): Promise<string | null> {
  try {
    const told = readLedgerFile(root, {
      isWanted: (line) => line.includes(`"run":"${id}"`) && line.includes('"event":"run_ended"'),
      isEnough: (events) => events.some(({ run }) => run === id),
    });
    for (const event of told?.events ?? [])
      if (event.event === "run_ended" && event.reason !== null) return event.reason;
    const began = startOfRun(id);
    return began === undefined
      ? null
      : (await endFromRecords(archive, { night, run: id, began: began.toISOString() })).reason;
  } catch (error) {
    // Tonight's run goes on whatever an earlier one has left.
    if (knownError(error) === undefined) throw error;
    return null;
  }
}

async function lastStageOf(archive: Archive, { id, night }: EarlierRun): Promise<string | null> {
  for (const { name } of [...archive.stages].reverse()) {
    if ((await archive.store.stat(attemptKey(night, id, name))) !== undefined) return name;
  }
  return null;
}
