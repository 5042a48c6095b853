import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { parquetFile, writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { identifier } from "../../src/lib/duckdb/sql.ts";
import type { Engine } from "../../src/lib/engine/engine.ts";
import { openNativeEngine } from "../../src/lib/engine/native/engine.ts";
import { findLibrary } from "../../src/lib/engine/native/library.ts";
import { roundText, trainModel } from "../../src/lib/engine/train-model.ts";
import { slicesOf } from "../../src/lib/engine/validation-slice.ts";
import { openWasmEngine } from "../../src/lib/engine/wasm/engine.ts";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { labelOf, matrixOf } from "../../src/lib/matrix/matrix.ts";
import { parseBooster, predictProbability } from "../../src/lib/model/booster.ts";
import { logLoss } from "../../src/lib/model/metrics/log-loss.ts";
import { projectFile } from "../support/docs.ts";
import { libraries, newest } from "../support/libxgboost.ts";
import { telco } from "../support/telco.ts";

const { matrix, label } = await telco();
const file = { id: "id", label: "churned", features: matrix.featureNames };
let folder: string;
let path: string;

/**
 * The Telco customers as the features stage leaves them, their row's number for an id, in any order; several times, where their
 * charges are not quite the same.
 */
async function write(target: string, order: string, times = 1): Promise<string> {
  await using db = await openDatabase();
  const columns = Object.fromEntries(matrix.columns.map((column, index) => [`c${index}`, column]));
  await db.createTable("customers", { ...columns, label });
  const named = matrix.featureNames.map((name, index) => {
    const value = /charges|avg/.test(name)
      ? `CAST(c${index} * (1 + i / 10 + ("row" % 97) * i / 1e4) AS FLOAT)`
      : `c${index}`;
    return `${value} AS ${identifier(name)}`;
  });
  const sql = `SELECT CAST("row" + 10000 * i AS VARCHAR) AS id, ${named.join(", ")}, label AS churned
    FROM (SELECT row_number() OVER () - 1 AS "row", * FROM customers), range(${times}) AS t(i) ORDER BY ${order}`;
  await writeParquet(db, { sql }, target);
  return target;
}

/** Likewise, once a file. */
async function written(target: string, order: string, times: number): Promise<string> {
  return existsSync(target) ? target : write(target, order, times);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-train-"));
  path = await write(join(folder, "train.parquet"), `"row"`);
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains with a section `train` of churn.yaml. */
function train(section: object, from = path, open: () => Promise<Engine> = openWasmEngine) {
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "duckdb:x.duckdb", table: "t" },
    train: section,
  });
  return trainModel({ ...file, matrix: from }, config.train, {
    engine: { open },
    progress: () => {},
    cuts: {
      write: async (produce) => {
        const cuts = join(folder, "cuts.parquet");
        await produce(cuts);
        return { sha256: sha256(await readFile(cuts)) };
      },
    },
  });
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

test("values that only a sum beyond float32 would part are named", async () => {
  const huge = join(folder, "huge.parquet");
  await using db = await openDatabase();
  const value = "CASE WHEN churned = 1 THEN 3e38 ELSE 2.5e38 END";
  await writeParquet(
    db,
    { sql: `SELECT * REPLACE (CAST(${value} AS FLOAT) AS tenure_months) FROM ${parquetFile(path)}` },
    huge,
  );
  await expect(train({ rounds: 1 }, huge)).rejects.toMatchObject({
    exitCode: 2,
    message:
      "the model has numbers too large for float32: tenure_months has 3.00e+38, and trees part values up to 1.7e38",
    hint: "a derived column, such as ln(tenure_months), or NULL in its place (transform.derive in churn.yaml)",
  });
  // One alone, a mark for what is missing say, is parted from smaller ones.
  const marked = join(folder, "marked.parquet");
  const mark = "CASE WHEN churned = 1 THEN 3.4e38 ELSE tenure_months END";
  await writeParquet(
    db,
    { sql: `SELECT * REPLACE (CAST(${mark} AS FLOAT) AS tenure_months) FROM ${parquetFile(path)}` },
    marked,
  );
  expect((await train({ rounds: 1 }, marked)).logLoss).toBeLessThan(0.7);
  await expect(train({ rounds: 1, params: { scale_pos_weight: 1e38 } })).rejects.toThrow(
    /^the model has numbers too large for float32$/,
  );
});

