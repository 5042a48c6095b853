import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
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
