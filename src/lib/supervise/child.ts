import { requireRoomForFiles } from "../files/descriptors.ts";
import { errorCode } from "../files/machine-error.ts";
import { type StageEvent, stageEvent, wordToBegin } from "./events.ts";
import { hearRefusal } from "./refused-start.ts";

export interface ChildOptions {
  /** the words after the program: train --date 2026-11-23 */
  readonly words: readonly string[];
  readonly program: string;
  readonly cwd: string;
  /** the whole environment, nothing is added */
  readonly env: Readonly<Record<string, string>>;
  /** of the workspace and its store: they stay locked as long as the child lives */
  readonly lockFds: readonly number[];
  readonly onEvent: (event: StageEvent) => void;
}

export interface ChildEnd {
  /** the exit code, or undefined when a signal ended it */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** the last of what it wrote to stdout and stderr: nothing, unless it broke */
  readonly output: string;
}

/** A stage's process: started, waiting for its word. It shares the workspace's lock and ends when this process does. */
export interface Child {
  readonly pid: number | undefined;
  readonly ended: Promise<ChildEnd>;
  /** Says the word, with today's date: the stage begins. */
  go(today: string): void;
  /** Lets a process that hasn't begun end itself. */
  dismiss(): void;
  /** Signals the stage's whole process group. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/**
 * Starts a stage in a process group of its own. This file is the one door to execa.
 *
 * @throws {ServiceError} when the machine has no process, no descriptors or no memory left for it
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { subprocess } = await spawn(options);
  subprocess.stdin.on("error", () => {}); // EPIPE of a child that died before its word: its end tells
  const readEvents = async () => {
    for await (const line of subprocess.iterable({ from: "fd3" })) options.onEvent(stageEvent.parse(JSON.parse(line)));
  };
  const ended = Promise.all([subprocess, readEvents()]).then(([{ exitCode, signal, all }]) => ({
    exitCode,
    signal,
    output: (all ?? "").slice(-4000),
  }));
  return {
    pid: subprocess.pid,
    ended,
    go: (today) => void subprocess.stdin.write(wordToBegin(today)),
    dismiss: () => void subprocess.stdin.end(),
    kill: (signal) => signalGroup(subprocess.pid, signal),
  };
}

/** Files that are open while a process starts: both ends of four pipes and, for a moment, of libuv's own. */
const FILES_OF_START = 12;

/** Wrapped, since what execa returns is a promise as well. */
async function spawn({ program, words, cwd, env, lockFds }: ChildOptions) {
  const { execa } = await import("execa");
  const refusal = hearRefusal();
  try {
    // Asked first: a start that fails half-way keeps some of them open for good.
    requireRoomForFiles(FILES_OF_START);
    const subprocess = execa(process.execPath, [program, ...words], {
      cwd,
      env,
      extendEnv: false,
      // execa's types list the descriptors up to 9; it hands on any.
      stdio: ["pipe", "pipe", "pipe", "pipe", ...lockFds.map((fd) => fd as 9)],
      all: true,
      reject: false,
      detached: true,
      cleanup: false,
      buffer: { fd3: false },
    });
    // A process that couldn't be started has no number.
    if (subprocess.pid === undefined) throw (await subprocess).cause;
    return { subprocess };
  } catch (error) {
    throw await refusal.explain(words[0] ?? "", error);
  } finally {
    refusal.stop();
  }
}

/** The group outlives its leader only if a stage left processes behind; then they go as well. */
function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
