import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runProgram } from "../../../src/lib/source/command/run.ts";

/** Ends in the midst of running a script, `tool`, once that has written the file `leader`: ROOT SIGNAL, or exit. */
async function dieRunning([root = "", how = ""]: readonly string[]): Promise<void> {
  const running = runProgram({
    words: ["sh", "tool"],
    cwd: root,
    env: { PATH: process.env.PATH ?? "" },
    output: undefined,
    limitSeconds: 60,
  });
  while (!existsSync(join(root, "leader"))) await sleep(10);
  if (how === "exit") process.exit(3);
  process.kill(process.pid, how);
  await running;
}

void dieRunning(process.argv.slice(2));
