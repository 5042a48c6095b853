import { expect, test } from "vitest";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import { legacyParameters } from "../../../src/lib/engine/wasm/parameters.ts";

const send = (given: object) => legacyParameters(parameters.parse(given), 10);

test("a parameter that came after XGBoost 0.7 is refused by name", () => {
  expect(() => send({ colsample_bynode: 0.5, device: "cpu" })).toThrow(
    "the wasm engine (XGBoost 0.7) doesn't know train.params.colsample_bynode, train.params.device",
  );
});

test("a parameter that the tree method would ignore is refused, unless it has its default", () => {
  expect(() => send({ max_bin: 64 })).toThrow(
    "train.params.max_bin would have no effect: the wasm engine (XGBoost 0.7) ignores it with tree_method exact",
  );
  expect(() => send({ tree_method: "hist", monotone_constraints: "(1)" })).toThrow("ignores it with tree_method hist");
  expect(send({ max_bin: 256, grow_policy: "depthwise" })).toMatchObject({ max_bin: "256" });
  expect(send({ tree_method: "hist", max_bin: 64 })).toMatchObject({ max_bin: "64", tree_method: "hist" });
});

test("trees without any limit are refused", () => {
  expect(() => send({ max_depth: 0 })).toThrow("needs tree_method hist and a limit of max_leaves");
  expect(() => send({ max_depth: 0, tree_method: "hist" })).toThrow("needs tree_method hist and a limit of max_leaves");
  expect(send({ max_depth: 0, tree_method: "hist", max_leaves: 8 })).toMatchObject({ max_depth: "0" });
});

test("more monotone constraints than features are refused", () => {
  expect(() => legacyParameters(parameters.parse({ monotone_constraints: "(1,0,1)" }), 2)).toThrow(
    "train.params.monotone_constraints has 3 directions for 2 features",
  );
});

test("auto is exact, the method that auto meant then", () => {
  expect(send({ tree_method: "auto" })).toMatchObject({ tree_method: "exact" });
});
