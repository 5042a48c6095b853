import type { Night } from "../workspace/night.ts";
import type { Archive } from "./archive.ts";
import { findDecision } from "./decided.ts";
import { lastSuccess } from "./lost-record.ts";
import { listNights } from "./nights.ts";
import { recordKey, writeRecord } from "./record.ts";

/** A success record that was missing, and the attempt's record that it was restored from. */
export interface Restored {
  readonly key: string;
  readonly from: string;
}

/**
 * Writes the success records of a night that are missing and that their attempts prove, so that all records say the same
 * again: those of the night, and of the decided one before it, on which it builds. Call it while holding the workspace. Of a
 * night that isn't decided nothing is restored: its stages run again.
 */
export async function restoreRecords(archive: Archive, night: Night): Promise<readonly Restored[]> {
  const own = await restoreDecided(archive, night.name);
  if (own !== undefined) return own;
  for (const earlier of (await listNights(archive)).toReversed()) {
    if (earlier.date >= night.date) continue;
    const restored = await restoreDecided(archive, earlier.name);
    if (restored !== undefined) return restored;
  }
  return [];
}

/** Undefined for a night that isn't decided. What can't be restored is told by whoever needs it. */
async function restoreDecided(archive: Archive, night: string): Promise<readonly Restored[] | undefined> {
  const decision = await findDecision(archive, night);
  if (decision.kind === "open") return undefined;
  const there = new Set(await archive.store.list(`records/${night}`));
  const restored: Restored[] = [];
  for (const { name } of archive.stages.filter(({ name }) => !there.has(`${name}.json`))) {
    const last = await lastSuccess(archive, night, name);
    if (last?.record === undefined) continue;
    const key = recordKey(night, name);
    await writeRecord(archive, key, last.record);
    restored.push({ key, from: last.key });
  }
  return restored;
}

/** What happened, in a sentence. */
export function restoredText({ key, from }: Restored): string {
  return `${key} was missing, and is restored from ${from}`;
}
