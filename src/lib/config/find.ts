import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { errorCode } from "../machine-error.ts";

/** The file that makes a folder a workspace. */
export const CONFIG_FILE = "churn.yaml";

/**
 * The workspace that a folder lies in: the nearest folder upwards with a churn.yaml.
 *
 * @throws {UsageError} when there is none
 */
export async function findWorkspace(cwd: string): Promise<string> {
  const start = resolve(cwd);
  if (!(await isThere(start, "folder"))) throw new UsageError(`there is no folder ${start}`);
  for (let folder = start; ; folder = dirname(folder)) {
    if (await isThere(join(folder, CONFIG_FILE), "file")) return folder;
    if (dirname(folder) === folder) break;
  }
  throw new UsageError(`no ${CONFIG_FILE} in ${start} or above`, "churn init");
}

async function isThere(path: string, kind: "file" | "folder"): Promise<boolean> {
  try {
    const found = await stat(path);
    return kind === "file" ? !found.isDirectory() : found.isDirectory();
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return false;
    // A folder that may not be searched: what lies in it can't be this user's workspace, unless it was named.
    if (code === "EACCES" && kind === "file") return false;
    throw new UsageError(`${path} can't be read: ${code === "EACCES" ? "permission denied" : code}`, `ls -ld ${path}`, {
      cause: error,
    });
  }
}
