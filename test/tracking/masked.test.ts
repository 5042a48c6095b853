import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { maskedTracking } from "../../src/lib/tracking/masked.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { experiment, modelName, newRun, test } from "../support/tracking-folder.ts";

const SECRET = "s3cret";
const redact = (text: string) => text.replaceAll(/s3cret|68343/g, "***");

test("no tag and no param of a run has a secret, in no file", async ({ root, tracking: folder }) => {
  const tracking = maskedTracking(folder, redact);
  const repo = { "mlflow.source.git.repoURL": `https://${SECRET}@github.com/a/b.git` };
  const run = newRun();
  const { runId } = await tracking.createRun({ ...run, tags: { ...run.tags, ...repo } });
  await tracking.logBatch(runId, { params: { note: SECRET }, tags: { "mlflow.note.content": `of ${SECRET}` } });
  expect(await tracking.getRun(runId)).toMatchObject({
    params: { note: "***" },
    tags: { "mlflow.source.git.repoURL": "https://***@github.com/a/b.git", "mlflow.note.content": "of ***" },
  });
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    expect(await readFile(join(parentPath, name), "utf8"), name).not.toContain(SECRET);
  }
});

test("a version's description and tags have none either", async ({ tracking: folder }) => {
  const heard: unknown[] = [];
  const tracking = maskedTracking(
    {
      ...folder,
      createModelVersion: async ({ description, tags: given, ...version }) => {
        heard.push(description, given);
        return { ...version, version: 1, stage: "None", creationTime: 0, tag: (key) => given[key], aliases: [] };
      },
      setModelVersionTags: async (_, __, given) => void heard.push(given),
      addToDescription: async (_, __, line) => void heard.push(line),
    },
    redact,
  );
  const version = { name: modelName, runId: "r", source: "file:///srv", tags: { by: SECRET } };
  await tracking.createModelVersion({ ...version, description: `of ${SECRET}` });
  await tracking.setModelVersionTags(modelName, 1, { [tags.promotedBy]: SECRET });
  await tracking.addToDescription(modelName, 1, `Promoted: ${SECRET}`);
  expect(heard).toEqual(["of ***", { by: "***" }, { [tags.promotedBy]: "***" }, "Promoted: ***"]);
});

test("ids, digests and figures stay what they are: churn finds its own by them", async ({ tracking }) => {
  const own = { [tags.runKey]: "w s3cret", [tags.modelDigest]: "s3cret", [tags.rows]: "68343", [tags.night]: "s3cret" };
  const masked = maskedTracking(tracking, redact);
  const { runId } = await masked.createRun({ ...newRun(), tags: own });
  expect((await masked.getRun(runId))?.tags).toMatchObject(own);
  expect(await masked.findRun(experiment, { key: tags.runKey, value: "w s3cret" })).toMatchObject({ runId });
});
