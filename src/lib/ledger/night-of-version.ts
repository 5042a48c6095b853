import type { LedgerEvent } from "./events.ts";
import { readLedgerFile } from "./lines.ts";

/**
 * The night that registered a version, by the workspace's own ledger, read from its end; what is damaged there is passed over.
 *
 * @param model  register.model
 * @returns undefined where it isn't in it
 * @throws {ServiceError} when it can't be read
 */
export function nightOfVersion(root: string, model: string, version: number): string | undefined {
  const isIt = (event: LedgerEvent) =>
    event.event === "registered" && event.model === model && event.version === version;
  const lines = readLedgerFile(root, {
    isWanted: (line) => line.includes('"event":"registered"') && line.includes(`"version":${version}`),
    isEnough: (events) => events.some(isIt),
  });
  return lines?.events.findLast(isIt)?.night ?? undefined;
}
