import { expect, test } from "vitest";
import { findLibrary } from "../../../src/lib/engine/native/library.ts";
import { startTrainingThread } from "../../../src/lib/engine/native/thread.ts";
import { libraries, newest } from "../../support/libxgboost.ts";
import { telco } from "../../support/telco.ts";

const { matrix, label } = await telco();

test.skipIf(newest === "").for(libraries)("a matrix in batches of any size gives the same bytes: %s", async (file) => {
  await findLibrary(file, "/", { get: () => undefined });
  await using thread = await startTrainingThread(file);
  const job = {
    customers: { columns: matrix.columns, rowCount: matrix.rowCount, label },
    featureNames: matrix.featureNames,
    parameters: { objective: "binary:logistic", tree_method: "hist", max_bin: "256", base_score: "0.5" },
    rounds: 10,
    inBins: true,
    threads: 2,
  };
  const models = [];
  for (const batchRows of [65_536, 7_043, 500])
    models.push((await thread.train({ ...job, batchRows }, () => {})).model);
  // A matrix of values leads hist to the same bins.
  models.push((await thread.train({ ...job, inBins: false, batchRows: 1 }, () => {})).model);
  const [first, ...others] = models.map((model) => Buffer.from(model).toString("base64"));
  expect(others.map((other) => other === first)).toEqual([true, true, true]);
});

test("a library that isn't there is told by the thread", async () => {
  await expect(startTrainingThread("/nowhere/libxgboost.so")).rejects.toThrow(
    "libxgboost (/nowhere/libxgboost.so) doesn't load",
  );
});
