import { existsSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { describe, expect } from "vitest";
import { cronEnv, lastDay, program } from "../support/churn.ts";
import { complaint, slowSource, succeeds, unfinishedIn, workspaceAfter } from "../support/mistake.ts";
import { attemptsOf } from "../support/night-state.ts";
import { oddServer } from "../support/odd-server.ts";
import { placeOf } from "../support/place.ts";
import { attemptBegun, stageAtWork, start } from "../support/running.ts";
import { processesOf } from "../support/victim.ts";

const tonight = ["--date", lastDay] as const;
const test = workspaceAfter();

/** What the newest run's attempt at a stage says. */
async function lastAttempt(workspace: string, stage: string) {
  const runs = (await readdir(join(workspace, "records", lastDay, "attempts"))).sort();
  const attempts = await attemptsOf(placeOf(workspace), runs.at(-1) ?? "");
  return attempts.find((attempt) => attempt.stage === stage);
}

async function gone(workspace: string): Promise<void> {
  while ((await processesOf(workspace)).length > 0) await sleep(5);
}

async function isAnybodyIn(folder: string): Promise<boolean> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const folders = await Promise.all(processes.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)));
  return folders.includes(folder);
}

describe("run-all that is asked to stop", () => {
  test.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "by %s ends its stage, says which signal it was, and goes on the next time",
    async ([signal, exitCode], { workspace }) => {
      const run = start(workspace, ["run-all", ...tonight, ...slowSource]);
      await stageAtWork(workspace, run, "extract");
      run.signal(signal);
      expect(complaint(await run.ended)).toEqual({
        exitCode,
        error: `stopped by ${signal}`,
        next: ["the same command continues where it stopped", `churn run-all --date ${lastDay}`],
      });
      await gone(workspace);
      expect(await lastAttempt(workspace, "extract")).toMatchObject({
        status: "interrupted",
        ended_at: expect.any(String),
        peak_memory_bytes: expect.any(Number),
      });
      expect(await unfinishedIn(workspace)).toEqual([]);
      const { stderr } = await succeeds(workspace, ["run-all", ...tonight, "--to", "extract"]);
      expect(stderr).toMatch(/✔ extract .*\(interrupted in run [\da-f]{4}\)/);
    },
  );

  test("leaves of a stage that hears of nothing, and is killed, what the supervisor saw of it", async ({
    workspace,
  }) => {
    const run = start(workspace, ["run-all", ...tonight, ...slowSource]);
    const stage = await stageAtWork(workspace, run, "extract");
    // It is looked at five times a second.
    await sleep(500);
    process.kill(stage, "SIGSTOP");
    run.signal("SIGTERM");
    expect(complaint(await run.ended)).toMatchObject({ exitCode: 143, error: "stopped by SIGTERM" });
    expect(await lastAttempt(workspace, "extract")).toMatchObject({
      status: "interrupted",
      ended_at: expect.any(String),
      error: null,
      peak_memory_bytes: expect.any(Number),
      cpu_seconds: expect.any(Number),
    });
  });

  test("twice ends at once, and skips what it had still to tell", async ({ workspace }) => {
    // It is told of the run's end, and never answers.
    await using silent = await oddServer(() => () => {});
    const run = start(workspace, ["run-all", ...tonight, ...slowSource], { HEARTBEAT_URL: `${silent.url}/check` });
    await stageAtWork(workspace, run, "extract");
    run.signal("SIGINT");
    while ((await processesOf(workspace)).length > 1) await sleep(5);
    expect(await Promise.race([run.ended, sleep(300, "tells")])).toBe("tells");
    run.signal("SIGINT");
    expect(await run.ended).toMatchObject({ exitCode: undefined, signal: "SIGINT" });
    await gone(workspace);
    await succeeds(workspace, ["run-all", ...tonight, "--to", "extract"]);
  });

  test("twice while its stage hears of nothing leaves nobody behind", async ({ workspace }) => {
    const run = start(workspace, ["run-all", ...tonight, ...slowSource]);
    process.kill(await stageAtWork(workspace, run, "extract"), "SIGSTOP");
    run.signal("SIGTERM");
    await sleep(100);
    run.signal("SIGTERM");
    expect(await run.ended).toMatchObject({ signal: "SIGTERM" });
    await gone(workspace);
    await succeeds(workspace, ["run-all", ...tonight, "--to", "extract"]);
  });
});

const isScript = (await execa("script", ["--version"], { reject: false })).exitCode === 0;
if (!isScript) process.stderr.write("the test of a terminal that is closed is skipped: there is no script(1) here\n");

test.skipIf(!isScript)(
  "a terminal that is closed ends the run, its stage and all, as a signal does",
  async ({ workspace }) => {
    const words = [process.execPath, program, "run-all", ...tonight, ...slowSource];
    const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const terminal = execa("script", ["-qefc", line, "/dev/null"], {
      cwd: workspace,
      env: { ...cronEnv, TERM: "xterm" },
      extendEnv: false,
      reject: false,
      stdin: "pipe",
    });
    await attemptBegun(workspace, "extract");
    terminal.kill("SIGKILL");
    await terminal;
    await gone(workspace);
    // The run itself, whose words name no folder.
    while (await isAnybodyIn(workspace)) await sleep(20);
    expect(await lastAttempt(workspace, "extract")).toMatchObject({ status: "interrupted" });
    const { stderr } = await succeeds(workspace, ["run-all", ...tonight, "--to", "extract"]);
    expect(stderr).toMatch(/✔ extract .*\(interrupted in run/);
  },
);

describe("a stage by hand that is asked to stop", () => {
  test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)("by %s says so in its attempt", async (signal, { workspace }) => {
    const stage = start(workspace, ["extract", ...tonight, ...slowSource]);
    await attemptBegun(workspace, "extract");
    stage.signal(signal);
    expect(await stage.ended).toMatchObject({ signal });
    expect(await lastAttempt(workspace, "extract")).toMatchObject({ status: "interrupted" });
    expect(await unfinishedIn(workspace)).toEqual([]);
    expect(existsSync(join(workspace, "raw"))).toBe(false);
    await succeeds(workspace, ["extract", ...tonight]);
  });
});
