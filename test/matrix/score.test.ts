import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { InputError } from "../../src/lib/errors.ts";
import { scoreMatrix, scoreRelation } from "../../src/lib/matrix/score.ts";
import { parseBooster, predictProbability } from "../../src/lib/model/booster.ts";
import { ownScoring, type Scorer } from "../../src/lib/model/scorer.ts";
import { bytesOf } from "../support/float32.ts";
import { modelText } from "../support/random-trees.ts";

const split = (feature: number, at: number) => ({ feature, at, missingGoesLeft: false, left: 1, right: -1, part: 0.5 });
const booster = parseBooster(modelText([split(0, 0.5), split(1, 3)], 2), "model.json");
/** f0 and f1 of so many customers, in the order of a file that has f1 first. */
const relation = (rows: number) =>
  `(SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE i % 11 END AS f1, (i % 2)::FLOAT AS f0 FROM range(${rows}) AS t(i) ORDER BY i)`;
const matrix = (rowCount: number) => ({
  featureNames: ["f0", "f1"],
  rowCount,
  columns: [
    Float32Array.from({ length: rowCount }, (_, i) => i % 2),
    Float32Array.from({ length: rowCount }, (_, i) => (i % 7 === 0 ? Number.NaN : i % 11)),
  ],
});
const open = (rows: number) => ownScoring.open({ booster }, { rows });

test.each([0, 1, 4_095, 4_096, 30_000])(
  "%i customers have the probabilities of the whole matrix, in order",
  async (rows) => {
    await using db = await openDatabase();
    await using scorer = await open(rows);
    const expected = predictProbability(booster, matrix(rows));
    for (const scored of [
      await scoreRelation(db, relation(rows), scorer, { rows }),
      await scoreMatrix(matrix(rows), scorer),
    ])
      expect(bytesOf(scored).equals(bytesOf(expected))).toBe(true);
  },
);

test("others than are expected are told by their number, and not scored", async () => {
  await using db = await openDatabase();
  await using scorer = await open(100);
  const otherwise = (found: number) => new InputError(`${found} came`);
  for (const rows of [99, 101, 10_000]) {
    await expect(scoreRelation(db, relation(rows), scorer, { rows: 100, otherwise })).rejects.toThrow(`${rows} came`);
  }
});

test("the time is looked at between blocks, and within them", async () => {
  await using db = await openDatabase();
  await using scorer = await open(10_000);
  for (const deadline of [0, performance.now() + 0.5]) {
    await expect(scoreRelation(db, relation(200_000), scorer, { rows: 200_000, deadline })).rejects.toThrow(
      "its trees take too long to be walked",
    );
  }
});

test("a block is read while the one before is scored, and one that fails ends it", async () => {
  const sizes: number[] = [];
  let [busy, most] = [0, 0];
  const slow: Scorer = {
    booster,
    blockRows: 1_000,
    explainer: undefined,
    margins: async (_values, into) => {
      busy += 1;
      most = Math.max(most, busy);
      sizes.push(into.length);
      await setTimeout(1);
      busy -= 1;
      if (sizes.length === 3) throw new InputError("no more");
    },
    [Symbol.asyncDispose]: async () => {},
  };
  await using db = await openDatabase();
  await expect(scoreRelation(db, relation(20_000), slow, { rows: 20_000 })).rejects.toThrow("no more");
  expect({ sizes, most, busy }).toEqual({ sizes: [1_000, 1_000, 1_000], most: 1, busy: 0 });
});

test("what DuckDB refuses is told as it is", async () => {
  await using db = await openDatabase();
  await using scorer = await open(3);
  await expect(scoreRelation(db, "(SELECT 'x' AS f0, 1 AS f1)", scorer, { rows: 1 })).rejects.toThrow(
    "Conversion Error",
  );
});
