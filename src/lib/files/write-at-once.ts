import { writeSync } from "node:fs";
import { errorCode } from "./machine-error.ts";

/** How long to let a reader read who can't keep up. */
const MOMENT_MS = 5;

/**
 * Writes all of a text, or of bytes, to a pipe or a terminal before it returns, so that nothing is lost when the process ends; where the
 * other end is full, it waits.
 *
 * @throws the system's error, EPIPE where nobody reads any more
 */
export function writeAtOnce(fd: number, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (errorCode(error) !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MOMENT_MS);
    }
  }
}
