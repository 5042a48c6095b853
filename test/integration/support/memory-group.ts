import { existsSync } from "node:fs";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../../../src/lib/files/machine-error.ts";

/** A control group of the kernel's, whose processes have so much memory together and no more. */
export interface MemoryGroup extends AsyncDisposable {
  /** Words before a command's own, by which it runs there. */
  readonly enter: readonly string[];
}

const GROUPS = "/sys/fs/cgroup";

/**
 * Makes one, of version 1 or 2; undefined where this user may not.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, cgroup-v2.html
 */
export async function memoryGroup(bytes: number): Promise<MemoryGroup | undefined> {
  const isFirst = existsSync(join(GROUPS, "memory"));
  const folder = join(GROUPS, isFirst ? "memory" : "", `churn-test-${process.pid}-${bytes}`);
  try {
    if (!isFirst) await writeFile(join(GROUPS, "cgroup.subtree_control"), "+memory");
    await mkdir(folder);
    await writeFile(join(folder, isFirst ? "memory.limit_in_bytes" : "memory.max"), String(bytes));
  } catch {
    return undefined;
  }
  return {
    enter: ["sh", "-c", `echo $$ >${join(folder, "cgroup.procs")} && exec "$@"`, "sh"],
    async [Symbol.asyncDispose]() {
      for (let tries = 0; ; tries += 1) {
        try {
          return await rmdir(folder);
        } catch (error) {
          // The last of its processes are on their way out.
          if (errorCode(error) !== "EBUSY" || tries > 200) throw error;
          await sleep(50);
        }
      }
    },
  };
}
