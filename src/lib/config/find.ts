import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { DENIED_HINT, errorCode } from "../files/machine-error.ts";
import { whereItLeads } from "../files/path-from.ts";

/** The file that makes a folder a workspace. */
export const CONFIG_FILE = "churn.yaml";

/**
 * The workspace that a folder lies in: the nearest folder upwards with a churn.yaml. Above a link is the folder above where it
 * leads, as it is for who goes there by cd.
 *
 * @throws {UsageError} when there is none, or none in the folders that this user may search
 */
export async function findWorkspace(cwd: string): Promise<string> {
  const start = resolve(cwd);
  const kind = await kindOf(start);
  if (kind === "denied") throw denied(start);
  if (kind !== "folder")
    throw new UsageError(
      `there is no folder ${start}`,
      "-C takes a folder that is there; churn init makes a workspace of one",
    );
  let closed: string | undefined;
  let folderInstead: string | undefined;
  for (let folder = start; ; folder = dirname(folder === start ? whereItLeads(start) : folder)) {
    const found = await kindOf(join(folder, CONFIG_FILE));
    if (found === "file") return folder;
    if (found === "denied") closed ??= folder;
    if (found === "folder") folderInstead ??= join(folder, CONFIG_FILE);
    if (dirname(folder) === folder) break;
  }
  if (closed !== undefined) throw denied(closed);
  if (folderInstead !== undefined)
    throw new UsageError(`${folderInstead} is a folder, and a file belongs there`, "move it away, then: churn init");
  throw new UsageError(`no ${CONFIG_FILE} in ${start} or above`, "churn init");
}

function denied(folder: string): UsageError {
  return new UsageError(`${folder} can't be searched: permission denied`, DENIED_HINT);
}

async function kindOf(path: string): Promise<"file" | "folder" | "denied" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
    if (code === "EACCES") return "denied";
    throw new UsageError(`${path} can't be read: ${code}`, `ls -ld ${path}`, { cause: error });
  }
}