test("what train.params say in words is sent and recorded in numbers", async () => {
  const params = { scale_pos_weight: "balanced", monotone_constraints: { tenure_months: -1, monthly_charges: 1 } };
  const { parameters } = await train({ rounds: 1, params });
  expect(parameters).toMatchObject({
    scale_pos_weight: String(5_174 / 1_869),
    monotone_constraints: "(-1,1,0,0,0,0,0,0,0,0)",
  });
});

describe.skipIf(newest === "").for(libraries)("hist of %s", (library) => {
  const native = async () => {
    const found = await findLibrary(library, "/", { get: () => undefined });
    if (found.library === undefined) throw new Error(`no library ${library}`);
    return openNativeEngine(found.library);
  };
  const hist = { rounds: 30, params: { tree_method: "hist" } };

  test.for([
    ["the Telco customers, whose cuts are those of all", 1, hist],
    ["the Telco customers, whose cuts are those of 2,000", 1, { ...hist, cuts: { rows: 2_000 } }],
    ["five times as many", 5, { ...hist, cuts: { rows: 2_000 } }],
    ["five times as many, with early stopping", 5, { ...hist, cuts: { rows: 2_000 }, early_stopping: EARLY }],
    ["a forest of theirs", 1, { ...hist, algorithm: "random-forest", params: { ...hist.params, subsample: 1 } }],
  ] as const)(
    "trains one model, whatever the order of rows and the number of threads: %s",
    async ([, times, section]) => {
      const orders = [`"row", i`, `i DESC, "row" DESC`, `hash("row" + i)`];
      const trained = [];
      for (const [index, order] of orders.entries()) {
        const target = await written(join(folder, `order${index}-${times}.parquet`), order, times);
        for (const threads of index === 0 ? [1, 2, 4] : [2])
          trained.push(await train({ ...section, threads }, target, native));
      }
      const told = trained.map(({ json, logLoss, cuts, judged }) =>
        sha256(JSON.stringify([json, logLoss, cuts, judged])),
      );
      expect(new Set(told).size).toBe(1);
      const rows = trained[0]?.rows ?? 0;
      expect(trained[0]?.cuts?.rows).toBe("cuts" in section ? 2_000 : rows);
    },
  );

  test.for([
    ["all rounds", {}],
    [
      "those up to the best",
      { early_stopping: EARLY, rounds: 60, params: { tree_method: "hist", learning_rate: 0.5 } },
    ],
    ["exact ones", { params: { tree_method: "exact" } }],
    ["a forest", { algorithm: "random-forest" }],
  ] as const)("says the log loss of the model as it is: %s", async ([, section]) => {
    const { json, logLoss: told, cuts } = await train({ ...hist, ...section }, path, native);
    const slice = "early_stopping" in section;
    const scored = await scoredLoss(json, slice);
    expect(Math.abs(told - scored)).toBeLessThan(1e-6);
    expect(told).toBe(Number(told.toPrecision(9)));
    expect(cuts === undefined).toBe("params" in section && section.params.tree_method === "exact");
  });
});

/** The log loss of a model by churn's own scoring, on all customers, or on those that early stopping leaves to train on. */
async function scoredLoss(json: string, slice: boolean): Promise<number> {
  await using db = await openDatabase();
  const judges = { id: "id", validation: EARLY.validation };
  const relation = slice ? (await slicesOf(db, parquetFile(path), judges)).trained : parquetFile(path);
  const probability = predictProbability(parseBooster(json, "it"), await matrixOf(db, relation, matrix.featureNames));
  return logLoss(await labelOf(db, relation, "churned"), probability);
}

test("what is said between rounds has what is known", () => {
  expect(roundText("tree", 3, 100)).toBe("tree 3 of 100");
  expect(roundText("tree", 3, 100, undefined, 30)).toBe("tree 3 of 100");
  expect(roundText("round", 50, 100, { train: 0.41234, validation: 0.5 }, 240)).toBe(
    "round 50 of 100, log loss 0.412, validation 0.500, about 12 s left",
  );
});
