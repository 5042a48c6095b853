import { randomUUID } from "node:crypto";
import { type Dirent, existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "./running.ts";

/** Where what isn't finished yet lies, and what its name is made of: `.STEM.PID-RANDOM.part`. */
export interface Shelter {
  readonly folder: string;
  readonly stem: string;
}

/** Paths that this process works at. */
const atWork = new Set<string>();
// A signal ends the process between two awaits: what is unfinished then goes with it.
process.on("exit", () => {
  for (const path of atWork) removeUnfinished(path);
});

/** A name that no other process has and no reader takes; what lies there is removed when it is disposed of, or with this process. */
export interface Unfinished extends Disposable {
  /** where nothing is yet */
  readonly path: string;
}

/** Takes such a name, for as long as what lies there is needed. */
export function holdUnfinished({ folder, stem }: Shelter): Unfinished {
  const path = join(folder, `.${stem}.${process.pid}-${randomUUID().slice(0, 8)}.part`);
  atWork.add(path);
  return {
    path,
    [Symbol.dispose]() {
      if (existsSync(path)) removeUnfinished(path);
      atWork.delete(path);
    },
  };
}

/**
 * Does work under a name that no other process has and no reader takes. What the work leaves there is removed in the end.
 *
 * @param work  gets the path, where nothing is yet; makes a file or a folder of it, and renames that
 */
export async function withUnfinished<T>(shelter: Shelter, work: (path: string) => Promise<T>): Promise<T> {
  using held = holdUnfinished(shelter);
  return await work(held.path);
}

/** Clears what processes that live no longer left in a shelter. What another one is writing at the moment stays. */
export function clearLeftovers({ folder, stem }: Shelter): void {
  const start = `.${stem}.`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(start)) continue;
    // churn 1.0 had one name a file, without a process, and DuckDB put its log beside it.
    const [left, pid] = /^(?:(\d+)-[0-9a-f]{8}\.part|part(?:\.wal)?)$/.exec(name.slice(start.length)) ?? [];
    const path = join(folder, name);
    if (left !== undefined && (pid === undefined || isDead(Number(pid), path))) removeUnfinished(path);
  }
}

/** Any name of what isn't finished: `.STEM.PID-RANDOM.part`, and churn 1.0's, with DuckDB's log beside it. */
const UNFINISHED = /^\..+\.(?:\d+-[0-9a-f]{8}\.)?part(?:\.wal)?$/;

/**
 * Clears whatever another process left unfinished in a folder and below it. Only who alone may write there may call it.
 * Links are not followed, and what can't be read holds nothing that is in anybody's way.
 */
export function clearAllLeftovers(folder: string): void {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (UNFINISHED.test(entry.name)) {
      if (!atWork.has(path)) removeUnfinished(path);
    } else if (entry.isDirectory()) clearAllLeftovers(path);
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return lstatSync(folder).isDirectory() ? readdirSync(folder, { withFileTypes: true }) : [];
  } catch {
    return [];
  }
}

/** Removes a file, or a folder with all in it. What can't be removed stays: it is in nobody's way, and no reason to fail. */
export function removeUnfinished(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // as said
  }
}

/** Whether the process that the name speaks of is gone. In a container a new one often has the number of the one before. */
function isDead(pid: number, path: string): boolean {
  return pid === process.pid ? !atWork.has(path) : !isRunning(pid);
}
