import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { churn, dayBefore, lastDay } from "../support/churn.ts";
import { newest } from "../support/libxgboost.ts";
import { complaint, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter(["run-all", "--date", dayBefore, "--set", "train.engine=wasm"]);
const record = z.object({
  versions: z.record(z.string(), z.string()),
  result: z.object({ engine: z.string(), parameters: z.record(z.string(), z.string()) }),
});

test("a night with libxgboost says so, and that the one before had another engine", async ({ workspace, skip }) => {
  skip(newest === "", "no libxgboost");
  const env = { CHURN_LIBXGBOOST: newest };
  const night = await churn(workspace, ["run-all", "--date", lastDay], env);
  expect(night.exitCode).toBe(0);
  expect(night.stderr).toMatch(/5 trees \(exact\), XGBoost 3\.4\.1, log loss 0\.\d+/);
  expect(night.stderr).toMatch(
    /trained with XGBoost 3\.4\.1 \(libxgboost\), and the last\s+decided night with ml-xgboost/,
  );

  const text = await readFile(join(workspace, "records", lastDay, "train.json"), "utf8");
  const { versions, result } = record.parse(JSON.parse(text));
  expect(versions).toMatchObject({ xgboost: "3.4.1" });
  expect(result.engine).toBe("XGBoost 3.4.1 (libxgboost)");
  expect(result.parameters).toMatchObject({ tree_method: "exact", base_score: "0.5", lambda: "1" });
});

test("a library that is named and can't be used ends a night before anything works, and in --dry-run", async ({
  workspace,
}) => {
  const env = { CHURN_LIBXGBOOST: "/nope.so" };
  const says = "CHURN_LIBXGBOOST names /nope.so, which can't be used: it is not there";
  const night = await churn(workspace, ["run-all", "--date", lastDay], env);
  expect(night).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(says) });
  expect(night.stderr).not.toMatch(/extract .*customers/);
  expect(existsSync(join(workspace, "data", "raw", lastDay))).toBe(false);
  const plan = await churn(workspace, ["run-all", "--date", lastDay, "--dry-run"], env);
  expect(plan).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(says) });
  // Where nobody trains nobody needs it.
  expect(await churn(workspace, ["run-all", "--date", lastDay, "--to", "validate"], env)).toMatchObject({
    exitCode: 0,
  });
});

/** hist, whose cuts are those of 2,000 customers. */
const HIST = ["--set", "train.params.tree_method=hist", "--set", "train.cuts.rows=2000"];
const trainedRecord = z.object({
  run: z.string(),
  reason: z.string(),
  outputs: z.object({ cuts: z.object({ key: z.string(), sha256: z.string() }).optional() }),
  result: z.object({ cut_rows: z.int().nullable(), rows: z.int(), log_loss: z.number(), seconds: z.number() }),
});

async function trainRecord(workspace: string) {
  return trainedRecord.parse(JSON.parse(await readFile(join(workspace, "records", lastDay, "train.json"), "utf8")));
}

test("hist's cuts are a file of the night, of train's own keys, and verified as every other one", async ({
  workspace,
  skip,
}) => {
  skip(newest === "", "no libxgboost");
  const env = { CHURN_LIBXGBOOST: newest };
  const run = (...words: string[]) => churn(workspace, words, env);
  const file = join(workspace, "features", lastDay, "cuts.parquet");
  expect(await run("run-all", "--to", "train", "--date", lastDay, ...HIST)).toMatchObject({ exitCode: 0 });
  const first = await trainRecord(workspace);
  expect(first.result).toMatchObject({ cut_rows: 2_000, log_loss: expect.closeTo(0.5, 1) });
  expect(first.outputs.cuts).toEqual({ key: `features/${lastDay}/cuts.parquet`, sha256: sha256(await readFile(file)) });

  const features = await readFile(join(workspace, "records", lastDay, "features.json"), "utf8");
  expect((await run("train", "--date", lastDay, ...HIST, "--set", "train.threads=1")).stdout).toContain("up to date");
  const anew = ["--force", "--set", "train.threads=1"];
  expect(await run("train", "--date", lastDay, ...HIST, ...anew)).toMatchObject({ exitCode: 0 });
  await run("train", "--date", lastDay, ...HIST, "--set", "train.cuts.rows=3000");
  expect(await trainRecord(workspace)).toMatchObject({
    reason: "train.cuts.rows changed",
    result: { cut_rows: 3_000, rows: first.result.rows },
  });
  await writeFile(file, "no cuts");
  await run("train", "--date", lastDay, ...HIST, "--set", "train.cuts.rows=3000");
  expect((await trainRecord(workspace)).reason).toBe(`features/${lastDay}/cuts.parquet was changed`);
  // Exact trees need none, and nobody is to take those of the bins for theirs.
  await run("run-all", "--to", "train", "--date", lastDay);
  const exact = await trainRecord(workspace);
  expect([exact.outputs.cuts, exact.result.cut_rows]).toEqual([undefined, null]);
  expect(await readdir(join(workspace, "features", lastDay))).not.toContain("cuts.parquet");
  expect(await readFile(join(workspace, "records", lastDay, "features.json"), "utf8")).toBe(features);
});

