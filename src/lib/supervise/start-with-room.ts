import { ServiceError } from "../errors.ts";
import { requireRoomForFiles } from "../files/descriptors.ts";
import { isMachineError } from "../files/machine-error.ts";

/** Files that a supervisor may need open while stages work: records, the log, the registry. */
const FILES_TO_SPARE = 24;

/** Starts a process before its turn; undefined where the machine has no room for it, which it may have when its turn comes. */
export async function startAhead<Started>(start: () => Promise<Started>): Promise<Started | undefined> {
  try {
    requireRoomForFiles(FILES_TO_SPARE);
    return await start();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/**
 * Starts a process in its turn; where the machine has no room for one more, once those that are leaving have gone.
 *
 * @throws what the start throws then
 */
export async function startInTurn<Started>(
  start: () => Promise<Started>,
  leaving: readonly Promise<void>[],
): Promise<Started> {
  try {
    return await start();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await Promise.all(leaving);
    return await start();
  }
}

/** Whether the machine refused, and nothing is wrong with churn. */
function isRefusal(error: unknown): boolean {
  return error instanceof ServiceError || isMachineError(error);
}
