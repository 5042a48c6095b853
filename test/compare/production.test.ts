import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { openProduction } from "../../src/lib/compare/production.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { productionVersion } from "../../src/lib/tracking/production.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { releasedWorkspace } from "../support/released.ts";

interface Released {
  /** Reads the model in Production, as compare does. */
  open(): ReturnType<typeof openProduction>;
  /** Changes one of its files in the registry. */
  change(file: string, change: (text: string) => string): Promise<void>;
}

const test = base.extend<{ released: Released }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  released: async ({}, use) => {
    await using workspace = await releasedWorkspace("1.0.0");
    const root = join(workspace.root, "mlruns");
    const tracking = openFolder(root);
    const production = productionVersion(await tracking.modelVersions("churn-model"));
    if (production?.runId == null) throw new Error("no model of a run is in Production");
    const { experimentId } = (await tracking.getRun(production.runId)) ?? {};
    const folder = join(root, experimentId ?? "", production.runId, "artifacts", "model");
    await use({
      open: () => openProduction(tracking, production, 0.5),
      change: async (file, change) => {
        const path = join(folder, file);
        await writeFile(path, change(await readFile(path, "utf8")));
      },
    });
  },
});

const writtenBy = (churn: string) => (text: string) =>
  text.replace('"schema_version": 1,', `"schema_version": 99, "churn_version": "${churn}", "unheard_of": true,`);

test("a model that 1.0.0 registered is read, with what its version says of it", async ({ released }) => {
  expect(await released.open()).toMatchObject({
    version: 1,
    threshold: 0.5,
    recordedF1: 0.49382716049382713,
    problem: undefined,
    model: { recipe: { dataset: { id: "customer_id" }, split: { method: "customer", cuts: null } } },
  });
});

test("a model that a newer churn trained is no unscorable one: the night ends, and the sentence names both churns", async ({
  released,
}) => {
  await released.change("preprocessing.json", writtenBy("9.4.0"));
  await released.change("model.json", () => '{"a": "kind of model that is not known yet"}');
  await expect(released.open()).rejects.toMatchObject({
    exitCode: 2,
    message: `preprocessing.json of version 1 was written by churn 9.4.0, this is churn ${VERSIONS.churn}`,
    hint: "install the newer churn again",
  });
});

test("a model whose preprocessing is damaged can't be scored, and the field is named", async ({ released }) => {
  await released.change("preprocessing.json", (text) => text.replace('"salt": "churn"', '"salt": 1'));
  expect(await released.open()).toMatchObject({
    model: undefined,
    problem: "preprocessing.json of version 1 is damaged: split.salt: Invalid input: expected string, received number",
  });
});