test("an attempt that died behind its training is gone on with, cuts and all, unless they are gone", async ({
  workspace,
  skip,
}) => {
  skip(newest === "", "no libxgboost");
  const train = () => churn(workspace, ["train", "--date", lastDay, ...HIST], { CHURN_LIBXGBOOST: newest });
  await churn(workspace, ["run-all", "--to", "train", "--date", lastDay, ...HIST], { CHURN_LIBXGBOOST: newest });
  const first = await trainRecord(workspace);
  await forget(workspace, first.run);
  expect(await train()).toMatchObject({ exitCode: 0 });
  const second = await trainRecord(workspace);
  // Trained a second time it would have taken another time.
  expect(second).toEqual({ ...first, run: second.run, reason: `interrupted in run ${first.run.slice(-4)}` });

  await forget(workspace, second.run);
  await rm(join(workspace, "features", lastDay, "cuts.parquet"));
  expect(await train()).toMatchObject({ exitCode: 0 });
  const third = await trainRecord(workspace);
  expect(third.outputs).toEqual(first.outputs);
  expect(third.result.seconds).not.toBe(first.result.seconds);
  expect(await readdir(join(workspace, "features", lastDay))).toContain("cuts.parquet");
});

/** Leaves train's attempt as a kill does that hits it before its last word. */
async function forget(workspace: string, run: string): Promise<void> {
  const records = join(workspace, "records", lastDay);
  await rm(join(records, "train.json"));
  const attempt = join(records, "attempts", run, "train.json");
  await writeFile(attempt, (await readFile(attempt, "utf8")).replace('"status": "succeeded"', '"status": "running"'));
}

test("a large model is scored and explained by libxgboost, with the bytes that churn's own scorer makes", async ({
  workspace,
  skip,
}) => {
  skip(newest === "", "no libxgboost");
  const env = { CHURN_LIBXGBOOST: newest };
  const night = await churn(
    workspace,
    [
      "run-all",
      "--date",
      lastDay,
      "--to",
      "compare",
      "--set",
      "train.rounds=1500",
      "--set",
      "train.params.max_depth=6",
    ],
    env,
  );
  expect(night.exitCode).toBe(0);
  const read = async (name: string) => readFile(join(workspace, "models", lastDay, name));
  const explained = z.object({
    explained_by: z.string(),
    metrics: z.unknown(),
    shap: z.object({ rows: z.int(), bias: z.number() }),
  });
  const [scored, judged] = [
    await read("predictions.parquet"),
    explained.parse(JSON.parse(String(await read("evaluation.json")))),
  ];
  expect(judged.explained_by).toBe("XGBoost 3.4.1 (libxgboost)");
  const { versions } = record
    .pick({ versions: true })
    .parse(JSON.parse(await readFile(join(workspace, "records", lastDay, "evaluate.json"), "utf8")));
  expect(versions).toMatchObject({ xgboost: "3.4.1" });

  const again = await churn(workspace, ["evaluate", "--date", lastDay, "--set", "train.engine=wasm"], env);
  expect(again.exitCode).toBe(0);
  expect((await read("predictions.parquet")).equals(scored)).toBe(true);
  const ours = explained.parse(JSON.parse(String(await read("evaluation.json"))));
  expect(ours.explained_by).toBe("churn");
  expect(ours.metrics).toEqual(judged.metrics);
  expect(ours.shap).toEqual({ rows: judged.shap.rows, bias: expect.closeTo(judged.shap.bias, 4) });
});

test("native without a library ends before anything works", async ({ workspace }) => {
  const words = ["run-all", "--date", lastDay, "--set", "train.engine=native"];
  const night = await churn(workspace, words, { CHURN_LIBXGBOOST: "" });
  // A machine with Debian's libxgboost0 trains.
  if (night.exitCode === 0) expect(night.stderr).toMatch(/XGBoost \d/);
  else {
    const { exitCode, error, next } = complaint(night);
    expect({ exitCode, error }).toEqual({
      exitCode: 2,
      error: "train.engine is native, and this machine has no libxgboost that can be used",
    });
    expect(next.join(" ")).toContain(
      "churn setup native installs one into the workspace; CHURN_LIBXGBOOST or train.library name one that lies elsewhere",
    );
  }
});

test("a library that was found and can't be used is passed over, with a warning", async ({ workspace }) => {
  const folder = join(workspace, ".churn", "native", "lib", "python3.12", "site-packages", "xgboost", "lib");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "libxgboost.so");
  await writeFile(file, "no library");
  const night = await churn(workspace, ["run-all", "--date", lastDay]);
  expect(night.exitCode).toBe(0);
  expect(night.stderr.replaceAll(/\s+/g, " ")).toContain("can't be used: it is no shared library");
});

test("its threads sleep while they wait for each other, unless the environment says otherwise", async ({
  workspace,
  skip,
}) => {
  skip(newest === "", "no libxgboost");
  // OpenMP says what it goes by when it is loaded.
  const said = async (env: Readonly<Record<string, string>>) =>
    (await churn(workspace, ["doctor"], { CHURN_LIBXGBOOST: newest, OMP_DISPLAY_ENV: "true", ...env })).stderr;
  expect(await said({})).toContain("OMP_WAIT_POLICY = 'PASSIVE'");
  expect(await said({ OMP_WAIT_POLICY: "active" })).toContain("OMP_WAIT_POLICY = 'ACTIVE'");
});
