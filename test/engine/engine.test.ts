import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine, TrainingRequest } from "../../src/lib/engine/engine.ts";
import { openMljsEngine } from "../../src/lib/engine/mljs/engine.ts";
import { openNativeEngine } from "../../src/lib/engine/native/engine.ts";
import { findLibrary } from "../../src/lib/engine/native/library.ts";
import { parameters } from "../../src/lib/engine/parameters.ts";
import { openWasmEngine } from "../../src/lib/engine/wasm/engine.ts";
import type { Matrix } from "../../src/lib/matrix/matrix.ts";
import { parseBooster, predictProbability } from "../../src/lib/model/booster.ts";
import { trainedOn } from "../support/in-memory.ts";
import { libraries } from "../support/libxgboost.ts";
import { telco, withHoles } from "../support/telco.ts";

const { matrix, label } = await telco();
const holed = withHoles(matrix);

async function openLibrary(file: string): Promise<Engine> {
  const { library } = await findLibrary(file, "/", { get: () => undefined });
  if (library === undefined) throw new Error(`no library ${file}`);
  return openNativeEngine(library);
}

const boosting = { algorithm: "xgboost", params: parameters.parse({}) } as const;
const growing = { algorithm: "random-forest", params: parameters.parse({ learning_rate: 1 }) } as const;

/** What any engine does, whichever it is: the rest of churn doesn't know. */
describe.each([
  { engine: "wasm", open: openWasmEngine, asked: boosting },
  { engine: "mljs", open: openMljsEngine, asked: growing },
  ...libraries.map((file) => ({ engine: file, open: () => openLibrary(file), asked: boosting })),
])("$engine", ({ open, asked }) => {
  const request: TrainingRequest = { ...asked, ...trainedOn(holed, label), rounds: 3, threads: 2 };
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test("leaves the event loop free while it trains", async () => {
    let trained = false;
    const training = engine.train(request).then(() => {
      trained = true;
    });
    await setImmediate();
    expect(trained).toBe(false);
    await training;
    expect(trained).toBe(true);
  });

  test("trains in turn what it is asked for at once", async () => {
    const models = await Promise.all([3, 1, 2].map((rounds) => engine.train({ ...request, rounds })));
    expect(models.map(({ json }) => /"num_trees":"(\d+)"/.exec(json)?.[1])).toEqual(["3", "1", "2"]);
  });

  test("gives the same bytes in a new thread", async () => {
    const { json } = await engine.train(request);
    await using other = await open();
    expect((await other.train(request)).json === json).toBe(true);
  });

  test("a column of missing values alone is no hindrance", async () => {
    const columns = holed.columns.map((column, index) => (index === 1 ? column.map(() => Number.NaN) : column));
    const { json } = await engine.train({ ...request, ...trainedOn({ ...holed, columns }, label) });
    const probability = predictProbability(parseBooster(json, "model.json"), { ...holed, columns });
    expect(probability.every((one) => one >= 0 && one <= 1)).toBe(true);
    expect(new Set(probability).size).toBeGreaterThan(2);
  });

  const infinite = holed.columns.map((column, index) => (index === 3 ? column.map(() => 1e39) : column));
  test.for<[string, Partial<Matrix>, (churned: number) => number, object]>([
    [
      "infinite values",
      { columns: infinite },
      Number,
      { exitCode: 2, message: expect.stringContaining("(7,043 cust") },
    ],
    ["no customers", { rowCount: 0 }, Number, { exitCode: 4 }],
    ["no features", { columns: [], featureNames: [] }, Number, { exitCode: 4 }],
    ["customers who all stayed", {}, () => 0, { exitCode: 4 }],
    ["customers who all churned", {}, () => 1, { exitCode: 4 }],
  ])("refuses %s", async ([, changed, labelOf, refusal]) => {
    const customers = trainedOn({ ...holed, ...changed }, label.map(labelOf));
    await expect(engine.train({ ...request, ...customers })).rejects.toMatchObject(refusal);
  });

  test("ends in the midst of training when it is closed", async () => {
    const closed = await open();
    const ended = { exitCode: 5, message: expect.stringMatching(/ could not .*: its thread ended with 1$/) };
    const training = expect(closed.train({ ...request, rounds: 100_000 })).rejects.toMatchObject(ended);
    await setImmediate();
    await closed[Symbol.asyncDispose]();
    await training;
    await expect(closed.train(request)).rejects.toMatchObject({ exitCode: 5 });
  });
});
