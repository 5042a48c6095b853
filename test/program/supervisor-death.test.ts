import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { lastDay } from "../support/churn.ts";
import { complaint, slowSource, succeeds, workspaceAfter } from "../support/mistake.ts";
import { attemptsOf } from "../support/night-state.ts";
import { placeOf } from "../support/place.ts";
import { attemptBegun, type Running, stageAtWork, start } from "../support/running.ts";
import { processesOf } from "../support/victim.ts";

const tonight = ["--date", lastDay] as const;
const runAll = ["run-all", ...tonight, "--to", "train"] as const;
/** Trains for longer than a test waits. */
const endless = ["--set", "train.rounds=30000"] as const;
const test = workspaceAfter(["run-all", ...tonight, "--to", "features"]);
const fresh = workspaceAfter();

/** Whoever is killed or stopped in the midst of training. Linux only: processes are read from /proc. */
describe.skipIf(process.platform !== "linux")("in the midst of training", () => {
  test("a killed supervisor's processes are gone within a second", async ({ workspace }) => {
    const run = start(workspace, [...runAll, ...endless]);
    await trains(await stageAtWork(workspace, run, "train"));
    await dieWithin(1_000, workspace, run);
    expect(await lastAttempt(workspace)).toMatchObject({ stage: "train", status: "running" });
  });

  test("a supervisor is killed, and the same command at once waits for its processes and goes on", async ({
    workspace,
  }) => {
    const run = start(workspace, [...runAll, ...endless]);
    const stage = await stageAtWork(workspace, run, "train");
    // Now it hears of nothing, and holds the lock until it is killed.
    process.kill(stage, "SIGSTOP");
    run.signal("SIGKILL");
    await run.ended;
    const again = start(workspace, runAll);
    await opens(again.pid, join(workspace, ".churn", "lock"));
    const first = await Promise.race([again.ended, sleep(500, "waits")]);
    process.kill(stage, "SIGKILL");
    expect(first).toBe("waits");
    const { exitCode, stderr } = await again.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringMatching(/✔ train .*\(interrupted in/) });
  });

  test("Ctrl-C ends a stage that a person started, whose attempt says so", async ({ workspace }) => {
    const stage = start(workspace, ["train", ...tonight, ...endless]);
    await attemptBegun(workspace, "train");
    await trains(stage.pid);
    stage.signal("SIGINT");
    expect(await stage.ended).toMatchObject({ signal: "SIGINT" });
    expect(await lastAttempt(workspace)).toMatchObject({ stage: "train", status: "interrupted" });
    await succeeds(workspace, ["train", ...tonight]);
  });

  test("a time limit ends the stage kindly: its attempt says that it was interrupted", async ({ workspace }) => {
    const run = start(workspace, [...runAll, ...endless, "--set", "run.stages={train: 3s}"]);
    expect(complaint(await run.ended)).toMatchObject({
      exitCode: 5,
      error: "train was stopped: it took longer than its limit of 3 s",
    });
    expect(await lastAttempt(workspace)).toMatchObject({ stage: "train", status: "interrupted" });
  });
});

describe.skipIf(process.platform !== "linux")("a killed supervisor's processes are gone within a second", () => {
  fresh("in the midst of a query", async ({ workspace }) => {
    const run = start(workspace, ["run-all", ...tonight, ...slowSource]);
    await trains(await stageAtWork(workspace, run, "extract"));
    await dieWithin(1_000, workspace, run);
  });

  fresh("while the first of them starts", async ({ workspace }) => {
    const run = start(workspace, ["run-all", ...tonight]);
    while ((await processesOf(workspace)).length < 2) await sleep(1);
    await dieWithin(1_000, workspace, run);
  });
});

/** Kills a supervisor and waits for the last of its processes. */
async function dieWithin(milliseconds: number, workspace: string, run: Running): Promise<void> {
  const killedAt = performance.now();
  run.signal("SIGKILL");
  while ((await processesOf(workspace)).length > 0) await sleep(2);
  expect(performance.now() - killedAt).toBeLessThan(milliseconds);
  expect(await run.ended).toMatchObject({ signal: "SIGKILL" });
}

/** Waits until a process has worked for longer than its start takes. */
async function trains(pid: number): Promise<void> {
  const ticksPerSecond = 100;
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(user) + Number(system) > 1.5 * ticksPerSecond) return;
    await sleep(20);
  }
}

/** Waits until a process has a file open. */
async function opens(pid: number, file: string): Promise<void> {
  for (;;) {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    const targets = descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""));
    if ((await Promise.all(targets)).includes(file)) return;
    await sleep(2);
  }
}

/** What the newest run's only attempt says. */
async function lastAttempt(workspace: string) {
  const [newest = ""] = (await readdir(join(workspace, "records", lastDay, "attempts"))).sort().reverse();
  return (await attemptsOf(placeOf(workspace), newest))[0];
}
