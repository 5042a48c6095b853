import fc from "fast-check";
import { expect, test } from "vitest";
import { parseBooster, predictMargin } from "../../src/lib/model/booster.ts";
import { type Tree, writeModelJson } from "../../src/lib/model/model-json.ts";

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const statistics = { lossChange: 1, sumHessian: 2, baseWeight: -0.5 };
const leaf = (value: number) => ({ left: -1, right: -1, feature: 0, missingGoesLeft: false, value, ...statistics });
const stump = (threshold: number, low: number, high: number): Tree => [
  { parent: 2_147_483_647, left: 1, right: 2, feature: 0, missingGoesLeft: true, value: threshold, ...statistics },
  { parent: 0, ...leaf(low) },
  { parent: 0, ...leaf(high) },
];
const write = (trees: readonly Tree[], name = "x") =>
  writeModelJson({
    objective: "binary:logistic",
    featureNames: [name],
    baseScore: 0.5,
    scalePosWeight: 1,
    parallelTrees: 1,
    trees,
  });

test("every float32 comes back as it was written: a value below the threshold goes left, the threshold itself right", () => {
  fc.assert(
    fc.property(float, float, float, (threshold, low, high) => {
      const booster = parseBooster(write([stump(threshold, low, high)]), "model.json");
      const column = Float32Array.of(threshold, -Infinity, Number.NaN);
      const margin = predictMargin(booster, { featureNames: ["x"], rowCount: 3, columns: [column] });
      expect(margin).toEqual(Float32Array.of(0 + high, 0 + low, 0 + low));
    }),
  );
});

test("feature names may hold anything that JSON can", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (name) => {
      expect(parseBooster(write([stump(1, 2, 3)], name), "model.json").featureNames).toEqual([name]);
    }),
  );
});

test("floats always have a point or an exponent, which XGBoost asks for", () => {
  const values = [0, 1, -1, 100_000, 16_777_216, 1e-45, 3.4028234663852886e38, 0.1];
  const text = write([stump(1, 0, 0), ...values.map((value) => stump(value, value, value))]);
  const floats = [...text.matchAll(/"(?:split_conditions|sum_hessian|loss_changes|base_weights)":\[([^\]]*)\]/g)];
  const written = floats.flatMap(([, list = ""]) => list.split(","));
  expect(written).toHaveLength(4 * 3 * 9);
  expect(written.filter((value) => !/^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/.test(value) || /^-?\d+$/.test(value))).toEqual([]);
});

test("a value that is not a number can't stand in a model", () => {
  expect(() => write([stump(Number.NaN, 0, 0)])).toThrow(RangeError);
});
