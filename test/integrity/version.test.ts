import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { inspectVersion } from "../../src/lib/integrity/version.ts";
import type { Ledger } from "../../src/lib/stage/ledger.ts";
import { recordKey, writeRecord } from "../../src/lib/stage/record.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { modelDigest } from "../../src/lib/tracking/model-files.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelVersion, Tracking } from "../../src/lib/tracking/tracking.ts";
import { test as records, successOf, WORKSPACE } from "../support/records.ts";
import { modelName, registerVersion, smallModel } from "../support/tracking-folder.ts";

const NIGHT = "2026-11-23";
const FOLDER = `models/${NIGHT}/model`;

const test = records.extend<{ tracking: Tracking }>({
  tracking: async ({ ledger }, use) => use(openFolder(join(ledger.store.address, "mlruns"))),
});

/** A version as register makes it, and the folder in the store that it was made from. */
async function registered({ store }: Ledger, tracking: Tracking): Promise<ModelVersion> {
  const files = smallModel("night");
  for (const [name, content] of files) await store.write(`${FOLDER}/${name}`, content);
  const outputs = { model: { kind: "folder" as const, key: FOLDER, files: [] } };
  await writeRecord(store, recordKey(NIGHT, "train"), successOf(NIGHT, "train", { outputs }));
  return await registerVersion(tracking, "night", {
    [tags.workspace]: WORKSPACE,
    [tags.night]: NIGHT,
    [tags.modelDigest]: modelDigest(files),
  });
}

test("a version that is as it was registered", async ({ ledger, tracking }) => {
  const version = await registered(ledger, tracking);
  expect(await inspectVersion(ledger, tracking, version)).toEqual({ version, checked: true, damage: [] });
});

test("one whose files were changed is named with its stage, and the night's folder has the same", async ({
  ledger,
  tracking,
}) => {
  const version = await registered(ledger, tracking);
  await appendFile(join(fileURLToPath(version.source), "model.json"), " ");
  const damage = {
    file: `version 1 of ${modelName}`,
    message: `the files of version 1 of ${modelName} (None) are not those that were registered`,
    remedy: `${FOLDER} of the store has the same: copy model.json and preprocessing.json from there to ${version.source}`,
  };
  expect((await inspectVersion(ledger, tracking, version)).damage).toEqual([damage]);

  const elsewhere = "restore its folder from a backup, or promote another version: churn models";
  await ledger.store.write(`${FOLDER}/model.json`, "{}");
  expect((await inspectVersion(ledger, tracking, version)).damage).toEqual([{ ...damage, remedy: elsewhere }]);
  const foreign = { ...version, tags: { ...version.tags, [tags.workspace]: "another" } };
  expect((await inspectVersion(ledger, tracking, foreign)).damage).toEqual([{ ...damage, remedy: elsewhere }]);
});

test("one whose files are gone can't be read, and why is told", async ({ ledger, tracking }) => {
  const version = await registered(ledger, tracking);
  await rm(fileURLToPath(version.source), { recursive: true });
  expect((await inspectVersion(ledger, tracking, version)).damage).toMatchObject([
    { message: expect.stringMatching(`^version 1 of ${modelName} \\(None\\) can't be read: the files of `) },
  ]);
});

test("one that somebody else made has no digest to be held to", async ({ ledger, tracking }) => {
  const version = await registerVersion(tracking, "foreign");
  expect(await inspectVersion(ledger, tracking, version)).toEqual({ version, checked: false, damage: [] });
});
