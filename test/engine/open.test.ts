import { join } from "node:path";
import { expect } from "vitest";
import { lazyEngine } from "../../src/lib/engine/open.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { type Booster, parseBooster } from "../../src/lib/model/booster.ts";
import { ownScoring, type ScoringWork } from "../../src/lib/model/scorer.ts";
import { packageVersion } from "../../src/lib/workspace/versions.ts";
import { test } from "../support/folder.ts";
import { newest } from "../support/libxgboost.ts";
import { chain, modelText } from "../support/random-trees.ts";

const environment = (variables: Record<string, string> = {}) => ({ get: (name: string) => variables[name] });

test("the embedded engine is taken where it is asked for, and its version is that of the package", async ({
  folder,
}) => {
  const lazy = lazyEngine({ engine: "wasm" }, folder, environment({ CHURN_LIBXGBOOST: "/nowhere" }));
  await using engine = await lazy.open();
  expect(engine.name).toBe("wasm");
  expect(await lazy.versions()).toEqual({ "ml-xgboost": packageVersion("ml-xgboost") });
});

test("the engine that was opened ahead is the one that is opened next, once", async ({ folder }) => {
  const lazy = lazyEngine({ engine: "wasm" }, folder, environment());
  await using ahead = await lazy.ahead();
  expect(await lazy.ahead()).toBe(ahead);
  expect(await lazy.open()).toBe(ahead);
  await using another = await lazy.open();
  expect(another).not.toBe(ahead);
});

test("auto is libxgboost where there is one", async ({ folder, skip }) => {
  skip(newest === "", "no libxgboost");
  const lazy = lazyEngine({ engine: "auto" }, folder, environment({ CHURN_LIBXGBOOST: newest }));
  await using engine = await lazy.open();
  expect(engine.name).toBe("native");
  const { xgboost } = await lazy.versions();
  expect(engine.version).toBe(`XGBoost ${xgboost} (libxgboost)`);
});

const steps = { feature: 0, at: 0.5, missingGoesLeft: true, left: 1, right: -1, part: 0.5 };
const stump = parseBooster(modelText([steps], 1), "model.json");
/** That each of so many customers takes a step down. */
const many = { rows: 20_000_000 };

test("scores with libxgboost where there is much to do, and with our own code otherwise", async ({ folder, skip }) => {
  skip(newest === "", "no libxgboost");
  const own = async (engine: "auto" | "native" | "wasm" | "mljs", booster: Booster, work: ScoringWork) => {
    const lazy = lazyEngine({ engine }, folder, environment({ CHURN_LIBXGBOOST: newest }));
    await using scorer = await lazy.scoring().open({ booster }, work);
    return scorer.blockRows === (await ownScoring.open({ booster }, work)).blockRows;
  };
  expect(await own("auto", stump, many)).toBe(false);
  expect(await own("native", stump, many)).toBe(false);
  expect(await own("native", stump, { rows: 10, explaining: 20_000_000 })).toBe(false);
  expect(await own("native", stump, { rows: 10_000_000 })).toBe(true);
  expect(await own("wasm", stump, many)).toBe(true);
  expect(await own("mljs", stump, many)).toBe(true);
  // The library would walk it by recursion.
  const deep = parseBooster(modelText([chain(501, 1)], 1), "model.json");
  expect(await own("native", deep, many)).toBe(true);
});

test("who may explain a model counts by its version, and only where it may", async ({ folder, skip }) => {
  skip(newest === "", "no libxgboost");
  const versions = (engine: "auto" | "wasm") =>
    lazyEngine({ engine }, folder, environment({ CHURN_LIBXGBOOST: newest }))
      .scoring()
      .versions();
  expect(await versions("auto")).toEqual({ xgboost: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  expect(await versions("wasm")).toEqual({});
});

test("without a library that can be used it scores all the same: that one is told by whoever trains", async ({
  folder,
}) => {
  const scoring = lazyEngine({ engine: "native", library: "lib.so" }, folder, environment()).scoring();
  await using scorer = await scoring.open({ booster: stump }, many);
  expect(scorer.explainer).toBeUndefined();
  expect(await scoring.versions()).toEqual({});
});

test("a library that is named and can't be used is an error, with auto as well", async ({ folder }) => {
  const file = join(folder, "lib.so");
  for (const engine of ["auto", "native"] as const) {
    await expect(lazyEngine({ engine, library: "lib.so" }, folder, environment()).versions()).rejects.toSatisfy(
      (error) =>
        error instanceof UsageError &&
        error.message === `train.library names ${file}, which can't be used: it is not there`,
    );
  }
});
