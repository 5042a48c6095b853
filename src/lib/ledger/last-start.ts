import type { NightStart } from "../schedule/unattended.ts";
import type { LedgerEvent, StartedBy } from "./events.ts";
import { readLedgerFile } from "./lines.ts";

/** A run that was started, or refused, or found nothing to do. */
export interface LastStart extends NightStart {
  readonly by: StartedBy;
  /** undefined where there was no run */
  readonly user: string | undefined;
  readonly host: string | undefined;
}

/**
 * The last start in a workspace of those that were made in certain ways. Only its own ledger is read, from its end; what is damaged
 * there is passed over.
 *
 * @returns undefined where there is none in it
 * @throws {ServiceError} when it can't be read
 */
export function lastStart(root: string, ways: readonly StartedBy[]): LastStart | undefined {
  return lastStarts(root, ways, (starts) => starts.length > 0).at(-1);
}

/**
 * Likewise the last ones, as far back as is needed, oldest first.
 *
 * @param isEnough  whether no older ones are needed than these
 * @throws {ServiceError} as `lastStart`
 */
export function lastStarts(
  root: string,
  ways: readonly StartedBy[],
  isEnough: (starts: readonly LastStart[]) => boolean,
): readonly LastStart[] {
  const marks = ways.map((way) => `"started_by":"${way}"`);
  let starts: readonly LastStart[] = [];
  readLedgerFile(root, {
    isWanted: (line) => marks.some((mark) => line.includes(mark)),
    isEnough: (events) => {
      const older = events.flatMap(startIn);
      starts = [...older, ...starts];
      return older.length > 0 && isEnough(starts);
    },
  });
  return starts;
}

function startIn(event: LedgerEvent): readonly LastStart[] {
  if (!("started_by" in event) || event.started_by === null) return [];
  const { user, host } = event.event === "run_started" ? event : { user: null, host: null };
  const { time, started_by: by, command } = event;
  return [{ time: new Date(time), by, command, user: user ?? undefined, host: host ?? undefined }];
}
