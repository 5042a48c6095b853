import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isRunning } from "../../src/lib/files/running.ts";

test("this process runs, and so does another user's; one that ended doesn't", async () => {
  expect(isRunning(process.pid)).toBe(true);
  expect(isRunning(1)).toBe(true);
  const child = spawn("true");
  await once(child, "exit");
  expect(isRunning(child.pid ?? 0)).toBe(false);
});

test.skipIf(process.platform !== "linux")("a dead process that its parent hasn't buried doesn't run", async () => {
  // It waits and hears of nothing: its child has ended, and nobody asks how.
  const deaf = `require("node:fs").writeSync(1, String(require("node:child_process").spawn("true").pid));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);`;
  const parent = spawn(process.execPath, ["-e", deaf]);
  const [pid] = await once(parent.stdout.setEncoding("utf8"), "data");
  while (isRunning(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(() => process.kill(Number(pid), 0), "it has its number still").not.toThrow();
  parent.kill("SIGKILL");
});
