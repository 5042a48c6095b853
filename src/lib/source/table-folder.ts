import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TryLaterError, UsageError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { machineError } from "../files/machine-error.ts";
import { isKeyValue } from "./partitions.ts";

/**
 * Refuses a folder whose files are not, or not yet, the rows of a table: a table format that keeps deleted rows beside the
 * others and says elsewhere which count, and a Spark job that hasn't ended.
 *
 * @param names  of all that is in the folder
 * @param of     what people call it
 * @throws {UsageError} for Delta, Iceberg and Hudi
 * @throws {TryLaterError} while Spark writes
 */
export async function requirePlainTable(folder: string, names: readonly string[], of: string): Promise<void> {
  const format = await tableFormat(folder, new Set(names));
  if (format !== undefined) {
    throw new UsageError(
      `source.url: ${of} is a table of ${format}: its folder holds rows too that were deleted or replaced`,
      `have its present rows exported to a folder of their own, by what reads ${format} (in Spark: df.write.parquet)`,
    );
  }
  // Spark makes _SUCCESS last; partitions that are replaced one by one are staged below .spark-staging.
  const isStaging = (name: string) => name === "_temporary" || name.startsWith(".spark-staging");
  if (names.some(isStaging) && !names.includes("_SUCCESS")) {
    throw new TryLaterError(
      `source.url: ${of} is still being written: ${folder} has ${names.find(isStaging)} and no _SUCCESS`,
      "run it again once it is whole; what a job that died has left there is to be removed",
    );
  }
}

/**
 * The same for the folders above one that source.url names, where it is a part of a table: a partition, or Iceberg's data.
 *
 * @throws {UsageError | TryLaterError} as `requirePlainTable` does
 */
export async function requirePlainTableAbove(folder: string, of: string): Promise<void> {
  let below = folder;
  while (isKeyValue(basename(below)) || basename(below) === "data") {
    const above = dirname(below);
    // Nothing is to be read there, so it needn't be open to this user.
    await requirePlainTable(above, await readdir(above).catch(() => []), of);
    below = above;
  }
}

async function tableFormat(folder: string, names: ReadonlySet<string>): Promise<string | undefined> {
  if (names.has("_delta_log")) return "Delta Lake";
  if (names.has(".hoodie")) return "Apache Hudi";
  if (!names.has("metadata") || !names.has("data")) return undefined;
  const metadata = await namesIn(join(folder, "metadata"));
  return metadata.some((name) => name.endsWith(".metadata.json")) ? "Apache Iceberg" : undefined;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await orUndefined(() => readdir(folder))) ?? [];
  } catch (error) {
    throw machineError(error, folder);
  }
}
