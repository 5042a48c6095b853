import { chown, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ExecaError, execa } from "execa";
import { signalIfThere, startProgram } from "./service.ts";

/** Servers refuse to run as root: then they run as nobody, whose number is the same on every Linux. */
export const serverUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A folder of its own for a server, owned by the user that it runs as. Its path is short: a socket's may have 107 bytes. */
export async function makeServerFolder(stem: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${stem}-`));
  await giveToServer(folder);
  return folder;
}

export async function giveToServer(path: string): Promise<void> {
  if (serverUser.uid !== undefined) await chown(path, serverUser.uid, serverUser.gid);
}

/** A server in the background. */
export interface ServerProcess {
  readonly pid: number;
  /** Sends a signal to the server alone and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** SIGKILL to it and to all that it started, at once. */
  kill(): Promise<void>;
}

/**
 * Starts a server as a user that isn't root, and waits until it is ready.
 *
 * @param isReady  asked again and again until it is
 * @throws with what it said, when it ends or isn't ready for long
 */
export async function startServer(
  file: string,
  words: readonly string[],
  { folder, isReady }: { readonly folder: string; readonly isReady: () => Promise<boolean> },
): Promise<ServerProcess> {
  const env = { PATH: process.env.PATH ?? "", LC_ALL: "C.UTF-8", TZ: "UTC" };
  const log = join(folder, "log");
  const { pid, ended } = await startProgram({ file, words, cwd: folder, env, log, user: serverUser, isReady });
  return {
    pid,
    async end(signal) {
      signalIfThere(pid, signal);
      await Promise.race([ended, sleep(20_000, undefined, { ref: false })]);
      signalIfThere(pid, "SIGKILL");
      await ended;
    },
    async kill() {
      const all = [pid, ...(await childrenOf(pid))];
      for (const one of all) signalIfThere(one, "SIGKILL");
      await ended;
    },
  };
}

/** Processes that a process started and that are still there. */
async function childrenOf(parent: number): Promise<number[]> {
  const children: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // PID (NAME) STATE PPID …, and a name may have brackets.
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    if (Number(/^.*\) \S (\d+) /.exec(stat)?.[1]) === parent) children.push(Number(name));
  }
  return children;
}

/** Removes a server's folder, which another user's processes may still be leaving. */
export async function removeServerFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Runs a program of a server as the server's user; its error says what it said. */
export async function runAsServer(file: string, words: readonly string[], cwd: string): Promise<void> {
  try {
    await execa(file, words, { ...serverUser, cwd });
  } catch (error) {
    throw new Error(`${file} failed: ${(error as ExecaError).message}`, { cause: error });
  }
}
