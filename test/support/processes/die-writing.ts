import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withUnfinished } from "../../../src/lib/files/unfinished.ts";
import { withFolderLock } from "../../../src/lib/tracking/folder/lock.ts";

/** Dies by SIGKILL while it holds a tracking folder's lock and writes a folder in one of its shelters: ROOT SHELTER. */
async function dieWriting([root = "", shelter = ""]: readonly string[]): Promise<void> {
  await withFolderLock(root, () =>
    withUnfinished({ folder: shelter, stem: "churn" }, async (path) => {
      mkdirSync(path);
      writeFileSync(join(path, "half"), "ha");
      process.kill(process.pid, "SIGKILL");
      await new Promise(() => {});
    }),
  );
}

void dieWriting(process.argv.slice(2));
