import { spawn } from "node:child_process";
import { once } from "node:events";
import { ServiceError } from "../../errors.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";

/** A process that ends another's group once this one is gone, by whatever signal. */
export interface Watcher extends Disposable {
  /** the group to end, by its leader's number */
  watch(group: number): void;
}

/** Its stdin is a pipe whose only other end this process has: it ends when this process does, and then without the last word. */
const SCRIPT = `read -r group || exit; read -r word; [ "$word" = done ] || kill -s KILL -- "-$group"`;

/**
 * Starts it: before the process that it is to watch, which so is never without it. It lives in a group of its own, where what ends
 * this one doesn't reach it, and ends when it is disposed of.
 *
 * @throws {ServiceError} when there is no shell, or the machine has no process left
 */
export async function startWatcher(shell = "/bin/sh"): Promise<Watcher> {
  const watcher = spawn(shell, ["-c", SCRIPT], {
    cwd: "/",
    env: {},
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.stdin.on("error", () => {}); // EPIPE, where somebody has ended it
  try {
    await once(watcher, "spawn");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw machineError(error, shell);
    throw new ServiceError(
      `source.command: there is no ${shell}, which ends the command where churn is killed`,
      "install a shell there: a container's image without one can't run programs",
      { cause: error },
    );
  }
  return {
    watch: (group) => void watcher.stdin.write(`${group}\n`),
    [Symbol.dispose]: () => void watcher.stdin.end("done\n"),
  };
}
