import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { TreeMethod } from "../../../src/lib/engine/defaults.ts";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import { columnFacts } from "../../../src/lib/engine/wasm/column-facts.ts";
import { openWasmEngine } from "../../../src/lib/engine/wasm/engine.ts";
import { sendColumn } from "../../../src/lib/engine/wasm/sent-values.ts";
import { hugeValues } from "../../support/huge-values.ts";
import { trainedOn } from "../../support/in-memory.ts";
import { routedHessian } from "../../support/routed-hessian.ts";
import { specialCustomers } from "../../support/special-columns.ts";

const BESIDE = -1 + 2 ** -24;
const methods: readonly TreeMethod[] = ["exact", "hist", "approx"];

function send(values: readonly number[], method: TreeMethod) {
  const column = Float32Array.from(values);
  const { sent, threshold } = sendColumn(column, columnFacts(column), method);
  return {
    sent,
    isItself: sent === column,
    read: (value: number, missingGoesLeft = true) => threshold({ value, missingGoesLeft }),
  };
}

describe.each(methods)("with %s", (method) => {
  test("a column without missing values and -1 is sent itself", () => {
    expect(send([3, 0, 1e30, 7], method).isItself).toBe(true);
  });

  test("a missing value is sent as -1, and -1 as its neighbour", () => {
    expect(send([Number.NaN, -1, 0], method).sent).toEqual(Float32Array.of(-1, BESIDE, 0));
  });
});

describe("hist of 2018", () => {
  const many = Array.from({ length: 30 }, (_, index) => index - 20);

  test("has the sent neighbour as a bound where values are many: it is -1", () => {
    expect(send([...many, -1], "hist").read(BESIDE)).toBe(-1);
    expect(send(many.map(Math.abs), "hist").read(BESIDE)).toBe(BESIDE);
  });

  test("has a bound below the least value: below -1 it is -2", () => {
    expect(send([-1, 5], "hist").read(2 * BESIDE)).toBe(-2);
    expect(send([-2, -1], "hist").read(2 * BESIDE)).toBe(2 * BESIDE);
  });

  test("has 0 as the bound above a largest value of 0 and below: it is put beyond", () => {
    expect(send([-3, 0, Number.NaN], "hist").read(0, false)).toBe(Math.fround(1e-5));
    expect(send([-3, 0, Number.NaN], "hist").read(0, true)).toBe(0);
    expect(send([-3, 1, Number.NaN], "hist").read(0, false)).toBe(0);
  });

  test("gets ones for zeros among missing values, and for nothing at all", () => {
    const zeros = send([0, Number.NaN, 0], "hist");
    expect(zeros.sent).toEqual(Float32Array.of(1, -1, 1));
    expect([zeros.read(0, true), zeros.read(2, false)]).toEqual([-Math.fround(1e-5), Math.fround(1e-5)]);
    expect(send([Number.NaN, Number.NaN], "hist").sent).toEqual(Float32Array.of(1, 1));
    expect(send([0, Number.NaN], "exact").sent).toEqual(Float32Array.of(0, -1));
  });
});

describe("the engine with special values", async () => {
  const engine = await openWasmEngine();
  afterAll(() => engine[Symbol.asyncDispose]());
  const request = { algorithm: "xgboost", rounds: 5, threads: 1 } as const;

  test.each(methods)("%s sends every customer the same way in scoring as in training", async (method) => {
    const params = parameters.parse({ tree_method: method, max_depth: 4 });
    await fc.assert(
      fc.asyncProperty(specialCustomers(400, "apart"), async ({ matrix, label }) => {
        const { json } = await engine.train({ ...request, ...trainedOn(matrix, label), params });
        expect(routedHessian(json, matrix)).toBeLessThan(1e-5);
      }),
      { numRuns: 60 },
    );
  });

  test("exact does so with neighbours in float32", async () => {
    const params = parameters.parse({ tree_method: "exact", max_depth: 4 });
    await fc.assert(
      fc.asyncProperty(specialCustomers(400, "neighbours"), async ({ matrix, label }) => {
        const { json } = await engine.train({ ...request, ...trainedOn(matrix, label), params });
        expect(routedHessian(json, matrix)).toBeLessThan(1e-5);
      }),
      { numRuns: 60 },
    );
  });

  test("exact refuses values that only a sum beyond float32 would part", async () => {
    const params = parameters.parse({ tree_method: "exact" });
    await expect(engine.train({ ...request, ...hugeValues(), params })).rejects.toThrow(
      "the model has numbers too large for float32",
    );
  });
});
