import { realpathSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";

/**
 * The absolute path of one that starts in a folder, as the system takes it for whoever stands there: the folder above a link is
 * the one above where it leads, whether one came there by cd or by -C. What lies within keeps the link in its path.
 *
 * @param folder  absolute; it need not be there
 */
export function pathFrom(folder: string, path: string): string {
  const plain = resolve(folder, path);
  if (isAbsolute(path) || !/^\.\.(?:\/|$)/.test(relative(folder, plain))) return plain;
  return resolve(whereItLeads(folder), path);
}

/** The folder without any link in its path; as it is where it isn't there. */
export function whereItLeads(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
