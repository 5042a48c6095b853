import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { orUndefined } from "../../src/lib/files/absent.ts";
import { cronEnv, type Ended, lastDay, program } from "./churn.ts";

/** A command of the built program that goes on beside the test. */
export interface Running {
  readonly pid: number;
  /** Waits until stderr has such a text. */
  shows(text: string): Promise<void>;
  signal(name: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL"): void;
  readonly ended: Promise<Ended>;
}

export function start(
  workspace: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const subprocess = execa(process.execPath, [program, ...words], {
    cwd: workspace,
    env: { ...cronEnv, ...env },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  let said = "";
  const listeners = new Set<() => void>();
  subprocess.stderr.on("data", (text) => {
    said += String(text);
    for (const listener of listeners) listener();
  });
  return {
    pid: subprocess.pid ?? 0,
    shows: (text) =>
      new Promise((resolve) => {
        const look = () => said.includes(text) && resolve();
        listeners.add(look);
        look();
      }),
    signal: (name) => void subprocess.kill(name),
    ended: subprocess.then(({ exitCode, signal, stdout, stderr }) => ({ exitCode, signal, stdout, stderr })),
  };
}

/** Waits until a stage's attempt has begun: in the folder of the store, which is the workspace where churn.yaml names none. */
export async function attemptBegun(store: string, stage: string): Promise<void> {
  for (;;) {
    const attempts = await readdir(join(store, "records", lastDay, "attempts"), { recursive: true }).catch(() => []);
    if (attempts.some((name) => name.endsWith(`/${stage}.json`))) return;
    await sleep(20);
  }
}

/** The process of a stage that works for a run-all, once its attempt has begun. */
export async function stageAtWork(workspace: string, run: Running, stage: string): Promise<number> {
  await attemptBegun(workspace, stage);
  return await processOf(run, stage);
}

/** A stage's process, at work or waiting. Those that wait are started while the first one works, so it is looked for again. */
export async function processOf(run: Running, stage: string): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const children = await childrenOf(run.pid);
    for (const child of children) {
      const words = (await orUndefined(() => readFile(`/proc/${child}/cmdline`, "utf8")))?.split("\0");
      if (words?.[2] === stage) return Number(child);
    }
    if (tries > 200) throw new Error(`run-all has no child ${stage}: ${children.join()}`);
    await sleep(25);
  }
}

/** A child may have been started by any thread, and Linux lists them by it. Of a thread that ends meanwhile another one has them. */
async function childrenOf(pid: number): Promise<string[]> {
  for (;;) {
    const threads = await readdir(`/proc/${pid}/task`);
    const lists = await orUndefined(() =>
      Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8"))),
    );
    if (lists !== undefined) return lists.join(" ").split(" ").filter(Boolean);
  }
}
