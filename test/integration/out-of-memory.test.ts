import { cp, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { churn, cronEnv, type Ended, lastDay, program } from "../support/churn.ts";
import { newest } from "../support/libxgboost.ts";
import { complaint, unfinishedIn } from "../support/mistake.ts";
import { attemptsOf } from "../support/night-state.ts";
import { placeOf } from "../support/place.ts";
import { memoryGroup } from "./support/memory-group.ts";

const MB = 2 ** 20;
const tonight = ["run-all", "--date", lastDay];
/** Trees of a node a customer, and a histogram of each node: gigabytes. */
const greedy = {
  tree_method: "hist",
  max_bin: 65536,
  max_depth: 60,
  min_child_weight: 0,
  gamma: 0,
  lambda: 0,
  alpha: 0,
};
/** Gigabytes of texts that are all different, which have to be told apart. */
const SQL =
  "SELECT * FROM customers WHERE snapshot_date = {date} AND (SELECT count(DISTINCT md5(i::VARCHAR)) FROM range(60000000) AS n(i)) > 0";
const loading = ["--set", `source=${JSON.stringify({ url: "duckdb:customers.duckdb", query: SQL })}`];
const training = (engine: string) => [
  ...["--set", `train.engine=${engine}`, "--set", "train.rounds=5"],
  ...Object.entries(greedy).flatMap(([name, value]) => ["--set", `train.params.${name}=${value}`]),
  ...(engine === "native" ? ["--set", `train.library=${newest}`] : []),
];

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-memory-")));
  const sample = join(folder, "sample");
  for (const words of [
    ["-C", sample, "init", "--sample", "--date", lastDay],
    ["-C", sample, "run-all", "--date", lastDay, "--to", "features"],
  ])
    expect(await churn(folder, words)).toMatchObject({ exitCode: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a night with limits in a copy of the sample. */
async function night(
  name: string,
  before: readonly string[],
  words: readonly string[],
): Promise<Ended & { workspace: string }> {
  const workspace = join(folder, name);
  await cp(join(folder, "sample"), workspace, { recursive: true });
  const [file = "", ...rest] = [...before, process.execPath, program, ...tonight, ...words];
  const ended = await execa(file, rest, {
    cwd: workspace,
    env: cronEnv,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  return { exitCode: ended.exitCode, signal: ended.signal, stdout: ended.stdout, stderr: ended.stderr, workspace };
}

/** The newest run's attempt at a stage. */
async function lastAttempt(workspace: string, stage: string) {
  const runs = (await readdir(join(workspace, "records", lastDay, "attempts"))).sort();
  return (await attemptsOf(placeOf(workspace), runs.at(-1) ?? "")).find((attempt) => attempt.stage === stage);
}

const engines = ["wasm", ...(newest === "" ? [] : ["native"])];
const limit = 400 * MB;
const probe = await memoryGroup(limit);
await probe?.[Symbol.asyncDispose]();
if (probe === undefined) process.stderr.write("nothing runs out of memory here: this user may make no control group\n");

describe.skipIf(probe === undefined)("in a control group that is too small", () => {
  test.for(engines)("training by %s is killed by the kernel, which is said with what it took", async (engine) => {
    await using group = await memoryGroup(limit);
    const { workspace, ...ended } = await night(`group-${engine}`, group?.enter ?? [], training(engine));
    expect(complaint(ended), ended.stderr).toMatchObject({
      exitCode: 5,
      error: expect.stringMatching(
        /^train was killed, probably out of memory at \d+ MiB: the kernel has ended one of its control group's \(a container, a unit of systemd's\) processes for want of it$/,
      ),
      next: [
        "fewer columns (dataset.exclude, features), or more memory for the machine or the container",
        `churn run-all --date ${lastDay}`,
      ],
    });
    const attempt = await lastAttempt(workspace, "train");
    expect(attempt).toMatchObject({
      status: "interrupted",
      error: { name: "ServiceError", exit_code: 5, message: expect.stringMatching(/probably out of memory/) },
    });
    expect(attempt?.peak_memory_bytes).toBeGreaterThan(100 * MB);
    expect(attempt?.peak_memory_bytes).toBeLessThanOrEqual(limit);
    expect(attempt?.cpu_seconds).toBeGreaterThan(0);
    const told = (await readdir(join(workspace, "notifications"))).find((name) => name.includes(".failed."));
    expect(await readFile(join(workspace, "notifications", told ?? ""), "utf8")).toContain(
      "probably out of memory at ",
    );
    const again = await churn(workspace, tonight);
    expect(again, again.stderr).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/✔ train .*interrupted in/),
    });
    expect(await unfinishedIn(workspace)).toEqual([]);
  });

  test("a command that gives the customers is killed by the kernel, which is said", async () => {
    await using group = await memoryGroup(limit);
    const eats = "const held = []; while (true) held.push(Buffer.alloc(16_000_000, held.length));";
    const source = { command: [process.execPath, "-e", eats], format: "csv" };
    const { workspace, ...ended } = await night("group-command", group?.enter ?? [], [
      ...["--set", `source=${JSON.stringify(source)}`],
    ]);
    const { exitCode, error, next } = complaint(ended);
    expect(exitCode, ended.stderr).toBe(5);
    expect(error).toMatch("source.command: node was killed, probably out of memory: the kernel has ended one of ");
    expect(error).toMatch(/ processes for want of it; nothing that it gave was kept$/);
    expect(next[0]).toBe("fewer rows or columns at a time, or more memory for the machine or the container");
    expect(await unfinishedIn(workspace)).toEqual([]);
  });

  test("DuckDB that loads ends in a sentence, its own or the kernel's", async () => {
    await using group = await memoryGroup(limit);
    const { workspace, ...ended } = await night("group-duckdb", group?.enter ?? [], loading);
    expect(complaint(ended), ended.stderr).toMatchObject({
      exitCode: 5,
      error: expect.stringMatching(
        /^extract was killed, probably out of memory at \d+ MiB: |^DuckDB could not work: Out of Memory/,
      ),
    });
    expect(await unfinishedIn(workspace)).toEqual([]);
  });
});

describe("where a shell allows too little", () => {
  const limited = (kilobytes: number) => ["sh", "-c", `ulimit -v ${kilobytes} && exec "$@"`, "sh"];

  test.skipIf(newest === "")("training by native ends in a sentence", async () => {
    const { workspace, ...ended } = await night("ulimit-native", limited(2_500_000), training("native"));
    expect(complaint(ended), ended.stderr).toMatchObject({
      exitCode: 5,
      error: expect.stringMatching(/memory|bad_alloc|allocate/i),
    });
    expect(await unfinishedIn(workspace)).toEqual([]);
  });

  test("DuckDB that loads ends in a sentence", async () => {
    const { workspace, ...ended } = await night("ulimit-duckdb", limited(2_000_000), loading);
    expect(complaint(ended), ended.stderr).toMatchObject({
      exitCode: 5,
      error: expect.stringMatching(/memory|bad_alloc|allocate/i),
    });
    expect(await unfinishedIn(workspace)).toEqual([]);
  });
});
