import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Matrix } from "../../src/lib/matrix/matrix.ts";

/** Models that Python's mlflow.xgboost logged: see test/golden/mlflow_models.py. */
const golden = join(import.meta.dirname, "../golden/mlflow");

export type MlflowModel = "booster-ubj" | "booster-json" | "booster-xgb" | "classifier-ubj";

export async function mlflowModel(name: MlflowModel): Promise<Map<string, Uint8Array>> {
  const folder = join(golden, name);
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (file) => [file, await readFile(join(folder, file))] as const)));
}

const scores = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.number().nullable())),
  booster: z.array(z.number()),
  classifier: z.array(z.number()),
  best_iteration: z.int(),
  rounds: z.int(),
});

/** Customers, and what Python scored of them. */
export async function mlflowScores(): Promise<z.infer<typeof scores> & { readonly matrix: Matrix }> {
  const read = scores.parse(JSON.parse(await readFile(join(golden, "scores.json"), "utf8")));
  const columns = read.columns.map((_, at) => Float32Array.from(read.rows, (row) => row[at] ?? Number.NaN));
  return { ...read, matrix: { featureNames: read.columns, rowCount: read.rows.length, columns } };
}
