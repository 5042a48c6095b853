import { expect, test } from "vitest";
import { MOST_EXACT_ROWS } from "../../../src/lib/engine/defaults.ts";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import { legacyParameters } from "../../../src/lib/engine/wasm/parameters.ts";

const few = { rowCount: 5_608 };
const many = { rowCount: MOST_EXACT_ROWS + 1 };
const send = (given: object, matrix = few) => legacyParameters(parameters.parse(given), matrix).sent;

test("a parameter that came after XGBoost 0.7 is refused by name", () => {
  expect(() => send({ colsample_bynode: 0.5, device: "cpu" })).toThrow(
    "the wasm engine (XGBoost 0.7) doesn't know train.params.colsample_bynode, train.params.device",
  );
});

test("a parameter that the tree method would ignore is refused, unless it has its default", () => {
  expect(() => send({ tree_method: "exact", max_bin: 64 })).toThrow(
    /^train\.params\.max_bin would have no effect: the wasm engine \(XGBoost 0\.7\) ignores it with tree_method exact$/,
  );
  expect(() => send({ tree_method: "hist", monotone_constraints: "(1)" })).toThrow(/with tree_method hist$/);
  expect(send({ max_bin: 256, grow_policy: "depthwise" })).toMatchObject({ max_bin: "256" });
  expect(send({ tree_method: "hist", max_bin: 64 })).toMatchObject({ max_bin: "64", tree_method: "hist" });
});

test.each([
  [{ max_bin: 64 }, few, "exact, which is chosen for 5,608 customers", "hist"],
  [{ tree_method: "auto", max_bin: 64 }, few, "exact, which is chosen for 5,608 customers", "hist"],
  [{ max_bin: 64 }, { rowCount: 1 }, "exact, which is chosen for 1 customer", "hist"],
  [{ monotone_constraints: "(1)" }, many, "hist, which is chosen for 50,001 customers", "exact"],
])(
  "%o is refused where its method was chosen by the number of customers, which is said",
  (given, matrix, method, other) => {
    expect(() => send(given, matrix)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringMatching(new RegExp(`ignores it with tree_method ${method}$`)),
        hint: `remove it from churn.yaml, or set train.params.tree_method to ${other}`,
      }),
    );
    // And the other way around nothing is.
    expect(send(given, matrix === many ? few : many)).toMatchObject({ tree_method: other });
  },
);

test("trees without any limit are refused", () => {
  expect(() => send({ max_depth: 0 })).toThrow("needs tree_method hist and a limit of max_leaves");
  expect(() => send({ max_depth: 0, tree_method: "hist" })).toThrow("needs tree_method hist and a limit of max_leaves");
  expect(send({ max_depth: 0, tree_method: "hist", max_leaves: 8 })).toMatchObject({ max_depth: "0" });
});

test("every parameter is sent, as given or with its documented default", () => {
  const { sent, ...used } = legacyParameters(parameters.parse({ base_score: 0.3, num_parallel_tree: 4 }), few);
  expect(used).toEqual({ method: "exact", baseScore: 0.3, scalePosWeight: 1, parallelTrees: 4 });
  expect(sent).toMatchObject({
    base_score: "0.3",
    num_parallel_tree: "4",
    lambda: "1",
    learning_rate: "0.1",
    nthread: "1",
  });
});
