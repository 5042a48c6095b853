import { existsSync } from "node:fs";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect } from "vitest";
import { churn, cronEnv, digests, lastDay, mayDiffer, program } from "../../support/churn.ts";
import { complaint, refuses, slowSource, succeeds, unfinishedIn, workspaceAfter } from "../../support/mistake.ts";
import { attemptsOf } from "../../support/night-state.ts";
import { placeOf } from "../../support/place.ts";
import { processOf, stageAtWork, start } from "../../support/running.ts";

const test = workspaceAfter();

async function onlyRun(workspace: string): Promise<string> {
  const [run = "", ...more] = await readdir(join(workspace, "records", lastDay, "attempts"));
  expect(more).toEqual([]);
  return run;
}

const tonight = ["--date", lastDay] as const;

describe("two runs at once", () => {
  test("the second one names the first and comes back later", async ({ workspace }) => {
    const first = start(workspace, ["run-all", ...tonight, ...slowSource]);
    // From here on it writes nothing for a while.
    await stageAtWork(workspace, first, "extract");
    const held = {
      exitCode: 75,
      error: expect.stringMatching(
        RegExp(
          `^another run holds the lock on ${workspace}: run-all of ${lastDay}, at extract, process ${first.pid}, since 20\\d\\d-\\d\\d-\\d\\d [\\d:]+$`,
        ),
      ),
      next: ["run it again when that one has ended"],
    };
    for (const words of [["run-all"], ["train", ...tonight]]) {
      expect(await refuses(workspace, words)).toEqual(held);
    }
    await succeeds(workspace, ["models"]);
    await succeeds(workspace, ["run-all", ...tonight, "--dry-run"]);

    first.signal("SIGTERM");
    expect(complaint(await first.ended)).toMatchObject({ exitCode: 143, error: "stopped by SIGTERM" });
    await succeeds(workspace, ["extract", ...tonight]);
  });
});

describe("--wait-lock", () => {
  test("waits until the other run has ended, says so once, and does its work", async ({ workspace }) => {
    const first = start(workspace, ["run-all", ...tonight, ...slowSource]);
    await stageAtWork(workspace, first, "extract");
    const second = start(workspace, ["extract", ...tonight, "--wait-lock", "10m"]);
    const third = start(workspace, ["run-all", ...tonight, "--to", "extract", "--wait-lock", "10m"]);
    const sentence = `waiting  up to 10m: another run holds the lock on ${workspace}: run-all of ${lastDay}, at extract, process ${first.pid}, since `;
    for (const waiting of [second, third]) await waiting.shows(sentence);
    first.signal("SIGTERM");
    expect(await first.ended).toMatchObject({ exitCode: 143 });
    for (const waiting of [second, third]) {
      const { exitCode, stderr } = await waiting.ended;
      expect(exitCode, stderr).toBe(0);
      expect(stderr.match(/waiting/g)).toHaveLength(1);
    }
    const logs = (await readdir(join(workspace, "logs", lastDay))).map((name) =>
      join(workspace, "logs", lastDay, name),
    );
    const lines = (await Promise.all(logs.map((log) => readFile(log, "utf8")))).join("");
    expect(lines.match(/another run was waited for/g)).toHaveLength(2);
  });

  test("ends with the same 75 when the time is over, and at once by Ctrl-C", async ({ workspace }) => {
    const first = start(workspace, ["run-all", ...tonight, ...slowSource]);
    await stageAtWork(workspace, first, "extract");
    for (const words of [["run-all"], ["train", ...tonight]])
      expect(await refuses(workspace, [...words, "--wait-lock", "1s"])).toEqual({
        exitCode: 75,
        error: expect.stringMatching(
          RegExp(`^waited 1s: another run holds the lock on ${workspace}: run-all of ${lastDay}, at extract, process `),
        ),
        next: ["run it again when that one has ended"],
      });
    const quiet = await churn(workspace, ["run-all", "--quiet", "--wait-lock", "1s"]);
    expect(quiet.stderr).not.toContain("waiting");
    for (const words of [["run-all"], ["train", ...tonight]]) {
      const waiting = start(workspace, [...words, "--wait-lock", "1h"]);
      await waiting.shows("waiting  up to 1h");
      waiting.signal("SIGINT");
      const { exitCode, signal } = await waiting.ended;
      expect(signal === "SIGINT" || exitCode === 130).toBe(true);
    }
    first.signal("SIGKILL");
    await first.ended;
  });

  test("takes a duration", async ({ workspace }) => {
    expect(await refuses(workspace, ["run-all", "--wait-lock", "soon"])).toMatchObject({
      exitCode: 2,
      error: expect.stringMatching(/^--wait-lock must be a number with s, m, h or d, such as 90m/),
    });
  });
});

