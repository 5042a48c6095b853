import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { HeldError } from "../../src/lib/errors.ts";
import { acquireLock } from "../../src/lib/workspace/lock.ts";
import { churn, lastDay } from "../support/churn.ts";
import { type FaultyS3, refusals, startFaultyS3 } from "../support/faulty-s3.ts";
import { complaint, workspaceAfter } from "../support/mistake.ts";
import { start } from "../support/running.ts";

const test = workspaceAfter();
const tonight = ["run-all", "--date", lastDay];
const source = ["--set", 'source={"url":"parquet:s3://exports/day.parquet"}'];
/** Faults are told soon, and tried again soon. */
const soon = ["--set", "s3.deadline=1s", "--set", "run.retries.first=1s"];

/** The day's customers in a bucket, whose server can be made to fail. */
async function exported(workspace: string): Promise<FaultyS3> {
  await using db = await openDatabase();
  await db.run(`ATTACH ${literal(join(workspace, "customers.duckdb"))} AS sample (READ_ONLY)`);
  const path = join(workspace, "day.parquet");
  await db.run(`COPY (FROM sample.customers WHERE snapshot_date = ${literal(lastDay)}) TO ${literal(path)}`);
  const server = await startFaultyS3();
  server.objects("exports").set("day.parquet", await readFile(path));
  return server;
}

/** Takes the workspace as soon as the run has let it go. */
async function takenBetween(workspace: string, purpose: string): ReturnType<typeof acquireLock> {
  for (;;) {
    try {
      return await acquireLock(join(workspace, ".churn", "lock"), workspace, purpose);
    } catch (error) {
      if (!(error instanceof HeldError)) throw error;
    }
  }
}

const record = z.object({ run: z.string(), status: z.string(), tries: z.int(), reason: z.string() });

/** The attempts of all runs at a stage. */
async function attemptsAt(workspace: string, stage: string) {
  const folder = join(workspace, "records", lastDay, "attempts");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(`/${stage}.json`));
  return Promise.all(names.map(async (name) => record.parse(JSON.parse(await readFile(join(folder, name), "utf8")))));
}

describe("a service that fails for a while", () => {
  test("is tried again, and the record and the screen say how often", async ({ workspace }) => {
    await using server = await exported(workspace);
    server.put("reset", { key: /day\.parquet/, times: Number.POSITIVE_INFINITY });
    const run = start(workspace, [...tonight, ...source, ...soon, "--to", "validate"], server.env);
    await run.shows("✖ extract");
    await run.shows("waiting  next try at ");
    server.mend();
    const { exitCode, stderr } = await run.ended;
    expect(exitCode, stderr).toBe(0);
    const tries = Number(/✔ extract .*\((\d+) tries\)$/m.exec(stderr)?.[1]);
    expect(tries, stderr).toBeGreaterThan(1);
    expect(stderr.match(/✖ extract/g)).toHaveLength(tries - 1);
    expect(stderr.match(/^churn \d/gm), "one run has one heading").toHaveLength(1);
    expect(stderr).toMatch(/✔ validate +\d\.\d s +\d+ gates hold[^(]*$/m);
    expect(await attemptsAt(workspace, "extract"), "all tries are one run").toEqual([
      expect.objectContaining({ status: "succeeded", tries }),
    ]);
    expect(await attemptsAt(workspace, "validate")).toEqual([expect.objectContaining({ tries: 1 })]);
  });

  test("for longer than run.retries.deadline ends the night, and is told once", async ({ workspace }) => {
    await using server = await exported(workspace);
    server.put("reset", { key: /day\.parquet/, times: Number.POSITIVE_INFINITY });
    const limit = ["--set", "run.retries.deadline=4s"];
    const ended = await churn(workspace, [...tonight, ...source, ...soon, ...limit], server.env);
    expect(complaint(ended)).toMatchObject({ exitCode: 5, error: expect.stringContaining("can't be reached") });
    const failed = ended.stderr.match(/✖ extract.*/g) ?? [];
    expect(failed.length).toBeGreaterThan(1);
    expect(failed.at(-1)).toContain(`(${failed.length} tries)`);
    const told = (await readdir(join(workspace, "notifications"))).filter((name) => name.includes(".failed."));
    expect(told).toHaveLength(1);
    expect(await attemptsAt(workspace, "extract")).toEqual([
      expect.objectContaining({ status: "failed", tries: failed.length }),
    ]);
  });

  test("and a workspace that somebody has taken meanwhile, is waited for", async ({ workspace }) => {
    await using server = await exported(workspace);
    server.put("reset", { key: /day\.parquet/, times: Number.POSITIVE_INFINITY });
    const run = start(workspace, [...tonight, ...source, ...soon, "--to", "extract"], server.env);
    await run.shows("waiting  next try at ");
    server.mend();
    const lock = await takenBetween(workspace, "promote of version 3");
    await run.shows("waiting  up to 10m: another run holds the lock");
    lock.release();
    const { exitCode, stderr } = await run.ended;
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain("promote of version 3");
    expect(stderr).toMatch(/✔ extract .*tries\)$/m);
  });

  test("is tried once with a deadline of 0s", async ({ workspace }) => {
    await using server = await exported(workspace);
    server.put("reset", { key: /day\.parquet/, times: Number.POSITIVE_INFINITY });
    const never = { ...server.env, CHURN_RUN_RETRIES_DEADLINE: "0s" };
    const ended = await churn(workspace, [...tonight, ...source, ...soon], never);
    expect(ended).toMatchObject({ exitCode: 5, stderr: expect.not.stringContaining("waiting") });
  });

  test("Ctrl-C ends the wait", async ({ workspace }) => {
    await using server = await exported(workspace);
    server.put("reset", { key: /day\.parquet/, times: Number.POSITIVE_INFINITY });
    const run = start(workspace, [...tonight, ...source, "--set", "s3.deadline=1s"], server.env);
    await run.shows("waiting  next try at ");
    run.signal("SIGINT");
    expect(complaint(await run.ended)).toMatchObject({ exitCode: 130, error: "stopped by SIGINT" });
  });
});

test("what doesn't pass is tried once: a refusal, a limit of time, a quality gate", async ({ workspace }) => {
  await using server = await exported(workspace);
  server.put(refusals.denied, { key: /day\.parquet/, times: Number.POSITIVE_INFINITY });
  const refused = await churn(workspace, [...tonight, ...source, ...soon], server.env);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.not.stringContaining("waiting") });
  server.mend();
  server.put("silent", { key: /day\.parquet/, times: Number.POSITIVE_INFINITY });
  const limit = ["--set", "run.stages={extract: 1s}", "--set", "s3.deadline=1m"];
  const stopped = await churn(workspace, [...tonight, ...source, ...limit], server.env);
  expect(complaint(stopped)).toMatchObject({
    exitCode: 5,
    error: "extract was stopped: it took longer than its limit of 1 s",
  });
  expect(stopped.stderr).not.toContain("waiting");
  const gate = await churn(workspace, [...tonight, "--set", "gates.row_count=1000000"]);
  expect(gate).toMatchObject({ exitCode: 3, stderr: expect.not.stringContaining("waiting") });
});
