import { closeSync, openSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { isRunning } from "../../../src/lib/files/running.ts";
import { runProgram } from "../../../src/lib/source/command/run.ts";
import { bundle } from "../../support/bundled.ts";
import { test } from "../../support/source-folder.ts";

/** A shell's script as a program, and what it wrote to stdout. */
async function run(root: string, script: string, { limitSeconds = 60, words = [] as string[] } = {}) {
  const path = join(root, "output");
  const output = openSync(path, "w");
  try {
    const env = { PATH: process.env.PATH ?? "" };
    const end = await runProgram({
      words: ["sh", "-c", script, "sh", ...words],
      cwd: root,
      env,
      output,
      limitSeconds,
    });
    const { exitCode, signal, timedOut } = end;
    return {
      end: { exitCode, signal, timedOut },
      said: end.words.lines((text) => text),
      output: await readFile(path, "utf8"),
    };
  } finally {
    closeSync(output);
  }
}

/** The process whose number a script wrote, once it has done so. */
async function numberIn(path: string): Promise<number> {
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (/^\d+\n$/.test(text)) return Number(text);
    await sleep(10);
  }
}

/** Whether a process is gone before long. */
async function isSoonGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (!isRunning(pid)) return true;
    await sleep(10);
  }
  return false;
}

test("what a program writes, says and ends with", async ({ root }) => {
  expect(await run(root, "echo id; echo one >&2; exit 3")).toEqual({
    end: { exitCode: 3, signal: null, timedOut: false },
    said: ["one"],
    output: "id\n",
  });
  expect(await run(root, "echo half; kill -9 $$")).toEqual({
    end: { exitCode: null, signal: "SIGKILL", timedOut: false },
    said: [],
    output: "half\n",
  });
});

test("words arrive as they are, whatever a shell would make of them", async ({ root }) => {
  const words = ["$HOME", "a b", "it's", '"', "*", "`id`", "; echo no", "\n", "é", ""];
  const { output } = await run(root, `for word in "$@"; do printf '%s|' "$word"; done`, { words });
  expect(output).toBe(words.map((word) => `${word}|`).join(""));
});

test("stdin is empty, and no terminal", async ({ root }) => {
  expect((await run(root, "read -r answer || echo none")).output).toBe("none\n");
});

test("without a descriptor for it, what a program writes to stdout are words", async ({ root }) => {
  const { words } = await runProgram({
    words: ["sh", "-c", "echo 4 rows written"],
    cwd: root,
    env: { PATH: process.env.PATH ?? "" },
    output: undefined,
    limitSeconds: 60,
  });
  expect(words.lines((text) => text)).toEqual(["4 rows written"]);
});

test("whose time is up gets SIGTERM", async ({ root }) => {
  const { end, said } = await run(root, "trap 'echo bye >&2; exit 0' TERM; while :; do sleep 0.05; done", {
    limitSeconds: 0.3,
  });
  expect(end).toEqual({ exitCode: 0, signal: null, timedOut: true });
  expect(said).toContain("bye");
});

test("whose time is up and who ignores SIGTERM gets SIGKILL, and all whom it started", async ({ root }) => {
  const began = Date.now();
  const { end } = await run(root, "trap '' TERM; (exec sleep 100) & echo $! > left; sleep 100; sleep 100", {
    limitSeconds: 0.3,
  });
  expect(end).toEqual({ exitCode: null, signal: "SIGKILL", timedOut: true });
  expect(Date.now() - began).toBeLessThan(15_000);
  expect(await isSoonGone(await numberIn(join(root, "left")))).toBe(true);
});

test("whom a program leaves behind ends with it, and isn't waited for though it holds stderr", async ({ root }) => {
  const began = Date.now();
  const { end, output } = await run(root, "sleep 100 & echo $! > left; echo id");
  expect(end).toEqual({ exitCode: 0, signal: null, timedOut: false });
  expect(output).toBe("id\n");
  expect(await isSoonGone(await numberIn(join(root, "left")))).toBe(true);
  expect(Date.now() - began).toBeLessThan(10_000);
});

test("who isn't in the group any more isn't waited for either", async ({ root }) => {
  const began = Date.now();
  const { end } = await run(
    root,
    "setsid sh -c 'echo $$ > left; exec sleep 20' & while [ ! -s left ]; do sleep 0.01; done",
  );
  const left = await numberIn(join(root, "left"));
  try {
    expect(end.exitCode).toBe(0);
    expect(Date.now() - began).toBeLessThan(10_000);
  } finally {
    process.kill(left, "SIGKILL");
  }
});

test.for(["SIGKILL", "SIGTERM", "exit"])(
  "with the process that runs it by %s a program ends, and all whom it started",
  async (how, { root }) => {
    await writeFile(
      join(root, "tool"),
      "trap '' TERM HUP INT\nsleep 100 &\necho $! > started\necho $$ > leader\nsleep 100\n",
    );
    await using program = await bundle("die-running");
    const ended = program.run(root, how);
    const numbers = [await numberIn(join(root, "started")), await numberIn(join(root, "leader"))];
    const end = await ended;
    expect(how === "exit" ? end.exitCode : end.signal, end.stderr).toBe(how === "exit" ? 3 : how);
    for (const number of numbers) expect(await isSoonGone(number)).toBe(true);
  },
);
