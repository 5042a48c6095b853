import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { boosterOf, parseBooster, parseBoosterOfTrees, predictMargin } from "../../src/lib/model/booster.ts";
import { nodeStatistics } from "../../src/lib/model/explain/node-statistics.ts";
import { writeModelUbjson } from "../../src/lib/model/model-ubjson.ts";
import { parseUbjson } from "../../src/lib/model/ubjson.ts";
import { modelText, shapeOf } from "../support/random-trees.ts";
import { telco, withHoles } from "../support/telco.ts";

const foreign = await readFile(new URL("../golden/foreign-model.json", import.meta.url), "utf8");
const customers = withHoles((await telco()).matrix);

/** Reads it back as a model with names, which starts from a probability. */
function readBack(bytes: Uint8Array, featureNames: readonly string[]) {
  const { learner } = Object(parseUbjson(bytes));
  const learner_model_param = { ...learner.learner_model_param, base_score: "0.5" };
  return boosterOf({ learner: { ...learner, feature_names: featureNames, learner_model_param } }, "it");
}

test("the trees are those of the model, without the nodes that pruning has left, and nothing of its texts", () => {
  const harmed = foreign.replaceAll("tenure_months", "a name that is nobody's business");
  const booster = parseBooster(harmed, "model.json");
  const bytes = writeModelUbjson(booster, undefined);
  expect(Buffer.from(bytes).toString("latin1")).not.toContain("business");
  expect(bytes.buffer.byteLength).toBe(bytes.length);
  const read = readBack(bytes, booster.featureNames);
  expect(read.forest.feature.length).toBeLessThan(booster.forest.feature.length);
  expect(read.link).toBe("identity");
  const named = { ...customers, featureNames: booster.featureNames };
  expect(predictMargin({ ...read, baseMargin: booster.baseMargin }, named)).toEqual(predictMargin(booster, named));
});

test("a node's children stand side by side, and its statistics beside it", () => {
  fc.assert(
    fc.property(fc.array(shapeOf(3, 5), { minLength: 1, maxLength: 3 }), (shapes) => {
      const model = parseBoosterOfTrees(modelText(shapes, 3), "model.json");
      const statistics = nodeStatistics(model);
      if (typeof statistics === "string") throw new Error(statistics);
      const written = Object(parseUbjson(writeModelUbjson(model.booster, statistics)));
      const { trees } = written.learner.gradient_booster.model;
      for (const { left_children: left, right_children: right, sum_hessian: cover } of trees) {
        for (const [node, child] of left.entries()) {
          expect(right[node]).toBe(child < 0 ? -1 : child + 1);
          if (child >= 0) expect(cover[child] + cover[child + 1]).toBeCloseTo(cover[node], 3);
        }
        expect(cover[0]).toBe(100);
      }
    }),
  );
});
