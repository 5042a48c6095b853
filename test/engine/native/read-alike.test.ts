import { describe, expect, test } from "vitest";
import { openNativeEngine } from "../../../src/lib/engine/native/engine.ts";
import { findLibrary } from "../../../src/lib/engine/native/library.ts";
import { readAlike } from "../../../src/lib/engine/native/read-alike.ts";
import { startScoringThread } from "../../../src/lib/engine/native/scoring-thread.ts";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import { putRows } from "../../../src/lib/matrix/rows.ts";
import { parseBooster, predictMargin, predictProbability } from "../../../src/lib/model/booster.ts";
import { bytesOf, largestDifference } from "../../support/float32.ts";
import { trainedOn } from "../../support/in-memory.ts";
import { libraries, newest, predictWith } from "../../support/libxgboost.ts";
import { telco, withHoles } from "../../support/telco.ts";

test("base_score stands without brackets, and all else as it was", () => {
  const model = (score: string) => `{"learner_model_param":{"base_score":"${score}","num_class":"0"},"a":[1E0]}`;
  expect(readAlike(model("[2.6536986E-1]"))).toBe(model("2.6536986E-1"));
  expect(readAlike(model("5E-1"))).toBe(model("5E-1"));
});

test("a feature whose name looks like it stays", () => {
  const names = JSON.stringify([`"base_score":"[1]"`]);
  expect(readAlike(`{"feature_names":${names},"base_score":"[5E-1]"}`)).toBe(
    `{"feature_names":${names},"base_score":"5E-1"}`,
  );
});

test("more than one base score is refused", () => {
  expect(() => readAlike(`{"base_score":"[5E-1,5E-1]"}`)).toThrow("base_score");
});

const { matrix, label } = await telco();
const holed = withHoles(matrix);
const rows = new Float32Array(holed.rowCount * holed.columns.length);
putRows(holed.columns, { start: 0, size: holed.rowCount }, rows);

/** Boosted trees of both kinds, a forest, and a model that was cut at its best round. */
async function modelsOf(file: string): Promise<Readonly<Record<string, string>>> {
  const { library } = await findLibrary(file, "/", { get: () => undefined });
  if (library === undefined) throw new Error(`no library ${file}`);
  await using engine = await openNativeEngine(library);
  const request = {
    ...trainedOn(holed, label),
    ...{ algorithm: "xgboost" as const, rounds: 12, params: parameters.parse({}), threads: 2 },
  };
  const hist = parameters.parse({ tree_method: "hist", base_score: 0.3 });
  const { customers: validation } = trainedOn(holed, label);
  const trained = {
    exact: await engine.train(request),
    hist: await engine.train({ ...request, params: hist }),
    forest: await engine.train({
      ...request,
      algorithm: "random-forest",
      params: parameters.parse({ learning_rate: 1 }),
    }),
    stopped: await engine.train({
      ...request,
      ...{ validation, stopping: { rounds: 2 }, rounds: 400, params: parameters.parse({ learning_rate: 1 }) },
    }),
  };
  return Object.fromEntries(Object.entries(trained).map(([name, { json }]) => [name, json]));
}

describe.skipIf(newest === "").for(libraries)("what %s writes", (writer) => {
  test("every library reads as we do: margins to the bit, probabilities to 1e-6", async () => {
    const models = await modelsOf(writer);
    for (const reader of libraries) {
      for (const [name, json] of Object.entries(models)) {
        const booster = parseBooster(json, name);
        await using thread = await startScoringThread(reader);
        await thread.load(Buffer.from(json), 2);
        const margins = new Float32Array(new SharedArrayBuffer(4 * holed.rowCount));
        await thread.margins({ values: rows, rowCount: holed.rowCount, features: holed.columns.length }, margins);
        expect(bytesOf(margins).equals(bytesOf(predictMargin(booster, holed))), `${name} by ${reader}`).toBe(true);
        const theirs = predictWith(reader, json, rows, holed.columns.length);
        expect(largestDifference(theirs, predictProbability(booster, holed)), `${name} by ${reader}`).toBeLessThan(
          1e-6,
        );
      }
    }
  });
});
