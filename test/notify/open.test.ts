import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import type { Message } from "../../src/lib/notify/message.ts";
import { openChannels } from "../../src/lib/notify/open.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";

const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-channels-"));
    await use(root);
    await rm(root, { recursive: true, force: true });
  },
});

const failed: Message = {
  kind: "failed",
  night: "2026-11-23.2",
  run: "20261123T050000Z-7f3a",
  stage: "train",
  reason: "the disk is full",
  details: [],
  hint: null,
  workspace: "/srv/churn",
  host: "ml-1",
};
const decided: Message = {
  kind: "not_registered",
  night: "2026-11-23",
  model: "churn-model",
  outcome: "identical",
  reason: "It is the same model as version 1, which is in production",
  f1: 0.5,
  auc_roc: 0.8,
  rows: 100,
  production: { version: 1, f1: 0.5 },
  improvement: 0,
  min_improvement: 0.01,
  recorded_f1: 0.5625,
  stage: "Staging",
  production_moved: null,
  mlflow_run_id: "a".repeat(32),
};

test("the channels of churn.yaml are opened in its order", async ({ root }) => {
  const means = { store: openFolderStore(root), say: () => {} };
  expect(openChannels(["file", "terminal"], means).map(({ name }) => name)).toEqual(["file", "terminal"]);
  expect(openChannels([], means)).toEqual([]);
});

test("the file channel keeps a text a night, and one for each run that failed", async ({ root }) => {
  const [file] = openChannels(["file"], { store: openFolderStore(root), say: () => {} });
  expect(await file?.send(decided)).toBe("notifications/2026-11-23.txt");
  expect(await file?.send(failed)).toBe("notifications/2026-11-23.2.failed.20261123T050000Z-7f3a.txt");
  expect(await readFile(join(root, "notifications", "2026-11-23.txt"), "utf8")).toBe(
    "ℹ️ Training completed, no new model registered.\nReason: It is the same model as version 1, which is in production\n",
  );
});

test("the terminal channel says a decision line by line, and nothing of a failure, whose error stands there already", async ({
  root,
}) => {
  const said: string[] = [];
  const [terminal] = openChannels(["terminal"], { store: openFolderStore(root), say: (line) => said.push(line) });
  expect(await terminal?.send(failed)).toBe("shown");
  expect(said).toEqual([]);
  await terminal?.send(decided);
  expect(said).toEqual([
    "ℹ️ Training completed, no new model registered.",
    "Reason: It is the same model as version 1, which is in production",
  ]);
});
