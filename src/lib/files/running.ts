import { readFileSync } from "node:fs";
import { errorCode } from "./machine-error.ts";

/** Whether a process of this number runs on this machine, as far as can be told; a dead one that nobody has buried doesn't. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is another user's.
    return errorCode(error) !== "ESRCH";
  }
  return !isZombie(pid);
}

/** A dead process keeps its number until its parent has asked how it ended, which in a container may be never. */
function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Not Linux, or it has just gone: whoever asks again will see.
    return false;
  }
}
