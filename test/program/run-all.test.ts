import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import * as z from "zod";
import { churn, dayBefore, digests, lastDay, mayDiffer, test } from "../support/churn.ts";

const comparison = z.object({
  outcome: z.string(),
  should_deploy: z.boolean(),
  rows: z.number(),
  production: z.object({ version: z.number() }).nullable(),
});

async function readJson<Schema extends z.ZodType>(schema: Schema, ...path: string[]): Promise<z.infer<Schema>> {
  return schema.parse(JSON.parse(await readFile(join(...path), "utf8")));
}

describe("two nights on the sample", () => {
  test("the first model is registered, promoted, and judges the second night's", async ({ workspace }) => {
    const first = await churn(workspace, ["run-all", "--date", dayBefore]);
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toContain("first model: F1 0.5");
    expect(first.stderr).toMatch(/AUC 0\.8\d\d\n +driven by: contract_type_Month-to-month, \w+, \w+\n/);
    expect(first.stdout).toContain("churn promote --version 1");

    expect(await churn(workspace, ["promote", "--version", "1", "--yes"])).toMatchObject({ exitCode: 0 });

    const second = await churn(workspace, ["run-all", "--date", lastDay]);
    expect(second).toMatchObject({ exitCode: 0 });
    expect(second.stderr).toContain("5,608 train, 1,435 test");
    const verdict = await readJson(comparison, workspace, "models", lastDay, "comparison.json");
    expect(verdict).toMatchObject({ rows: 1435, production: { version: 1 } });

    const models = await churn(workspace, ["models", "--json"]);
    expect(JSON.parse(models.stdout)).toMatchObject({
      versions: expect.arrayContaining([expect.objectContaining({ version: 1, stage: "Production" })]),
    });
  });

  test("a decided night stays as it is after a promotion, a forced stage and a changed configuration", async ({
    workspace,
  }) => {
    await churn(workspace, ["run-all", "--date", lastDay]);
    // The team is told of the promotion.
    const others = /^(mlruns|logs)\/|^ledger\.jsonl$|^\.churn\/|promoted\./;
    const decided = await digests(workspace, others);

    await churn(workspace, ["promote", "--version", "1", "--yes"]);
    expect(await churn(workspace, ["train", "--date", lastDay, "--force"])).toMatchObject({ exitCode: 2 });
    expect(await churn(workspace, ["run-all", "--date", lastDay, "--from", "train"])).toMatchObject({ exitCode: 2 });
    const again = await churn(workspace, ["run-all", "--date", lastDay, "--set", "train.params.max_depth=2"]);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout).toContain("Nothing to do (--again decides anew)");
    expect(await churn(workspace, ["compare", "--date", lastDay])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("decided"),
    });

    expect(await digests(workspace, others)).toEqual(decided);
  });

  test("--again decides anew in a night of its own, and --from takes the earlier stages over", async ({
    workspace,
  }) => {
    await churn(workspace, ["run-all", "--date", lastDay]);
    const again = await churn(workspace, [
      "run-all",
      "--date",
      lastDay,
      "--again",
      "--from",
      "train",
      "--set",
      "train.rounds=20",
    ]);
    expect(again).toMatchObject({ exitCode: 0 });
    const record = z.object({
      taken_over_from: z.string(),
      outputs: z.object({ customers: z.object({ key: z.string() }) }),
    });
    expect(await readJson(record, workspace, "records", `${lastDay}.2`, "extract.json")).toEqual({
      taken_over_from: lastDay,
      outputs: { customers: { key: `raw/${lastDay}/customers.parquet` } },
    });
    const trained = z.object({
      taken_over_from: z.string().nullable(),
      config: z.object({ train: z.object({ rounds: z.number() }) }),
    });
    const trainOf = (night: string) => readJson(trained, workspace, "records", night, "train.json");
    expect(await trainOf(`${lastDay}.2`)).toEqual({ taken_over_from: null, config: { train: { rounds: 20 } } });
    expect(await trainOf(lastDay)).toEqual({ taken_over_from: null, config: { train: { rounds: 100 } } });
  });
});

