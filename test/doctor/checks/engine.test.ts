import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { engine } from "../../../src/lib/doctor/checks/engine.ts";
import { packageVersion } from "../../../src/lib/workspace/versions.ts";
import { foundBy, writeNight, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";
import { newest } from "../../support/libxgboost.ts";

const WASM = `ml-xgboost ${packageVersion("ml-xgboost")} (XGBoost 0.7)`;

test("the engine that would train is named", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(engine, folder, { set: ["train.engine=wasm"] })).toEqual([
    { state: "ok", text: `${WASM} (train.engine: wasm), one core` },
  ]);
  expect(await foundBy(engine, folder, { set: ["train.engine=mljs", "train.algorithm=random-forest"] })).toEqual([
    { state: "ok", text: expect.stringMatching(/^ml-random-forest .* \(train\.engine: mljs\), one core$/) },
  ]);
});

test.skipIf(newest === "")("libxgboost has as many threads as churn.yaml says, or all cores", async ({ folder }) => {
  await writeWorkspace(folder);
  const env = { CHURN_LIBXGBOOST: newest };
  const version = expect.stringMatching(/^XGBoost \d+\.\d+\.\d+ \(libxgboost\), at most 3 threads$/);
  expect(await foundBy(engine, folder, { env, set: ["train.threads=3"] })).toEqual([{ state: "ok", text: version }]);
  const [all] = await foundBy(engine, folder, { env });
  expect(all?.text).toContain(`at most ${availableParallelism()} thread`);
});

test("a library that was found and can't be used is a warning, and so is a night that another engine trained", async ({
  folder,
}) => {
  await writeWorkspace(folder);
  await writeNight(folder);
  // Of all places without a name the first: on this machine another one may have a library that can be used.
  const place = join(folder, ".churn", "native", "lib", "python3.11", "site-packages", "xgboost", "lib");
  await mkdir(place, { recursive: true });
  await writeFile(join(place, "libxgboost.so"), "none");
  const found = await foundBy(engine, folder, { set: ["train.engine=auto"] });
  expect(found).toContainEqual({
    state: "warning",
    text: "the last decided night was trained with ml-xgboost 1.1.2: for that alone tonight's trees may be others",
  });
  expect(found[0]?.state).toBe("ok");
  expect(found).toContainEqual({
    state: "warning",
    text: `${join(place, "libxgboost.so")} can't be used: it is no shared library`,
  });
});

test("a library that is named and can't be used is a problem of train", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(engine, folder, { set: ["train.library=gone.so"] })).toEqual([
    expect.objectContaining({
      state: "problem",
      exitCode: 2,
      stage: "train",
      text: `train.library names ${folder}/gone.so, which can't be used: it is not there`,
    }),
  ]);
});
