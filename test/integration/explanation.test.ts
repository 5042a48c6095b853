import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import * as z from "zod";
import { evaluation, featureList } from "../../src/lib/artifacts/artifacts.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { parquetFile } from "../../src/lib/duckdb/parquet.ts";
import { sampleOf } from "../../src/lib/matrix/sample.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { secondNight } from "./support/nights.ts";
import { type PythonName, runPython } from "./support/python.ts";

const workspace = inject("twoNights");
const pythons: readonly PythonName[] = ["newest", "old"];
const scores = z.record(z.string(), z.number());

test.for(pythons)("xgboost %s explains the night's model as evaluate did, to 1e-5", async (python) => {
  const { importance, shap } = await readArtifact(workspace, evaluation, secondNight);
  const { features, id } = await readArtifact(workspace, featureList, secondNight);
  await using db = await openDatabase();
  const matrix = parquetFile(join(workspace, "features", secondNight, "test.parquet"));
  const { columns } = await sampleOf(db, matrix, { id, features, rows: 128 });
  const customers = join(workspace, `explained-${python}.json`);
  await writeFile(
    customers,
    JSON.stringify(Object.fromEntries(features.map((name, at) => [name, [...(columns[at] ?? [])]]))),
  );

  const theirs = await runPython(python, "explains.py", {
    args: [join(workspace, "models", secondNight, "model", "model.json"), customers],
    schema: z.object({
      importance: z.object({ gain: scores, weight: scores, cover: scores }),
      bias: z.number(),
      mean_abs: scores,
    }),
  });
  for (const kind of ["gain", "weight", "cover"] as const) {
    const ours = importance?.map((one) => [one.feature, one[kind] / (theirs.importance[kind][one.feature] ?? 0)]) ?? [];
    const one = expect.closeTo(1, 5);
    expect(Object.fromEntries(ours)).toEqual(
      Object.fromEntries(Object.keys(theirs.importance[kind]).map((name) => [name, one])),
    );
  }
  expect(shap?.rows).toBe(128);
  expect(shap?.bias).toBeCloseTo(theirs.bias, 5);
  for (const { feature, mean_abs } of shap?.features ?? [])
    expect(mean_abs).toBeCloseTo(theirs.mean_abs[feature] ?? 0, 5);
  expect(shap?.features.length).toBe(Object.keys(theirs.importance.weight).length);
});
