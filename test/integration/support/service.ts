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
  readonly env: Readonly<Record<string, string>>;
  /** where what it says goes, added to what is there */
  readonly log: string;
  /** asked again and again until it is */
  readonly isReady: () => Promise<boolean>;
}

const PATIENCE_MS = 240_000;
const FAREWELL_MS = 10_000;

/**
 * Starts a program and waits until it is ready.
 *
 * @throws with what it said, when it ended or isn't ready for long
 */
export async function startService({ file, words, cwd, env, log, isReady }: Start): Promise<Service> {
  const output = { file: log, append: true };
  // A group of its own: a signal to it reaches its workers, which outlive their parent otherwise.
  const started = execa(file, words, {
    cwd,
    env,
    detached: true,
    reject: false,
    buffer: false,
    stdin: "ignore",
    stdout: output,
    stderr: output,
  });
  let hasEnded = false;
  const ended = started.then(() => {
    hasEnded = true;
  });
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    signalGroup(started.pid, signal);
    await Promise.race([ended, sleep(FAREWELL_MS)]);
    signalGroup(started.pid, "SIGKILL");
    await ended;
  };
  const until = performance.now() + PATIENCE_MS;
  while (!(await isReady())) {
    if (!hasEnded && performance.now() < until) {
      await sleep(200);
      continue;
    }
    const how = hasEnded ? "ended" : "isn't ready";
    await end("SIGKILL");
    throw new Error(`${file} ${words.join(" ")} ${how}:\n${await readFile(log, "utf8")}`);
  }
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

function signalGroup(pid: number | undefined, signal: "SIGKILL" | "SIGTERM"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
