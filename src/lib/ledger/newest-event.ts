import { UnreachableError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { startOfRun } from "../workspace/run-id.ts";
import { isShared, readCopies } from "./copies.ts";
import type { LedgerEvent } from "./events.ts";
import { readLedgerFile, runOfLine } from "./lines.ts";

/** Where a workspace's ledger lies, and the copies of other folders' runs. */
export interface LedgerFiles {
  /** the workspace's folder */
  readonly root: string;
  readonly store: Store;
}

/** An event that is looked for. */
export interface Sought<Event extends LedgerEvent> {
  /** whether a line is worth reading, by its text */
  readonly isWanted: (line: string) => boolean;
  readonly isIt: (event: LedgerEvent) => event is Event;
  /** ISO 8601: others' runs that began before are not looked at; by default all, as far as one is found */
  readonly since?: string;
  /** whether there is one at most, so that nothing newer is looked for behind it */
  readonly isUnique?: boolean;
}

/**
 * The newest such event that the workspace's ledger has, read from its end, or that another folder's run told in a shared store. What is
 * damaged is passed over, and a store that can't be reached adds nothing.
 *
 * @returns undefined where there is none
 * @throws {ServiceError} when the workspace's ledger can't be read
 */
export async function newestEvent<Event extends LedgerEvent>(
  { root, store }: LedgerFiles,
  { isWanted, isIt, since = "", isUnique = false }: Sought<Event>,
): Promise<Event | undefined> {
  const isOfOthersToo = isShared(store, root);
  const known = new Set<string | undefined>();
  const lines = readLedgerFile(root, {
    isWanted: (line) => {
      if (isOfOthersToo) known.add(runOfLine(line));
      return isWanted(line);
    },
    isEnough: (events) => events.some(isIt),
  });
  const own = lines?.events.findLast(isIt);
  if (!isOfOthersToo || (own !== undefined && isUnique)) return own;
  const from = own === undefined || own.time < since ? since : own.time;
  const isKnown = (run: string) => known.has(run) || (startOfRun(run)?.toISOString() ?? "") < from.slice(0, 19);
  try {
    for await (const { lines: others } of readCopies(store, isKnown)) {
      const found = others.events.findLast(isIt);
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
  }
  return own;
}
