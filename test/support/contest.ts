import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { parseBooster, predictProbability } from "../../src/lib/model/booster.ts";
import { type TreeNode, writeModelJson } from "../../src/lib/model/model-json.ts";
import { type Preprocessing, preprocessingFormat } from "../../src/lib/prepare/preprocessing.ts";

/** A night's files for two models to be judged by: a database, and a folder for Parquet. */
export interface Contest {
  readonly db: Database;
  /** Writes a query as Parquet. @returns its path */
  parquet(name: string, sql: string): Promise<string>;
}

export const test = base.extend<{ contest: Contest }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  contest: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "churn contest-"));
    {
      await using db = await openDatabase();
      await use({
        db,
        parquet: async (name, sql) => {
          const path = join(folder, name);
          await writeParquet(db, { sql }, path);
          return path;
        },
      });
    }
    await rm(folder, { recursive: true });
  },
});

/** Eight customers, two of whom are no use: one of unknown outcome, one without an id. */
export const EIGHT = `SELECT * REPLACE (CAST(tenure AS DOUBLE) AS tenure) FROM (VALUES
  ('a', 1.0, 'basic', true), ('b', 5.0, 'basic', true), ('c', 9.0, 'basic', false), ('d', 30.0, 'plus', false),
  ('e', 40.0, 'plus', true), ('f', 50.0, NULL, false), ('g', 60.0, 'plus', NULL), (NULL, 70.0, 'plus', true)
) AS customers(id, tenure, plan, churned)`;

/** What turns them into columns: tenure, years = tenure / 12, plan_basic and plan_plus. */
export function recipe(change: Partial<Preprocessing> = {}): Preprocessing {
  return {
    dataset: { id: "id", date: null, target: { column: "churned", positive: true } },
    columns: [
      { name: "id", type: "VARCHAR", role: "id", unused: null },
      { name: "tenure", type: "DOUBLE", role: "numeric", unused: null },
      { name: "plan", type: "VARCHAR", role: "categorical", unused: null },
      { name: "churned", type: "BOOLEAN", role: "target", unused: null },
    ],
    fill: { plan: "'basic'" },
    derive: [{ name: "years", expression: "tenure / 12", role: "numeric" }],
    one_hot: [
      {
        column: "plan",
        categories: [
          { value: "basic", name: "plan_basic" },
          { value: "plus", name: "plan_plus" },
        ],
        other: null,
      },
    ],
    split: { method: "customer", test: 0.2, salt: "churn", cuts: null },
    ...change,
  };
}

export const recipeJson = (of: Preprocessing): string => JSON.stringify(preprocessingFormat.write(of));

/** A model of one split: customers whose feature is below the limit get one probability, the others another. */
export function stump(feature: string, limit: number, [below, above]: readonly [number, number] = [0.8, 0.2]): string {
  const leaf = { left: -1, right: -1, feature: 0, missingGoesLeft: false, lossChange: 0, sumHessian: 1, baseWeight: 0 };
  const logOdds = (probability: number) => Math.log(probability / (1 - probability));
  const root: TreeNode = { ...leaf, parent: 2_147_483_647, left: 1, right: 2, value: limit };
  return writeModelJson({
    objective: "binary:logistic",
    featureNames: [feature],
    baseScore: 0.5,
    scalePosWeight: 1,
    parallelTrees: 1,
    trees: [[root, { ...leaf, parent: 0, value: logOdds(below) }, { ...leaf, parent: 0, value: logOdds(above) }]],
  });
}

/** What a model of one feature says of customers with such values: in SQL, a FLOAT. */
export function said(modelJson: string, ...values: readonly number[]): string[] {
  const booster = parseBooster(modelJson, "model.json");
  const matrix = {
    featureNames: booster.featureNames,
    rowCount: values.length,
    columns: [Float32Array.from(values)],
  };
  return Array.from(predictProbability(booster, matrix), (probability) => `CAST(${probability} AS FLOAT)`);
}

/** Probabilities to four decimals: float32 has no 0.8. */
export const rounded = (probability: Float32Array): number[] =>
  Array.from(probability, (value) => Number(value.toFixed(4)));
