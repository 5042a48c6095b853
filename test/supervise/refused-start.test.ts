import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { startChild } from "../../src/lib/supervise/child.ts";
import { hearRefusal } from "../../src/lib/supervise/refused-start.ts";

/** As a supervisor starts a stage, but for what the machine is to refuse. */
function starting({ cwd = "/", env = {} }: { cwd?: string; env?: Record<string, string> }) {
  return startChild({ words: ["train"], program: "stage.cjs", cwd, env, lockFds: [], onEvent: () => {} });
}

test("what Node tells by an event is a sentence: a folder that isn't there", async () => {
  await expect(starting({ cwd: "/nowhere" })).rejects.toMatchObject({
    exitCode: 5,
    message: "the process of train can't be started: ENOENT",
    cause: { code: "ENOENT", syscall: expect.stringMatching(/^spawn /) },
  });
});

test("what Node throws is a sentence: an environment that is too large", async () => {
  await expect(starting({ env: { LARGE: "x".repeat(4_000_000) } })).rejects.toMatchObject({
    exitCode: 5,
    message: "the process of train can't be started: its environment is larger than a process may have",
    hint: "unset what isn't needed",
  });
});

test("what is heard counts before what was thrown because of it, and only until one stops listening", async () => {
  const refusal = hearRefusal();
  spawn("/nowhere/at-all");
  const error = await refusal.explain("train", new TypeError("subprocess.stdio is not iterable"));
  refusal.stop();
  expect(error).toMatchObject({ exitCode: 5, message: "the process of train can't be started: ENOENT" });

  const other = hearRefusal();
  other.stop();
  const late = spawn("/nowhere/at-all");
  const told = new Promise((resolve) => late.once("error", resolve));
  // No machine refused that: it is a defect, and stays one.
  const defect = new TypeError("thrown");
  expect(await other.explain("train", defect)).toBe(defect);
  expect(await told).toMatchObject({ code: "ENOENT" });
});
