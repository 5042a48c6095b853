import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import { openWasmEngine } from "../../../src/lib/engine/wasm/engine.ts";
import { routedHessian } from "../../support/routed-hessian.ts";
import { specialTable } from "../../support/special-columns.ts";

const engine = await openWasmEngine();
afterAll(() => engine[Symbol.asyncDispose]());

test.each(["exact", "hist", "approx"])(
  "with %s every customer goes in scoring the way it went in training",
  async (method) => {
    await fc.assert(
      fc.asyncProperty(specialTable(400), async ({ columns, label }) => {
        const matrix = { featureNames: columns.map((_, index) => `f${index}`), rowCount: label.length, columns };
        const { json } = await engine.train({
          matrix,
          label,
          algorithm: "xgboost",
          rounds: 5,
          params: parameters.parse({ tree_method: method, max_depth: 4 }),
          threads: 1,
        });
        expect(routedHessian(json, matrix)).toBeLessThan(1e-5);
      }),
      { numRuns: 60 },
    );
  },
);
