import type { EventOf } from "./events.ts";
import { readLedgerFile } from "./lines.ts";

/** A version that was put into production by churn. */
export type Deed = EventOf<"promoted" | "rolled_back">;

const MARKS = ['"event":"promoted"', '"event":"rolled_back"'];

/**
 * The last promotion or rollback that the workspace's own ledger knows, read from its end; what is damaged there is passed over.
 *
 * @param model  register.model
 * @returns undefined where there is none in it
 * @throws {ServiceError} when it can't be read
 */
export function lastDeed(root: string, model: string): Deed | undefined {
  const isDeed = (event: { readonly event: string; readonly model?: unknown }): event is Deed =>
    (event.event === "promoted" || event.event === "rolled_back") && event.model === model;
  const lines = readLedgerFile(root, {
    isWanted: (line) => MARKS.some((mark) => line.includes(mark)),
    isEnough: (events) => events.some(isDeed),
  });
  return lines?.events.findLast(isDeed);
}
