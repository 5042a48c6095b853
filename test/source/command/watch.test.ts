import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { isRunning } from "../../../src/lib/files/running.ts";
import { startWatcher } from "../../../src/lib/source/command/watch.ts";

test("whoever is watched lives on where the watcher is let go", async () => {
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  try {
    const watcher = await startWatcher();
    watcher.watch(pid);
    watcher[Symbol.dispose]();
    await sleep(300);
    expect(isRunning(pid)).toBe(true);
  } finally {
    child.kill("SIGKILL");
  }
});

test("without a shell nothing is begun", async () => {
  await expect(startWatcher("/nowhere/sh")).rejects.toMatchObject({
    exitCode: 5,
    message: "source.command: there is no /nowhere/sh, which ends the command where churn is killed",
    hint: "install a shell there: a container's image without one can't run programs",
  });
});
