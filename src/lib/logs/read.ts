import { closeSync, readSync } from "node:fs";
import { errorCode, machineError } from "../files/machine-error.ts";
import { openWithin } from "../files/within.ts";

const CHUNK_BYTES = 1 << 16;
const LINE_END = 0x0a;

/**
 * The lines of a log, in their order; while more may come, those too as soon as they are there. What is behind the last line's end is a
 * line when all is over. A log that isn't there, or any more, has none.
 *
 * @param root       the workspace's folder
 * @param path       of the log, absolute
 * @param more.wait  called where all is read that is there: false when nothing will come any more. It is read once more then
 * @throws {ServiceError} when it can't be read, or is no file
 */
export async function* logLines(
  root: string,
  path: string,
  { wait }: { readonly wait: () => Promise<boolean> },
): AsyncGenerator<string> {
  const fd = openLog(root, path);
  if (fd === undefined) return;
  try {
    let rest: Buffer = Buffer.alloc(0);
    let isOver = false;
    for (let at = 0; ; ) {
      const chunk = readAt(fd, at, path);
      at += chunk.length;
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(LINE_END); end !== -1; end = rest.indexOf(LINE_END)) {
        yield rest.subarray(0, end).toString("utf8");
        rest = rest.subarray(end + 1);
      }
      if (chunk.length > 0) continue;
      if (isOver) break;
      isOver = !(await wait());
    }
    if (rest.length > 0) yield rest.toString("utf8");
  } finally {
    closeSync(fd);
  }
}

function openLog(root: string, path: string): number | undefined {
  try {
    return openWithin(root, path).fd;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw machineError(error, path);
  }
}

function readAt(fd: number, at: number, path: string): Buffer {
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    return chunk.subarray(0, readSync(fd, chunk, 0, CHUNK_BYTES, at));
  } catch (error) {
    throw machineError(error, path);
  }
}
