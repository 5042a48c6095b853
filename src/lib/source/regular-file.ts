import { stat } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { machineError } from "../files/machine-error.ts";

/**
 * Refuses a pipe, a device or a socket, which would be waited for, or read without an end. What isn't there is for the reader
 * to tell.
 *
 * @param name  what people call it
 * @throws {UsageError}
 * @throws {ServiceError} when the machine doesn't let it be looked at
 */
export async function requireRegularFile(path: string, name: string): Promise<void> {
  try {
    const found = await orUndefined(() => stat(path));
    if (found === undefined || found.isFile() || found.isDirectory()) return;
  } catch (error) {
    throw machineError(error, path);
  }
  throw new UsageError(
    `source.url: ${name} is a pipe, a device or a socket, not a file`,
    "have it written to a file: it is read more than once",
  );
}