describe("what run-all promises", () => {
  test("the same customers give the same bytes in another workspace", async ({ workspace }) => {
    const other = join(workspace, "other");
    await churn(workspace, ["-C", other, "init", "--sample", "--date", lastDay]);
    await churn(workspace, ["run-all", "--date", lastDay]);
    await churn(other, ["run-all", "--date", lastDay], { TZ: "Asia/Tokyo" });
    const files = await digests(join(workspace, "models", lastDay), /MLmodel$|registration|notification/);
    expect(Object.keys(files)).toContain("model/model.json");
    const inner = (folder: string) =>
      Promise.all(["raw", "processed", "features", "models"].map((name) => digests(join(folder, name), mayDiffer)));
    expect(await inner(other)).toEqual(await inner(workspace));
  });

  test("a second start skips what is up to date, and a stage whose configuration changed runs again with its reason", async ({
    workspace,
  }) => {
    await churn(workspace, ["run-all", "--date", lastDay, "--to", "compare"]);
    const idle = await churn(workspace, ["run-all", "--date", lastDay, "--to", "compare"]);
    expect(idle.stderr.match(/up to date/g)).toHaveLength(7);

    const changed = await churn(workspace, [
      "run-all",
      "--date",
      lastDay,
      "--to",
      "evaluate",
      "--set",
      "train.rounds=5",
    ]);
    expect(changed.stderr).toMatch(/train .*5 trees.*\(train\.rounds changed\)/);
  });

  test("what is up to date loads no DuckDB, neither run-all nor a stage by hand", async ({ workspace }) => {
    const hook = join(workspace, "hook.cjs");
    const found = join(workspace, "found");
    await writeFile(
      hook,
      `process.on("exit", () => {
        const { sharedObjects } = process.report.getReport();
        if (sharedObjects.some((name) => name.includes("libduckdb")))
          require("node:fs").appendFileSync(${JSON.stringify(found)}, process.argv.slice(2).join(" ") + "\\n");
      });`,
    );
    const whoLoads = async (...words: string[]) => {
      await writeFile(found, "");
      const { exitCode } = await churn(workspace, [...words, "--date", lastDay], { NODE_OPTIONS: `--require ${hook}` });
      expect(exitCode).toBe(0);
      return (await readFile(found, "utf8")).split("\n").map((line) => line.split(" ")[0] ?? "");
    };
    expect(await whoLoads("run-all", "--to", "compare")).toEqual(expect.arrayContaining(["extract", "compare"]));
    expect(await whoLoads("run-all", "--to", "compare")).toEqual([""]);
    for (const stage of ["extract", "transform", "train", "compare"]) expect(await whoLoads(stage)).toEqual([""]);
    await churn(workspace, ["run-all", "--date", lastDay]);
    expect(await whoLoads("run-all")).toEqual([""]);
  });

  test("a forced train trains, to the same model, in the same MLflow run", async ({ workspace }) => {
    await churn(workspace, ["run-all", "--date", lastDay, "--to", "train"]);
    const folder = join(workspace, "models", lastDay, "model");
    const trained = z.object({ result: z.object({ seconds: z.number(), mlflow_run_id: z.string() }) });
    const before = await readJson(trained, workspace, "records", lastDay, "train.json");
    const files = await digests(folder);
    expect((await churn(workspace, ["train", "--date", lastDay, "--force"])).exitCode).toBe(0);
    const after = await readJson(trained, workspace, "records", lastDay, "train.json");
    expect(after.result.seconds).not.toBe(before.result.seconds);
    expect(after.result.mlflow_run_id).toBe(before.result.mlflow_run_id);
    // MLmodel has the time and an id of its own.
    expect(await digests(folder)).toEqual({ ...files, MLmodel: expect.not.stringMatching(files.MLmodel ?? "") });
  });

  test("--quiet says nothing on success, and the whole failure otherwise", async ({ workspace }) => {
    expect(await churn(workspace, ["run-all", "--date", lastDay, "--quiet"])).toEqual({
      exitCode: 0,
      signal: undefined,
      stdout: "",
      stderr: "",
    });
    const failed = await churn(workspace, ["run-all", "--date", dayBefore, "--quiet", "--set", "gates.row_count=9999"]);
    expect(failed).toMatchObject({ exitCode: 3, stdout: "" });
    expect(failed.stderr).toContain("validate of 2026-11-21: 1 of ");
    expect(failed.stderr).toContain("row_count");
  });

  test("a dry run says what would run and why, and changes nothing", async ({ workspace }) => {
    const before = await digests(workspace);
    const { exitCode, stdout } = await churn(workspace, ["run-all", "--date", lastDay, "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/extract +would run +has not run yet/);
    expect(await digests(workspace)).toEqual(before);
  });

  test("a failed gate stops the night, tells the team, and heals when the source does", async ({ workspace }) => {
    const failed = await churn(workspace, ["run-all", "--date", lastDay, "--set", "gates.row_count=9999"]);
    expect(failed.exitCode).toBe(3);
    const told = Object.keys(await digests(join(workspace, "notifications"))).filter((name) => name.endsWith(".txt"));
    expect(told).toEqual([expect.stringMatching(/^2026-11-22\.failed\..*\.txt$/)]);
    expect(await churn(workspace, ["transform", "--date", lastDay])).toMatchObject({ exitCode: 3 });
    expect(await churn(workspace, ["run-all", "--date", lastDay])).toMatchObject({ exitCode: 0 });
  });
});
