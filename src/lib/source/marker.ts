import { access } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { orUndefined } from "../files/absent.ts";
import { machineError } from "../files/machine-error.ts";
import { isKeyValue } from "./partitions.ts";
import type { FoundFiles } from "./paths.ts";
import type { SourceSettings } from "./query.ts";
import { type Awaited, notThere } from "./ready.ts";

/**
 * Holds that the file of source.require lies beside the source's: in each folder that holds some of them, or in one between it
 * and the folder that source.url names. Spark writes _SUCCESS at a table's root, above the folders of its partitions.
 *
 * @throws {TryLaterError | UsageError} where it doesn't, as `notThere` says
 * @throws {ServiceError} when a folder can't be looked at
 */
export async function requireMarker(
  { require: name, description }: SourceSettings,
  { files, folder }: Pick<FoundFiles, "files" | "folder">,
  awaited: Awaited,
): Promise<void> {
  if (name === undefined) return;
  const root = tableRoot(folder);
  for (const own of new Set(files.map((file) => dirname(file)))) {
    if (await liesUpTo(root, own, name)) continue;
    throw notThere(
      `source.require: there is no ${name} beside the files of ${description}, in ${own}`,
      awaited,
      "source.require in churn.yaml names a file that is written once the others are whole",
    );
  }
}

/** The folder above those called key=value, where source.url names a partition. */
function tableRoot(folder: string): string {
  return isKeyValue(basename(folder)) ? tableRoot(dirname(folder)) : folder;
}

async function liesUpTo(root: string, folder: string, name: string): Promise<boolean> {
  if (await isThere(join(folder, name))) return true;
  return folder !== root && folder.startsWith(root) && (await liesUpTo(root, dirname(folder), name));
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await orUndefined(() => access(path).then(() => true))) ?? false;
  } catch (error) {
    throw machineError(error, path);
  }
}
