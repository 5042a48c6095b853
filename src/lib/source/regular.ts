import { stat } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { machineError } from "../files/machine-error.ts";
import { unusualKind } from "../files/within.ts";

/**
 * Refuses what would be waited for, or never end: a source is read more than once. What isn't there is for others to tell.
 *
 * @param path  absolute; a link is what it leads to
 * @param name  what people call it
 * @throws {UsageError} when it is a pipe, a socket or a device
 */
export async function requireRegular(path: string, name: string): Promise<void> {
  try {
    const found = await orUndefined(() => stat(path));
    const kind = found && unusualKind(found);
    if (kind === undefined) return;
    throw new UsageError(`source.url: ${name} is ${kind} and no file`, "have it written to a file");
  } catch (error) {
    throw machineError(error, path);
  }
}
