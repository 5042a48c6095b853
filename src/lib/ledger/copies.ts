import type { Store } from "../store/store.ts";
import { startOfRun } from "../workspace/run-id.ts";
import { type LedgerEvent, lineOf } from "./events.ts";
import { type LedgerLines, readLedgerFile, readLines } from "./lines.ts";
import { unlessRefused } from "./refusals.ts";
import type { LedgerWriter } from "./writer.ts";

const FOLDER = "ledger";

/** The key of what a run told, where the store is not the workspace's folder. */
export const copyKey = (run: string) => `${FOLDER}/${run}.jsonl`;

/** Whether others may work on the store, who don't see the workspace's own ledger. */
export function isShared(store: Pick<Store, "address">, root: string): boolean {
  return store.address !== root;
}

/**
 * Puts what a run told into a store that others may read: once, when it has ended. Call it while holding the store. What goes
 * wrong is told, and costs no run.
 */
export async function shareCopy(
  { ledger, store, root }: { readonly ledger: LedgerWriter; readonly store: Store; readonly root: string },
  run: string,
): Promise<void> {
  if (!isShared(store, root)) return;
  await unlessRefused(
    () => putCopy(store, root, run),
    (reason) => ledger.warn(`${store.address} has no ${copyKey(run)} yet: ${reason}`),
  );
}

async function putCopy(store: Store, root: string, run: string): Promise<void> {
  const began = startOfRun(run)?.toISOString() ?? "";
  const isBefore = ({ time }: LedgerEvent) => time < began;
  const found = readLedgerFile(root, { isEnough: (events) => events.length > 0 && events.every(isBefore) });
  const own = (found?.events ?? []).filter((event) => event.run === run);
  if (own.length > 0) await store.write(copyKey(run), own.map((event) => `${lineOf(event)}\n`).join(""));
}

/**
 * What other folders' runs told, the newest run first.
 *
 * @param isKnown  whether the workspace's own ledger has the run
 */
export async function* readCopies(
  store: Store,
  isKnown: (run: string) => boolean,
): AsyncGenerator<{ readonly run: string; readonly key: string; readonly lines: LedgerLines }> {
  const runs = (await store.list(FOLDER))
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length));
  for (const run of runs.toReversed()) {
    if (isKnown(run) || startOfRun(run) === undefined) continue;
    const key = copyKey(run);
    const content = await store.read(key);
    if (content !== undefined) yield { run, key, lines: readLines(content) };
  }
}
