import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../../src/lib/files/atomic.ts";

/** Ends itself in the midst of writing a file, as a signal's handler does: TARGET. */
async function exitWriting([target = ""]: readonly string[]): Promise<void> {
  await writeFileAtomic(target, async (path) => {
    writeFileSync(path, "half a database");
    writeFileSync(join(path, "..", "log"), "half a log");
    process.exit(3);
  });
}

void exitWriting(process.argv.slice(2));
