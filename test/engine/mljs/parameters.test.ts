import { expect, test } from "vitest";
import { forestParameters } from "../../../src/lib/engine/mljs/parameters.ts";
import { parameters } from "../../../src/lib/engine/parameters.ts";

const size = { rowCount: 200, featureCount: 4 };
const of = (given: object, maxSamples?: number) => forestParameters(parameters.parse(given), { ...size, maxSamples });

test("a tree draws four fifths of the features and at most all customers, unless said otherwise", () => {
  expect(of({})).toMatchObject({ features: 3, samples: 200, maxDepth: 5, seed: 42 });
  expect(of({ max_depth: 0, colsample_bytree: 0.01 }, 50)).toMatchObject({
    features: 1,
    samples: 50,
    maxDepth: undefined,
    sent: { max_depth: "0", colsample_bytree: "0.01", max_samples: "50", seed: "42" },
  });
});

test("what has no meaning for ml-random-forest is refused", () => {
  expect(() => of({ subsample: 0.5, gamma: 1 })).toThrow(
    "the mljs engine (ml-random-forest) doesn't know train.params.gamma, train.params.subsample",
  );
});
