import { join } from "node:path";
import { writeFileAtomic } from "../../files/atomic.ts";
import { readModelFiles } from "../folder/model-reader.ts";
import { listFiles } from "../folder/whole-file.ts";
import { mlmodelLast } from "../model-files.ts";

/** Artifacts of a server that runs with --no-serve-artifacts: a folder of its disk, which this machine has to share. */

export async function writeSharedFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [name, content] of mlmodelLast(files)) await writeFileAtomic(join(folder, name), content);
}

export async function readSharedFolder(folder: string): Promise<Map<string, Uint8Array>> {
  return await readModelFiles(folder, await listFiles(folder));
}
