import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../../files/machine-error.ts";
import { afterSeconds } from "../../workspace/timer.ts";
import { LastWords } from "./last-words.ts";
import { startWatcher } from "./watch.ts";

export interface Program {
  /** the program and its words, as they are: no shell reads them */
  readonly words: readonly string[];
  readonly cwd: string;
  /** the whole environment, nothing is added */
  readonly env: Readonly<Record<string, string>>;
  /** a descriptor that gets what it writes to stdout; without one those are words as stderr's are */
  readonly output: number | undefined;
  readonly limitSeconds: number;
}

export interface ProgramEnd {
  /** null when a signal ended it */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly words: LastWords;
}

/** What a program gets to end itself in, once its time is up. */
const GRACE_MS = 5000;
/** What is in the pipe when a program has ended is read at once; who still holds it is none that is waited for. */
const CLOSING_MS = 1000;

/**
 * Runs a program to its end, in a process group of its own, which ends with it: when it ends by itself, when its time is up (by
 * SIGTERM, and by SIGKILL five seconds later), and whatever ends this process.
 *
 * @throws the system's error where it can't be started
 * @throws {ServiceError} where nothing could watch over it
 */
export async function runProgram({ words, cwd, env, output, limitSeconds }: Program): Promise<ProgramEnd> {
  const [program = "", ...rest] = words;
  using watcher = await startWatcher();
  const child = spawn(program, rest, { cwd, env, detached: true, stdio: ["ignore", output ?? "pipe", "pipe"] });
  const { pid } = child;
  if (pid !== undefined) watcher.watch(pid);

  const said = new LastWords();
  said.hear(child.stdout);
  said.hear(child.stderr);
  const closed = new Promise((resolve) => child.once("close", resolve));
  const ended = new Promise<Pick<ProgramEnd, "exitCode" | "signal">>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });

  let timedOut = false;
  let kill: NodeJS.Timeout | undefined;
  const endGroup = () => signalGroup(pid, "SIGKILL");
  const endLimit = afterSeconds(limitSeconds, () => {
    timedOut = true;
    signalGroup(pid, "SIGTERM");
    kill = setTimeout(endGroup, GRACE_MS);
  });
  // Before its folder goes, which it would write to.
  process.prependListener("exit", endGroup);
  try {
    const end = await ended;
    endGroup();
    await Promise.race([closed, sleep(CLOSING_MS, undefined, { ref: false })]);
    return { ...end, timedOut, words: said };
  } finally {
    process.off("exit", endGroup);
    endLimit();
    clearTimeout(kill);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** The group is left where its leader has ended and others of it go on. */
function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Nobody is left; or what is left belongs to another user, as after sudo, and only that one's signals reach it.
    if (errorCode(error) !== "ESRCH" && errorCode(error) !== "EPERM") throw error;
  }
}
