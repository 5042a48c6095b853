import { FailingServiceError, InputError, ServiceError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import type { Archive } from "./archive.ts";
import { backupOrAnew, DECIDING_STAGE, keyOf } from "./inputs.ts";
import { lastSuccess } from "./lost-record.ts";
import { attemptKey, readSuccess, recordKey, type StageRecord } from "./record.ts";

/** Whether a night is decided. `lost`: it was, by all that tells of it, but its record is gone and nothing proves what it said. */
export type Decision =
  | { readonly kind: "open" }
  | { readonly kind: "decided"; readonly record: StageRecord }
  | { readonly kind: "lost"; readonly error: InputError };

/** Names what else tells that a night was decided, the registry say; undefined where nothing does. */
export type Witness = (night: string) => Promise<string | undefined>;

/**
 * What is known of a night's decision. Its success record says it. Where that is missing, deleted or not in a restored
 * backup, the attempt that wrote it proves it, as long as its outputs are the same; and what a decision leaves behind tells
 * that there was one. Nothing is written.
 */
export async function findDecision(
  archive: Archive,
  night: string,
  witness: Witness = async () => undefined,
): Promise<Decision> {
  const record = await readSuccess(archive, night, DECIDING_STAGE);
  if (record !== undefined) return { kind: "decided", record };

  const last = await lastSuccess(archive, night, DECIDING_STAGE);
  if (last?.record !== undefined) return { kind: "decided", record: last.record };
  const missing = `${recordKey(night, DECIDING_STAGE)} is missing`;
  const lost = (reason: string): Decision => ({
    kind: "lost",
    error: new InputError(`${missing}${reason}`, backupOrAnew(night)),
  });
  if (last !== undefined) return lost(` and can't be restored: ${last.why}`);
  const trace = (await traceOfLaterStage(archive, night)) ?? (await traceWithoutAttempt(archive, night, witness));
  return trace === undefined ? { kind: "open" } : lost(`, although ${trace} tells of that night's decision`);
}

/** What a stage behind the decision has left: none of them begins before it. */
async function traceOfLaterStage({ store, stages }: Archive, night: string): Promise<string | undefined> {
  const deciding = stages.findIndex(({ name }) => name === DECIDING_STAGE);
  if (deciding === -1) return undefined;
  const later = stages.slice(deciding + 1);
  const runs = await store.list(`records/${night}/attempts`);
  for (const { name, produces } of later) {
    const attempts = runs.map((run) => attemptKey(night, run, name));
    for (const key of [recordKey(night, name), ...reportsOf(produces, night), ...attempts]) {
      if (await isThere(store, key)) return key;
    }
  }
  return undefined;
}

/** What the deciding stage leaves, where no attempt of it is left: an attempt says "running" before anything is done. */
async function traceWithoutAttempt(
  { store, stages }: Archive,
  night: string,
  witness: Witness,
): Promise<string | undefined> {
  for (const run of await store.list(`records/${night}/attempts`)) {
    if (await isThere(store, attemptKey(night, run, DECIDING_STAGE))) return undefined;
  }
  const deciding = stages.find(({ name }) => name === DECIDING_STAGE);
  for (const key of reportsOf(deciding?.produces ?? {}, night)) {
    if (await isThere(store, key)) return key;
  }
  return witness(night);
}

function reportsOf(produces: Archive["stages"][number]["produces"], night: string): string[] {
  return Object.values(produces).flatMap((artifact) => (artifact.kind === "json" ? [keyOf(artifact, night)] : []));
}

/** What can't be read tells nothing; whoever needs it says why. */
async function isThere(store: Store, key: string): Promise<boolean> {
  try {
    return (await store.read(key)) !== undefined;
  } catch (error) {
    if (error instanceof ServiceError && !(error instanceof FailingServiceError)) return false;
    throw error;
  }
}
