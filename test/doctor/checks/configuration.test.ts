import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { configuration } from "../../../src/lib/doctor/checks/configuration.ts";
import { foundBy, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";

test("a sound churn.yaml is named, with how many values come from elsewhere", async ({ folder }) => {
  await writeWorkspace(folder);
  expect(await foundBy(configuration, folder, { env: { HOME: folder } })).toEqual([
    { state: "ok", text: "~/churn.yaml" },
  ]);
  const env = { CHURN_TRAIN_ROUNDS: "5", MLFLOW_TRACKING_URI: "mlruns", CHURN_COMPARE_TRUST_SPLIT: "true" };
  expect(await foundBy(configuration, folder, { env, set: ["train.rounds=7"] })).toEqual([
    { state: "ok", text: `${folder}/churn.yaml, 2 values from the environment, 1 value from --set` },
  ]);
});

describe("a problem, before any stage, is", () => {
  const problem = (text: unknown) => ({ state: "problem", exitCode: 2, stage: "start", text });

  test("no churn.yaml", async ({ folder }) => {
    expect(await foundBy(configuration, folder)).toEqual([
      { ...problem(`no churn.yaml in ${folder} or above`), next: ["churn init"] },
    ]);
  });

  test("one that is wrong, all of it", async ({ folder }) => {
    await writeWorkspace(folder, "train: { roundz: 4 }\ngates: { row_count: many }\n");
    expect(await foundBy(configuration, folder)).toEqual([
      {
        ...problem(expect.stringContaining("unknown key train.roundz")),
        details: [expect.stringContaining("gates.row_count must be")],
        next: ["churn config shows whether all is mended"],
      },
    ]);
  });

  test("a time limit of a stage that isn't there, which run-all refuses", async ({ folder }) => {
    await writeWorkspace(folder, "run: { stages: { trian: 2h } }\n");
    expect(await foundBy(configuration, folder)).toEqual([
      { ...problem("run.stages in churn.yaml: trian: there is no such stage"), next: ["did you mean train?"] },
    ]);
  });
});

test("what a stage will refuse is a problem of that stage", async ({ folder }) => {
  await writeWorkspace(folder, 'transform: { derive: { twice: "sum(months)" } }\n');
  expect(await foundBy(configuration, folder)).toEqual([
    expect.objectContaining({
      state: "problem",
      exitCode: 2,
      stage: "transform",
      text: expect.stringContaining("twice"),
    }),
  ]);
});

test("without the .env nothing is known of it", async ({ folder }) => {
  await writeWorkspace(folder);
  await writeFile(join(folder, ".env"), "A=1\n", { mode: 0o644 });
  expect(await foundBy(configuration, folder)).toEqual([{ state: "unknown", text: "not looked at: .env first" }]);
});
