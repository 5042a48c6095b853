import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { errorCode } from "../../../src/lib/files/machine-error.ts";

/** A program in the background, with all that it starts. */
export interface Service {
  /** Ends it without warning (SIGKILL). */
  kill(): Promise<void>;
  /** Ends it as its users do (SIGTERM), and without warning where it doesn't. */
  stop(): Promise<void>;
}

interface Start {
  readonly file: string;
  readonly words: readonly string[];
  readonly cwd: string;
  /** the whole environment */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** where what it says goes, added to what is there */
  readonly log: string;
  /** whom it runs as, where that isn't who runs the test */
  readonly user?: { readonly uid?: number; readonly gid?: number };
  /** asked again and again until it is */
  readonly isReady: () => Promise<boolean>;
}

/** A program that is ready; it leads a group of its own. */
export interface Started {
  readonly pid: number;
  /** settles once it is gone */
  readonly ended: Promise<void>;
}

const PATIENCE_MS = 240_000;
const FAREWELL_MS = 10_000;

/**
 * Starts a program and waits until it is ready.
 *
 * @throws with what it said, when it ended or isn't ready for long
 */
export async function startProgram({ file, words, cwd, env, log, user = {}, isReady }: Start): Promise<Started> {
  const output = { file: log, append: true };
  // A group of its own: a signal to it reaches its workers, which outlive their parent otherwise.
  const started = execa(file, words, {
    ...user,
    cwd,
    env,
    extendEnv: false,
    detached: true,
    reject: false,
    buffer: false,
    stdin: "ignore",
    stdout: output,
    stderr: output,
  });
  let end: string | undefined;
  const ended = started.then(({ message }) => {
    end = `ended: ${message ?? ""}`;
  });
  const until = performance.now() + PATIENCE_MS;
  while (!(await isReady())) {
    if (end === undefined && performance.now() < until) {
      await sleep(50);
      continue;
    }
    const how = end ?? "isn't ready";
    signalIfThere(-(started.pid ?? 0), "SIGKILL");
    throw new Error(`${file} ${words.join(" ")} ${how}\n${await readFile(log, "utf8").catch(() => "")}`);
  }
  if (started.pid === undefined) throw new Error(`${file} has no process`);
  return { pid: started.pid, ended };
}

/** The same for a program that is ended with all that it started. */
export async function startService(start: Start): Promise<Service> {
  const { pid, ended } = await startProgram(start);
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    signalIfThere(-pid, signal);
    await Promise.race([ended, sleep(FAREWELL_MS, undefined, { ref: false })]);
    signalIfThere(-pid, "SIGKILL");
    await ended;
  };
  return { kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("a server on a port has none");
  return address.port;
}

/** @param pid  of a process; of a group with a minus; 0 is none */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  if (pid === 0) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
