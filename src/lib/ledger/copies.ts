import { readdirSync } from "node:fs";
import { join } from "node:path";
import { orUndefined, removeFileSync } from "../files/absent.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { machineError } from "../files/machine-error.ts";
import { requireFolderWithin } from "../files/within.ts";
import type { Store } from "../store/store.ts";
import { startOfRun } from "../workspace/run-id.ts";
import { type LedgerEvent, lineOf } from "./events.ts";
import { type LedgerLines, readLedgerFile, readLines } from "./lines.ts";
import { unlessRefused } from "./refusals.ts";
import type { LedgerWriter } from "./writer.ts";

const FOLDER = "ledger";
/** In the workspace: an empty file for each run whose copy the store doesn't have yet. */
const UNSHARED = join(".churn", "unshared");
/** So many copies are fetched at once. */
const AT_ONCE = 8;

/** The key of what a run told, where the store is not the workspace's folder. */
export const copyKey = (run: string) => `${FOLDER}/${run}.jsonl`;

/** Whether others may work on the store, who don't see the workspace's own ledger. */
export function isShared(store: Pick<Store, "address">, root: string): boolean {
  return store.address !== root;
}

interface Sharing {
  readonly ledger: LedgerWriter;
  readonly store: Store;
  /** the workspace's folder */
  readonly root: string;
}

/**
 * Notes that a store which others may read is to have what a run tells, before it tells anything: however it ends, and whatever the
 * store refuses then, `shareCopies` of a later one puts it there.
 */
export async function oweCopy({ ledger, store, root }: Sharing, run: string): Promise<void> {
  if (!isShared(store, root)) return;
  await unlessRefused(
    async () => {
      const folder = join(root, UNSHARED);
      requireFolderWithin(root, folder);
      await writeFileAtomic(join(folder, run), "");
    },
    (reason) => ledger.warn(`${store.address} may stay without ${copyKey(run)}: ${reason}`),
  );
}

/**
 * Puts what a run has told into a store that others may read, and what earlier ones have told that the store doesn't have yet: once of
 * each, when it has ended. Call it while holding the store. What goes wrong is told, and costs no run.
 *
 * @param own  the run in hand; undefined where earlier ones alone are meant
 */
export async function shareCopies({ ledger, store, root }: Sharing, own?: string): Promise<void> {
  if (!isShared(store, root)) return;
  let missing = own;
  await unlessRefused(
    async () => {
      const runs = [...new Set([...(await owedRuns(root)), ...(own === undefined ? [] : [own])])].sort();
      const told = toldBy(root, runs);
      for (const run of runs) {
        missing = run;
        const events = told.filter((event) => event.run === run);
        if (isUnderWay(events)) continue;
        if (events.length > 0) await store.write(copyKey(run), events.map((event) => `${lineOf(event)}\n`).join(""));
        removeFileSync(join(root, UNSHARED, run));
      }
    },
    (reason) =>
      ledger.warn(`${store.address} has no ${missing === undefined ? FOLDER : copyKey(missing)} yet: ${reason}`),
  );
}

/** @throws {ServiceError} when the folder that says it can't be read */
async function owedRuns(root: string): Promise<readonly string[]> {
  const folder = join(root, UNSHARED);
  try {
    const names = (await orUndefined(() => readdirSync(folder))) ?? [];
    return names.filter((name) => startOfRun(name) !== undefined);
  } catch (error) {
    throw machineError(error, folder);
  }
}

/** What these runs have told, from the ledger's end back to the first one's beginning. */
function toldBy(root: string, runs: readonly string[]): readonly LedgerEvent[] {
  const began = runs.map((run) => startOfRun(run)?.toISOString() ?? "").sort()[0];
  if (began === undefined) return [];
  const isBefore = ({ time }: LedgerEvent) => time < began;
  const found = readLedgerFile(root, { isEnough: (events) => events.length > 0 && events.every(isBefore) });
  return found?.events ?? [];
}

/** One that waits has let go of the store, and another may share meanwhile. What is no run's has no end of its own. */
function isUnderWay(events: readonly LedgerEvent[]): boolean {
  const has = (kind: LedgerEvent["event"]) => events.some(({ event }) => event === kind);
  return has("run_started") && !has("run_ended");
}

/**
 * What other folders' runs told, the newest run first.
 *
 * @param isKnown  whether the workspace's own ledger has the run, or nothing of it is wanted; asked of the newest run first
 */
export async function* readCopies(
  store: Store,
  isKnown: (run: string) => boolean,
): AsyncGenerator<{ readonly run: string; readonly key: string; readonly lines: LedgerLines }> {
  const runs = (await store.list(FOLDER))
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length));
  const left = runs.filter((run) => startOfRun(run) !== undefined);
  while (left.length > 0) {
    const batch: string[] = [];
    while (left.length > 0 && batch.length < AT_ONCE) batch.push(...left.splice(-1).filter((run) => !isKnown(run)));
    const contents = await Promise.all(batch.map(async (run) => ({ run, content: await store.read(copyKey(run)) })));
    for (const { run, content } of contents)
      if (content !== undefined) yield { run, key: copyKey(run), lines: readLines(content) };
  }
}
