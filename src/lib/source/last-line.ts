import { open } from "node:fs/promises";
import { machineError } from "../files/machine-error.ts";

const CHUNK_BYTES = 1 << 16;

/**
 * The last line of a text file where no line end stands behind it: a file that is written at this moment mostly ends so.
 *
 * @returns "" where the file has no line at all, undefined where the last line is ended
 * @throws {ServiceError} when the file can't be read
 */
export async function lastLine(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      let { size: start } = await file.stat();
      let tail = Buffer.alloc(0);
      while (start > 0 && !tail.includes("\n")) {
        const length = Math.min(CHUNK_BYTES, start);
        start -= length;
        const chunk = Buffer.alloc(length);
        await file.read(chunk, 0, length, start);
        tail = Buffer.concat([chunk, tail]);
      }
      if (start === 0 && tail.toString("utf8").trim() === "") return "";
      const line = tail.subarray(tail.lastIndexOf("\n") + 1).toString("utf8");
      return line.trim() === "" ? undefined : line;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw machineError(error, path);
  }
}
