import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { churn, lastDay, test } from "../support/churn.ts";

const SET = [
  ["train.early_stopping", "{ rounds: 5 }"],
  ["train.params.learning_rate", "0.5"],
  ["train.params.scale_pos_weight", "balanced"],
  ["train.params.monotone_constraints", "{ tenure_months: -1 }"],
].flatMap(([key, value]) => ["--set", `${key}=${value}`]);

const record = z.object({
  result: z.object({
    mlflow_run_id: z.string(),
    rounds: z.literal(100),
    rows: z.int(),
    parameters: z.object({ scale_pos_weight: z.string(), monotone_constraints: z.string() }),
    early_stopping: z.object({
      best_iteration: z.int(),
      rounds_trained: z.int(),
      validation_rows: z.int(),
      validation_log_loss: z.number(),
    }),
  }),
});

test("a night stops early, says where, and shows the rounds in MLflow", async ({ workspace }) => {
  const night = await churn(workspace, ["run-all", "--date", lastDay, ...SET]);
  expect(night).toMatchObject({ exitCode: 0 });
  const { result } = record.parse(
    JSON.parse(await readFile(join(workspace, "records", lastDay, "train.json"), "utf8")),
  );
  const { early_stopping: stopped, rows, parameters } = result;
  expect(night.stderr).toContain(`${stopped.best_iteration + 1} of 100 rounds (exact), ml-xgboost`);
  expect(stopped.rounds_trained).toBe(stopped.best_iteration + 1 + 5);
  expect(rows + stopped.validation_rows).toBe(5_608);
  expect(Number(parameters.scale_pos_weight)).toBeCloseTo(2.77, 0);
  expect(parameters.monotone_constraints).toMatch(/^\(-1(,0)+\)$/);

  const [experiment = ""] = (await readdir(join(workspace, "mlruns"))).filter(
    (name) => /^\d+$/.test(name) && name !== "0",
  );
  const run = join(workspace, "mlruns", experiment, result.mlflow_run_id);
  const curve = (await readFile(join(run, "metrics", "validation_log_loss"), "utf8")).trim().split("\n");
  expect(curve).toHaveLength(stopped.rounds_trained);
  expect(curve.map((line) => Number(line.split(" ")[2]))).toEqual(curve.map((_, round) => round));
  expect(Number(curve[stopped.best_iteration]?.split(" ")[1])).toBe(stopped.validation_log_loss);
  expect(await readFile(join(run, "params", "best_iteration"), "utf8")).toBe(String(stopped.best_iteration));
  expect(await readFile(join(run, "metrics", "best_validation_log_loss"), "utf8")).toContain(
    ` ${stopped.validation_log_loss} ${stopped.best_iteration}`,
  );
});
