import { closeSync, readFileSync } from "node:fs";
import { shellWord } from "../cli/shell.ts";
import { UsageError } from "../errors.ts";
import { errorCode } from "./machine-error.ts";
import { openRegular } from "./regular.ts";
import { SIZE_LIMITS } from "./size-limits.ts";

/**
 * The text of a file that holds secrets, or undefined when it isn't there. Only its owner may read it, and the owner is
 * who runs churn, or root. The opened file is judged, so that none can be put in its place in between.
 *
 * @throws {UsageError} when others can read it, it belongs to someone else, it is far too long, or it can't be read as UTF-8 text
 */
export function readPrivateFile(path: string): string | undefined {
  const opened = openFile(path);
  if (opened === undefined) return undefined;
  const { mode, uid, size } = opened.stats;
  try {
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(3, "0");
      throw new UsageError(
        `${path} holds secrets and is open to others (mode ${shown})`,
        `chmod 600 ${shellWord(path)}`,
      );
    }
    const user = process.geteuid?.() ?? uid;
    if (uid !== user && uid !== 0) {
      throw new UsageError(
        `${path} holds secrets and belongs to another user (uid ${uid}, churn runs as ${user})`,
        `sudo chown ${user} ${shellWord(path)}`,
      );
    }
    if (size > SIZE_LIMITS.value)
      throw new UsageError(`${path} has ${size} bytes, and is no file of secrets`, `ls -l ${shellWord(path)}`);
    return decode(readFileSync(opened.fd), path);
  } finally {
    closeSync(opened.fd);
  }
}

function openFile(path: string): ReturnType<typeof openRegular> | undefined {
  try {
    return openRegular(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const reason = code === "EACCES" ? "permission denied" : String(code);
    throw new UsageError(`${path} can't be read: ${reason}`, `ls -l ${shellWord(path)}`, { cause: error });
  }
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${path} is not UTF-8 text`, "save it as UTF-8", { cause: error });
  }
}
