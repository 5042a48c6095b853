import { expect, test } from "vitest";
import { parameters } from "../../src/lib/engine/parameters.ts";
import { openWasmEngine } from "../../src/lib/engine/wasm/engine.ts";
import { trainedOn } from "../support/in-memory.ts";
import { mulberry32 } from "../support/mulberry32.ts";

test("trees that outgrow WebAssembly's memory end in a sentence", async () => {
  const random = mulberry32(3);
  const rowCount = 4_000;
  const columns = Array.from({ length: 1_500 }, () => Float32Array.from({ length: rowCount }, random));
  const matrix = { featureNames: columns.map((_, index) => `f${index}`), rowCount, columns };
  const label = Uint8Array.from({ length: rowCount }, () => Math.round(random()));
  // A histogram of 6 MB for each of the hundreds of nodes.
  const params = parameters.parse({ tree_method: "hist", max_depth: 12, min_child_weight: 0 });
  await using engine = await openWasmEngine();
  const training = engine.train({
    ...trainedOn(matrix, label),
    algorithm: "xgboost",
    rounds: 2,
    params,
    threads: 1,
  });
  await expect(training).rejects.toMatchObject({
    exitCode: 2,
    message: "the wasm engine's 2 GB of memory ran out while it trained",
    hint: expect.stringMatching(/^train on fewer customers or features, or make smaller trees/),
  });
});
