import { expect, test } from "vitest";
import { parseBooster, predictMargin } from "../../src/lib/model/booster.ts";
import { ownScoring } from "../../src/lib/model/scorer.ts";
import { modelText } from "../support/random-trees.ts";

const booster = parseBooster(
  modelText([{ feature: 0, at: 0.5, missingGoesLeft: true, left: 1, right: -1, part: 0.5 }], 1),
  "model.json",
);

test("churn's own scorer gives the margins of the trees, explains nothing, and lets others have their turn", async () => {
  await using scorer = await ownScoring.open({ booster }, { rows: 3 });
  const values = Float32Array.of(0, 1, Number.NaN);
  const margins = new Float32Array(3);
  let isTurn = false;
  setImmediate(() => {
    isTurn = true;
  });
  await scorer.margins(values, margins, Number.POSITIVE_INFINITY);
  expect(isTurn).toBe(true);
  expect(margins).toEqual(predictMargin(booster, { featureNames: ["f0"], rowCount: 3, columns: [values] }));
  expect(scorer.explainer).toBeUndefined();
  expect(await ownScoring.versions()).toEqual({});
});
