import { messageKey } from "../notify/file.ts";
import type { Store, StoredFile } from "../store/store.ts";
import { findDecision } from "./decided.ts";
import { filesOf } from "./inputs.ts";
import type { Ledger } from "./ledger.ts";
import { attemptKey, readSuccess, recordKey, runsOf, type StageRecord } from "./record.ts";
import { type Removals, type RemovedFile, removalsIn, removedKey } from "./removed.ts";

/** A file of a night, as people look for it. */
export interface NightFile {
  readonly key: string;
  /** of a record's output as the record has it, else as it is */
  readonly size_bytes: number;
  readonly sha256: string;
  /** the stage that wrote it; null for what run-all and gc wrote */
  readonly stage: string | null;
  /** `changed`: it has another size than its record says. What only reading tells is left to `churn verify`. */
  readonly state: "present" | "missing" | "changed" | "removed";
  /** when `churn gc` removed it */
  readonly removed_at: string | null;
}

/** What the records of a night's successes name, in the order of the stages. */
export async function recordedFiles(ledger: Ledger, night: string): Promise<readonly NightFile[]> {
  const removals = removalsIn(ledger);
  const files: NightFile[] = [];
  for (const record of await successes(ledger, night)) {
    for (const file of Object.values(record.outputs).flatMap(filesOf))
      files.push(await looked(ledger, file, record, removals));
  }
  return files;
}

/** All that a night has: what its records name, the messages, and the records themselves. */
export async function nightFiles(ledger: Ledger, night: string): Promise<readonly NightFile[]> {
  const { store } = ledger;
  const recorded = await recordedFiles(ledger, night);
  const others: NightFile[] = [];
  for (const { key, stage } of await unrecordedKeys(ledger, night)) {
    if (recorded.some((file) => file.key === key)) continue;
    const fingerprint = await store.fingerprint(key);
    if (fingerprint !== undefined) others.push({ key, ...fingerprint, stage, state: "present", removed_at: null });
  }
  return [...recorded, ...others];
}

/** A night in a line. */
export interface NightSummary {
  readonly night: string;
  readonly state: "decided" | "not decided" | "decision lost";
  /** that its records name and that nobody has removed by `churn gc` */
  readonly files: number;
  readonly size_bytes: number;
  /** by `churn gc` */
  readonly removed: number;
}

/** What a night's records say of it. Its files aren't looked at: of a year there are tens of thousands. */
export async function summaryOf(ledger: Ledger, night: string): Promise<NightSummary> {
  const decision = await findDecision(ledger, night);
  const removals = removalsIn(ledger);
  let [files, size_bytes, removed] = [0, 0, 0];
  for (const record of await successes(ledger, night)) {
    for (const file of Object.values(record.outputs).flatMap(filesOf)) {
      if ((await removals(file, new Date(record.ended_at ?? record.started_at))) !== undefined) removed += 1;
      else {
        files += 1;
        size_bytes += file.size_bytes;
      }
    }
  }
  const state = { decided: "decided", open: "not decided", lost: "decision lost" } as const;
  return { night, state: state[decision.kind], files, size_bytes, removed };
}

/**
 * The file that a key names, as a record of its night has it; undefined where none does.
 *
 * @param night  the one whose file it is
 */
export async function recordedFile(ledger: Ledger, night: string, key: string): Promise<NightFile | undefined> {
  for (const record of await successes(ledger, night)) {
    const file = Object.values(record.outputs)
      .flatMap(filesOf)
      .find((one) => one.key === key);
    if (file !== undefined) return await looked(ledger, file, record, removalsIn(ledger));
  }
  return undefined;
}

async function looked(
  { store }: Pick<Ledger, "store">,
  { key, size_bytes, sha256 }: StoredFile,
  { stage, ended_at, started_at }: StageRecord,
  removals: Removals,
): Promise<NightFile> {
  const found = await store.stat(key);
  const removal =
    found === undefined ? await removals({ key, size_bytes, sha256 }, new Date(ended_at ?? started_at)) : undefined;
  const state = stateOf({ size_bytes }, found, removal);
  return { key, size_bytes, sha256, stage, state, removed_at: removal?.removed_at ?? null };
}

async function successes(ledger: Ledger, night: string): Promise<StageRecord[]> {
  const records: StageRecord[] = [];
  for (const { name } of ledger.stages) {
    const record = await readSuccess(ledger, night, name);
    if (record !== undefined) records.push(record);
  }
  return records;
}

function stateOf(
  file: { readonly size_bytes: number },
  found: { readonly size_bytes: number } | undefined,
  removal: RemovedFile | undefined,
): NightFile["state"] {
  if (found === undefined) return removal === undefined ? "missing" : "removed";
  return found.size_bytes === file.size_bytes ? "present" : "changed";
}

/** Where messages and records may lie. */
async function unrecordedKeys(
  { store, stages }: Pick<Ledger, "store" | "stages">,
  night: string,
): Promise<readonly { readonly key: string; readonly stage: string | null }[]> {
  const attempts: { readonly key: string; readonly stage: string | null }[] = [];
  for (const run of [...(await runsOf({ store }, night))].reverse()) {
    const names = await store.list(`records/${night}/attempts/${run}`);
    for (const { name } of stages)
      if (names.includes(`${name}.json`)) attempts.push({ key: attemptKey(night, run, name), stage: name });
  }
  return [
    ...(await messagesOf(store, night)).map((key) => ({ key, stage: key === messageKey(night) ? "notify" : null })),
    ...stages.map(({ name }) => ({ key: recordKey(night, name), stage: name })),
    { key: removedKey(night), stage: null },
    ...attempts,
  ];
}

async function messagesOf(store: Store, night: string): Promise<readonly string[]> {
  const names = (await store.list("notifications")).map((name) => `notifications/${name}`);
  return names.filter((key) => key === messageKey(night) || key.startsWith(`notifications/${night}.failed.`));
}
