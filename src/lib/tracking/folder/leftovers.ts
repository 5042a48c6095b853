import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { removeUnfinished } from "../../files/unfinished.ts";
import { requireWithin } from "../../files/within.ts";
import { treeOf } from "./tree.ts";

/** Names of what isn't finished: those that whole-file.ts gives, and those of churn 1.0. */
const UNFINISHED = /^\.churn(?:\.\d+-[0-9a-f]{8}\.part|-unfinished|-unfinished-folder|-former-folder)$/;

/**
 * Clears what killed writers left unfinished in a tracking folder. Only the holder of its lock may: nobody else writes then.
 *
 * @param root  absolute path of the folder
 */
export function clearLeftoversBelow(root: string): void {
  // experiments and their runs, then registered models and their versions
  clearLevels(root, 2);
  clearLevels(join(root, "models"), 2);
}

function clearLevels(folder: string, levels: number): void {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (UNFINISHED.test(entry.name)) removeUnfinished(path);
    else if (levels > 0 && entry.isDirectory()) clearLevels(path, levels - 1);
  }
}

/** What can't be read, MLflow's files of another user say, or is a link out of the tree holds nothing that is in anybody's way. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(requireWithin(treeOf(folder), folder), { withFileTypes: true });
  } catch {
    return [];
  }
}
