import { ServiceError, UnreachableError } from "../errors.ts";

/**
 * Why a DuckDB file could not be locked, or undefined where DuckDB says something else. A reader's lock is refused by a
 * writer's alone; where the lock isn't said to be held, nobody is known to have the file open.
 *
 * @param words  DuckDB's, one line
 */
export function lockError(words: string, description: string, cause: unknown): ServiceError | undefined {
  const [, reason] = /^IO Error: Could not set lock on file ".*": (.*?)(?:\. See also https:.*)?$/s.exec(words) ?? [];
  if (reason === undefined) return undefined;
  const holder = /^Conflicting lock is held in (?:(?<program>.+) \()?PID (?<process>\d+)/.exec(reason)?.groups;
  if (holder === undefined) {
    return new ServiceError(
      `source.url: ${description} can't be locked for reading: ${reason}`,
      "does its file system know locks? a copy on another one does",
      { cause },
    );
  }
  const { program = "another program", process } = holder;
  // Of a process on another machine, or outside the container, the kernel tells no number.
  const number = Number(process) > 0 ? ` (process ${process})` : "";
  // Whoever writes to it ends some time.
  return new UnreachableError(
    `source.url: ${description} is open for writing in ${program}${number}`,
    "run it again once it is closed there",
    { cause },
  );
}
