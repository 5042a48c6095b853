import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { identifier } from "../../src/lib/duckdb/sql.ts";
import { roundText, trainModel } from "../../src/lib/engine/train-model.ts";
import { openWasmEngine } from "../../src/lib/engine/wasm/engine.ts";
import { parseBooster } from "../../src/lib/model/booster.ts";
import { ownScoring } from "../../src/lib/model/scorer.ts";
import { projectFile } from "../support/docs.ts";
import { telco } from "../support/telco.ts";

const { matrix, label } = await telco();
const file = { id: "id", label: "churned", features: matrix.featureNames };
let folder: string;
let path: string;

/** The Telco customers as the features stage leaves them, their row's number for an id, in any order. */
async function write(target: string, order: string): Promise<string> {
  await using db = await openDatabase();
  const columns = Object.fromEntries(matrix.columns.map((column, index) => [`c${index}`, column]));
  await db.createTable("customers", { ...columns, label });
  const named = matrix.featureNames.map((name, index) => `c${index} AS ${identifier(name)}`);
  const sql = `SELECT CAST("row" AS VARCHAR) AS id, ${named.join(", ")}, label AS churned FROM (SELECT row_number() OVER () - 1 AS "row", * FROM customers) ORDER BY ${order}`;
  await writeParquet(db, { sql }, target);
  return target;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-train-"));
  path = await write(join(folder, "train.parquet"), `"row"`);
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains with a section `train` of churn.yaml. */
function train(section: object, from = path) {
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "duckdb:x.duckdb", table: "t" },
    train: section,
  });
  return trainModel({ ...file, matrix: from }, config.train, { open: openWasmEngine, scoring: ownScoring }, () => {});
}

const golden = z
  .object({
    of_rounds: z.int(),
    cases: z.array(
      z.object({
        params: z.record(z.string(), z.json()),
        rounds: z.int(),
        validation: z.number(),
        rows: z.int(),
        validation_rows: z.int(),
        best_iteration: z.int(),
        validation_log_loss: z.array(z.number()),
      }),
    ),
  })
  .parse(JSON.parse(await projectFile("test/golden/early-stopping.json")));

describe.each(golden.cases)("early stopping with $params, $rounds rounds, $validation of the customers", (expected) => {
  const { params, rounds, validation } = expected;

  test("is Python's xgboost's, on the same customers", async () => {
    const section = { rounds: golden.of_rounds, params, early_stopping: { rounds, validation } };
    const { json, rows, validationRows, judged } = await train(section);
    expect([rows, validationRows]).toEqual([expected.rows, expected.validation_rows]);
    expect(judged?.bestRound).toBe(expected.best_iteration);
    expect(judged?.validationLoss).toHaveLength(expected.validation_log_loss.length);
    for (const [round, loss] of expected.validation_log_loss.entries())
      expect(Math.abs((judged?.validationLoss[round] ?? Number.NaN) - loss)).toBeLessThan(1e-5);
    expect(parseBooster(json, "model.json").treeCount).toBe(expected.best_iteration + 1);
  });
});

const EARLY = { rounds: 3, validation: 0.2 };

test("the model that is cut is the one of as many rounds", async () => {
  const cut = await train({ rounds: 40, params: { learning_rate: 0.5 }, early_stopping: EARLY });
  const kept = (cut.judged?.bestRound ?? 0) + 1;
  expect(kept).toBeLessThan(40);
  // With nobody to stop it: the rule asks for more rounds than there are.
  const whole = await train({ rounds: kept, params: { learning_rate: 0.5 }, early_stopping: { ...EARLY, rounds: 99 } });
  expect(whole.json === cut.json).toBe(true);
});

test("a forest a round is cut between rounds", async () => {
  const params = { learning_rate: 0.5, num_parallel_tree: 3, subsample: 0.7 };
  const { json, judged } = await train({ rounds: 20, params, early_stopping: EARLY });
  expect(judged?.bestRound).toBeLessThan(19);
  expect(parseBooster(json, "model.json").treeCount).toBe(3 * ((judged?.bestRound ?? 0) + 1));
});

test("who judges doesn't depend on the order of rows", async () => {
  const shuffled = await write(join(folder, "shuffled.parquet"), `hash("row")`);
  const section = { rounds: 2, early_stopping: {} };
  const [straight, other] = [await train(section), await train(section, shuffled)];
  expect(other).toMatchObject({ rows: straight.rows, validationRows: straight.validationRows });
  for (const [round, loss] of (straight.judged?.validationLoss ?? []).entries())
    expect(other.judged?.validationLoss[round]).toBeCloseTo(loss, 6);
});

test("without early stopping all customers are trained on, in all rounds, and nobody judges", async () => {
  const trained = await train({ rounds: 3 });
  expect(trained).toMatchObject({ rows: 7_043, validationRows: 0 });
  expect(trained.judged).toBeUndefined();
  expect(parseBooster(trained.json, "model.json").treeCount).toBe(3);
});

test("what train.params say in words is sent and recorded in numbers", async () => {
  const params = { scale_pos_weight: "balanced", monotone_constraints: { tenure_months: -1, monthly_charges: 1 } };
  const { parameters } = await train({ rounds: 1, params });
  expect(parameters).toMatchObject({
    scale_pos_weight: String(5_174 / 1_869),
    monotone_constraints: "(-1,1,0,0,0,0,0,0,0,0)",
  });
});

test("what is said between rounds has what is known", () => {
  expect(roundText("tree", 3, 100, undefined, 100)).toBe("tree 3 of 100");
  expect(roundText("round", 50, 100, { train: 0.41234, validation: 0.5 }, 12_000)).toBe(
    "round 50 of 100, log loss 0.412, validation 0.500, about 12 s left",
  );
});
