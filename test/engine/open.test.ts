import { join } from "node:path";
import { expect } from "vitest";
import { lazyEngine } from "../../src/lib/engine/open.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { packageVersion } from "../../src/lib/workspace/versions.ts";
import { test } from "../support/folder.ts";
import { newest } from "../support/libxgboost.ts";

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
