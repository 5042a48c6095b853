import { expect } from "vitest";
import { requireSameScores } from "../../src/lib/compare/read-back.ts";
import { ownScoring } from "../../src/lib/model/scorer.ts";
import { type Contest, said, stump, test } from "../support/contest.ts";

const MATRIX = `SELECT id, CAST(x AS FLOAT) AS x, CAST(y AS FLOAT) AS y, CAST(0 AS UTINYINT) AS churned
  FROM (VALUES (1, 10, 0), (2, 20, 0), (3, 30, 0)) AS t(id, x, y)`;
const own = stump("x", 25, [0.75, 0.25]);
const [below, above] = said(own, 10, 30);
/** What the night's own model said of the three. */
const PREDICTIONS = `SELECT * FROM (VALUES (1, ${below}), (2, ${below}), (3, ${above})) AS t(id, probability)`;

async function readBack(contest: Contest, modelJson: string | undefined, predictions = PREDICTIONS): Promise<void> {
  await requireSameScores(
    new Map(modelJson === undefined ? [] : [["model.json", Buffer.from(modelJson)]]),
    "version 4 of churn-model",
    {
      testMatrix: await contest.parquet("test.parquet", MATRIX),
      features: ["y", "x"],
      predictions: await contest.parquet("predictions.parquet", predictions),
      date: "2026-11-23",
    },
    ownScoring,
  );
}

const differs = {
  exitCode: 5,
  message: "version 4 of churn-model was registered, but read back it scores test customers differently",
  hint: "is the artifact store sound? Compare its model.json with the night's",
};

test("a model that scores every test customer as the night's own did is what was registered", async ({ contest }) => {
  await expect(readBack(contest, own)).resolves.toBeUndefined();
});

test("one customer with another probability is enough to refuse it", async ({ contest }) => {
  await expect(readBack(contest, stump("x", 15, [0.75, 0.25]))).rejects.toMatchObject(differs);
  await expect(readBack(contest, stump("x", 25, [0.75, 0.2500001]))).rejects.toMatchObject(differs);
});

test("one customer more or fewer is another difference", async ({ contest }) => {
  await expect(readBack(contest, own, `${PREDICTIONS} LIMIT 2`)).rejects.toMatchObject(differs);
  const more = `${PREDICTIONS} UNION ALL SELECT 4, ${above}`;
  await expect(readBack(contest, own, more)).rejects.toMatchObject(differs);
});

test("a version without its model says how it is logged again", async ({ contest }) => {
  await expect(readBack(contest, undefined)).rejects.toMatchObject({
    exitCode: 4,
    message: "version 4 of churn-model has no model.json in the registry",
    hint: "churn run-all --date 2026-11-23 --from train logs it again",
  });
});

test("a damaged one is named", async ({ contest }) => {
  await expect(readBack(contest, "{")).rejects.toMatchObject({
    exitCode: 4,
    message: "version 4 of churn-model can't be used: it isn't whole JSON (1 character)",
  });
});
