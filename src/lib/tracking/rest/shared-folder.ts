import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../files/atomic.ts";
import { makeFolder } from "../../files/folders.ts";
import { readModelFiles } from "../folder/model-reader.ts";
import { listFiles } from "../folder/whole-file.ts";

/** Artifacts of a server that runs with --no-serve-artifacts: a folder of its disk, which this machine has to share. */

export async function writeSharedFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [name, content] of files) {
    const path = join(folder, name);
    makeFolder(dirname(path));
    await writeFileAtomic(path, Buffer.from(content));
  }
}

export async function readSharedFolder(folder: string): Promise<Map<string, Uint8Array>> {
  return await readModelFiles(folder, await listFiles(folder));
}
