import { chmodSync, existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../files/atomic.ts";
import { machineError } from "../../files/machine-error.ts";
import { readModelFiles } from "../folder/model-reader.ts";
import { listFiles } from "../folder/whole-file.ts";
import { mlmodelLast } from "../model-files.ts";

/** Artifacts of a server that runs with --no-serve-artifacts: a folder of its disk, which this machine has to share. */

/** What is made has the rights of the folder that is there: the server may be another user. */
export async function writeSharedFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [name, content] of mlmodelLast(files)) {
    const path = join(folder, name);
    const shared = nearestFolder(path);
    await writeFileAtomic(path, content);
    try {
      shareAlike(path, shared);
    } catch (error) {
      throw machineError(error, path);
    }
  }
}

export async function readSharedFolder(folder: string): Promise<Map<string, Uint8Array>> {
  return await readModelFiles(folder, await listFiles(folder));
}

function nearestFolder(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) ? folder : nearestFolder(folder);
}

/** @param shared  what was there before the file and the folders between */
function shareAlike(path: string, shared: string): void {
  const { mode } = statSync(shared);
  chmodSync(path, mode & 0o666);
  for (let made = dirname(path); made !== shared; made = dirname(made)) chmodSync(made, mode & 0o2777);
}