describe("a run that is stopped", () => {
  test("by Ctrl-C leaves nothing half-written, and the next one ends with the same bytes", async ({
    workspace,
    folder,
    prepared,
  }) => {
    const words = ["run-all", ...tonight, "--to", "compare"];
    const stopped = start(workspace, words);
    await stopped.shows("✔ validate");
    stopped.signal("SIGINT");
    expect(complaint(await stopped.ended)).toEqual({
      exitCode: 130,
      error: "stopped by SIGINT",
      next: ["the same command continues where it stopped", `churn run-all --date ${lastDay}`],
    });
    expect(await unfinishedIn(workspace)).toEqual([]);
    const { stderr } = await succeeds(workspace, words);
    expect(stderr).toMatch(/validate +up to date/);

    await cp(prepared, folder, { recursive: true });
    await succeeds(folder, words);
    expect(await digests(workspace, mayDiffer)).toEqual(await digests(folder, mayDiffer));
  });

  test("by its stage's own time limit", async ({ workspace }) => {
    const limit = ["--set", "run.stages={extract: 1s}"];
    expect(await refuses(workspace, ["run-all", ...tonight, ...slowSource, ...limit])).toEqual({
      exitCode: 5,
      error: "extract was stopped: it took longer than its limit of 1 s",
      next: ["raise run.timeout or run.stages in churn.yaml", `churn run-all --date ${lastDay}`],
    });
    const told = Object.keys(await digests(join(workspace, "notifications")));
    expect(told.filter((name) => name.endsWith(".txt"))).toEqual([
      expect.stringMatching(/^2026-11-22\.failed\..*\.txt$/),
    ]);
    const { stderr } = await succeeds(workspace, ["run-all", ...tonight, "--to", "extract"]);
    expect(stderr).toMatch(/✔ extract.*\(interrupted in run [0-9a-f]{4}\)/);
  });

  test("by Ctrl-C ends although a stage that waits doesn't hear", async ({ workspace }) => {
    const stopped = start(workspace, ["run-all", ...tonight, ...slowSource]);
    await stageAtWork(workspace, stopped, "extract");
    process.kill(await processOf(stopped, "validate"), "SIGSTOP");
    stopped.signal("SIGINT");
    expect(complaint(await stopped.ended)).toMatchObject({ exitCode: 130, error: "stopped by SIGINT" });
    await succeeds(workspace, ["extract", ...tonight]);
  });

  test("by SIGKILL of its stage alone", async ({ workspace }) => {
    const run = start(workspace, ["run-all", ...tonight, ...slowSource]);
    process.kill(await stageAtWork(workspace, run, "extract"), "SIGKILL");
    expect(complaint(await run.ended)).toEqual({
      exitCode: 5,
      error: expect.stringMatching(/^extract was killed( \(SIGKILL\))?,? .*\d MiB/),
      next: [expect.any(String), `churn run-all --date ${lastDay}`],
    });
    const [attempt] = await attemptsOf(placeOf(workspace), await onlyRun(workspace));
    expect(attempt).toMatchObject({
      status: "interrupted",
      ended_at: expect.any(String),
      error: { name: "ServiceError", exit_code: 5, message: expect.stringMatching(/^extract was killed/) },
      peak_memory_bytes: expect.any(Number),
      cpu_seconds: expect.any(Number),
    });
    await succeeds(workspace, ["run-all", ...tonight, "--to", "extract"]);
    expect(await unfinishedIn(workspace)).toEqual([]);
  });
});

describe.skipIf(!existsSync("/dev/full"))("a full disk behind the output", () => {
  const writing = (workspace: string, redirection: string, words: readonly string[]) =>
    execa("sh", ["-c", `"$@" ${redirection}`, "sh", process.execPath, program, ...words], {
      cwd: workspace,
      env: cronEnv,
      extendEnv: false,
      reject: false,
    });

  test("stops no work, and is told where it takes the result", async ({ workspace }) => {
    const night = ["run-all", ...tonight, "--to", "validate"];
    expect(await writing(workspace, "2>/dev/full", night)).toMatchObject({ exitCode: 0 });
    expect(await succeeds(workspace, ["validate", ...tonight, "--json"])).toMatchObject({
      stdout: expect.stringContaining('"outcome":"fresh"'),
    });
    for (const words of [["models"], ["--version"], ["help", "extract"]]) {
      const { exitCode, stderr } = await writing(workspace, ">/dev/full", words);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 5,
        stderr: "error  stdout: the disk is full\nnext   free some space, then run it again",
      });
    }
    const { exitCode, stderr } = await writing(workspace, ">/dev/full", ["--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: expect.stringMatching(/^error {2}stdout: .*ENOSPC/) });
  });
});

describe("a reader that goes away", () => {
  test("stops nothing", async ({ workspace }) => {
    const words = [process.execPath, program, "run-all", ...tonight, "--to", "validate"];
    const { exitCode } = await execa("sh", ["-c", '"$@" 2>&1 | head -1; exit 0', "sh", ...words], {
      cwd: workspace,
      env: cronEnv,
      extendEnv: false,
    });
    expect(exitCode).toBe(0);
    expect(Object.keys(await digests(join(workspace, "records", lastDay), /^attempts\//))).toEqual([
      "extract.json",
      "validate.json",
    ]);
    for (const words of [["--help"], ["help", "extract"]]) {
      const { stderr } = await execa("sh", ["-c", '"$@" | head -c 0', "sh", process.execPath, program, ...words], {
        cwd: workspace,
        env: cronEnv,
        extendEnv: false,
      });
      expect(stderr).toBe("");
    }
    const closed = await execa("sh", ["-c", '"$@" >&-', "sh", process.execPath, program, "models"], {
      cwd: workspace,
      env: cronEnv,
      extendEnv: false,
      reject: false,
    });
    expect(closed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await churn(workspace, ["config"])).toMatchObject({ exitCode: 0 });
  });
});
