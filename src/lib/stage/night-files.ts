import { InputError, ServiceError } from "../errors.ts";
import { messageKey } from "../notify/file.ts";
import type { Store, StoredFile } from "../store/store.ts";
import type { Archive } from "./archive.ts";
import { findDecision } from "./decided.ts";
import { DECIDING_STAGE, filesOf } from "./inputs.ts";
import { attemptKey, type Outline, readOutline, readSuccess, recordKey, runsOf, type StageRecord } from "./record.ts";
import { type Removals, type RemovedFile, readRemoved, removalsIn, removedKey } from "./removed.ts";

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

/**
 * All that a night has: what its records name, in the order of the stages, the messages, and the records themselves. What is damaged is
 * said, and left out.
 */
export async function nightFiles(
  archive: Archive,
  night: string,
): Promise<{ readonly files: readonly NightFile[]; readonly damage: readonly string[] }> {
  const { store } = archive;
  const damage = new Set<string>();
  const removals = readableRemovals(archive, damage);
  const recorded: NightFile[] = [];
  for (const record of await successes(archive, night, damage)) {
    for (const file of Object.values(record.outputs).flatMap(filesOf))
      recorded.push(await looked(archive, file, record, removals));
  }
  // It may be damaged although no file is missing.
  await unlessDamaged(() => readRemoved(archive, night), damage);
  const others: NightFile[] = [];
  for (const { key, stage } of await unrecordedKeys(archive, night)) {
    if (recorded.some((file) => file.key === key)) continue;
    const fingerprint = await store.fingerprint(key);
    if (fingerprint !== undefined) others.push({ key, ...fingerprint, stage, state: "present", removed_at: null });
  }
  return { files: [...recorded, ...others], damage: [...damage] };
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
  /** how many of the files aren't there; null where that isn't looked for, in a bucket */
  readonly missing: number | null;
  /** what of it can't be read or is lost, a sentence each */
  readonly damage: readonly string[];
}

/**
 * What a night's records say of it. Whether its files are there is looked for on this machine's disks alone: a bucket would be asked
 * for each of a night's folders, and there may be a thousand nights.
 */
export async function summaryOf(archive: Archive, night: string): Promise<NightSummary> {
  const { store } = archive;
  const damage = new Set<string>();
  const records = await outlines(archive, night, damage);
  const isDecided = records.some(({ stage }) => stage === DECIDING_STAGE);
  const decision = isDecided ? DECIDED : await unlessDamaged(() => findDecision(archive, night), damage);
  if (decision?.kind === "lost") damage.add(decision.error.message);
  const removals = readableRemovals(archive, damage);
  let [files, size_bytes, removed, missing] = [0, 0, 0, 0];
  for (const record of records) {
    for (const file of Object.values(record.outputs).flatMap(filesOf)) {
      const removal = await removals(file, new Date(record.ended_at ?? record.started_at));
      const isThere = store.isLocal && (await isFile(store, file.key));
      if (!isThere && removal !== undefined) {
        removed += 1;
        continue;
      }
      files += 1;
      size_bytes += file.size_bytes;
      if (!isThere) missing += 1;
    }
  }
  const state = { decided: "decided", open: "not decided", lost: "decision lost" } as const;
  return {
    night,
    // One whose own record is damaged is decided.
    state: state[decision?.kind ?? "decided"],
    files,
    size_bytes,
    removed,
    missing: store.isLocal ? missing : null,
    damage: [...damage],
  };
}

/** What can't be opened, a folder in a file's place say, is no file; `churn verify` says why. */
async function isFile(store: Store, key: string): Promise<boolean> {
  try {
    return (await store.stat(key)) !== undefined;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

/** @returns undefined for what is damaged, which is added to `damage` */
async function unlessDamaged<T>(look: () => Promise<T>, damage: Set<string>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    damage.add(error.message);
    return undefined;
  }
}

/** What `churn gc` has removed; a list that is damaged says nothing. */
function readableRemovals(archive: Archive, damage: Set<string>): Removals {
  const removals = removalsIn(archive);
  return (file, written) => unlessDamaged(() => removals(file, written), damage);
}

/**
 * The file that a key names, as a record of its night has it; undefined where none does.
 *
 * @param night  the one whose file it is
 */
export async function recordedFile(archive: Archive, night: string, key: string): Promise<NightFile | undefined> {
  for (const record of await successes(archive, night)) {
    const file = Object.values(record.outputs)
      .flatMap(filesOf)
      .find((one) => one.key === key);
    if (file !== undefined) return await looked(archive, file, record, removalsIn(archive));
  }
  return undefined;
}

async function looked(
  { store }: Pick<Archive, "store">,
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

/** Its own record says so. */
const DECIDED = { kind: "decided" } as const;

/** @param damage  takes what can't be read */
async function outlines(archive: Archive, night: string, damage: Set<string>): Promise<Outline[]> {
  const found: Outline[] = [];
  for (const { name } of archive.stages) {
    const outline = await unlessDamaged(() => readOutline(archive, night, name), damage);
    if (outline !== undefined) found.push(outline);
  }
  return found;
}

/** @param damage  takes what can't be read; without it that is thrown */
async function successes(archive: Archive, night: string, damage?: Set<string>): Promise<StageRecord[]> {
  const records: StageRecord[] = [];
  for (const { name } of archive.stages) {
    const read = () => readSuccess(archive, night, name);
    const record = await (damage === undefined ? read() : unlessDamaged(read, damage));
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
  { store, stages }: Pick<Archive, "store" | "stages">,
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
