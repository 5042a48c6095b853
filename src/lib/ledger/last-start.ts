import type { LedgerEvent, StartedBy } from "./events.ts";
import { readLedgerFile } from "./lines.ts";

/** A run that was started, or refused, or found nothing to do. */
export interface LastStart {
  readonly time: Date;
  readonly by: StartedBy;
  /** churn and its arguments */
  readonly command: readonly string[];
  /** undefined where there was no run */
  readonly user: string | undefined;
  readonly host: string | undefined;
}

/**
 * The last start in a workspace of those that were made in certain ways. Only its own ledger is read, from its end; what is damaged
 * there is passed over.
 *
 * @param before  later ones are passed over
 * @returns undefined where there is none in it
 * @throws {ServiceError} when it can't be read
 */
export function lastStart(root: string, ways: readonly StartedBy[], before?: Date): LastStart | undefined {
  const isWanted = ({ time }: LedgerEvent) => before === undefined || time < before.toISOString();
  const marks = ways.map((way) => `"started_by":"${way}"`);
  const lines = readLedgerFile(root, {
    isWanted: (line) => marks.some((mark) => line.includes(mark)),
    isEnough: (events) => events.some(isWanted),
  });
  const event = lines?.events.findLast(isWanted);
  if (event === undefined || !("started_by" in event) || event.started_by === null) return undefined;
  const { user, host } = event.event === "run_started" ? event : { user: null, host: null };
  const { time, started_by: by, command } = event;
  return { time: new Date(time), by, command, user: user ?? undefined, host: host ?? undefined };
}
