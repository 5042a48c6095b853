import { expect, test } from "vitest";
import { loadLibrary } from "../../../src/lib/engine/native/library.ts";
import { requireLearned, tryOut } from "../../../src/lib/engine/native/try-out.ts";
import { libraries } from "../../support/libxgboost.ts";

test.skipIf(libraries.length === 0).for(libraries)("%s learns from the sample", async (file) => {
  const library = await loadLibrary(file);
  if (typeof library === "string") throw new Error(library);
  const { logLoss, seconds, ...counts } = await tryOut(library);
  expect(counts).toEqual({ customers: 5635, rounds: 100, judged: 1408 });
  expect(logLoss).toBeGreaterThan(0.4);
  expect(logLoss).toBeLessThan(0.46);
  expect(seconds).toBeGreaterThan(0);
});

test.for([0.58, Number.NaN])("a library that has learned nothing is refused: %s", (logLoss) => {
  expect(() => requireLearned({ version: "3.4.1" }, logLoss)).toThrow("XGBoost 3.4.1 has learned nothing");
});
