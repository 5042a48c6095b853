import { expect, test } from "vitest";
import { forestMode } from "../../src/lib/engine/forest-mode.ts";
import { parameters } from "../../src/lib/engine/parameters.ts";

test("a forest is one round of so many trees, with what XGBRFClassifier has", () => {
  expect(forestMode({ rounds: 30, params: parameters.parse({}) }, "colsample_bynode")).toEqual({
    rounds: 1,
    params: {
      num_parallel_tree: 30,
      learning_rate: 1,
      subsample: 0.8,
      colsample_bynode: 0.8,
      lambda: 1e-5,
      max_depth: 5,
      seed: 42,
    },
  });
});

test("what is given wins", () => {
  const params = parameters.parse({ subsample: 0.5, lambda: 1, colsample_bylevel: 0.3, max_depth: 9 });
  expect(forestMode({ rounds: 2, params }, "colsample_bylevel").params).toMatchObject({
    subsample: 0.5,
    lambda: 1,
    colsample_bylevel: 0.3,
    max_depth: 9,
  });
});
