import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { CredentialsError, UnreachableError, UsageError } from "../../src/lib/errors.ts";
import type { Damage } from "../../src/lib/integrity/damage.ts";
import { originOf } from "../../src/lib/integrity/origin.ts";
import { inspectVersion } from "../../src/lib/integrity/version.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { MLMODEL } from "../../src/lib/tracking/model-files.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelVersion, Tracking } from "../../src/lib/tracking/tracking.ts";
import { registeredNight, test } from "../support/registered-night.ts";
import { modelName, registerVersion } from "../support/tracking-folder.ts";

const NIGHT = "2026-11-23";
const FOLDER = `models/${NIGHT}/model`;
const NAME = `version 1 of ${modelName}`;
const backup = "restore its folder from a backup, or promote another version: churn models";

function withTags(version: ModelVersion, others: Readonly<Record<string, string | undefined>>): ModelVersion {
  return { ...version, tag: (key) => (key in others ? others[key] : version.tag(key)) };
}

async function damageOf(archive: Archive, tracking: Tracking, version: ModelVersion): Promise<readonly Damage[]> {
  return (await inspectVersion(archive, tracking, version, await originOf(archive, NIGHT))).damage;
}

test("a version that is as it was registered", async ({ nights, tracking }) => {
  const version = await registeredNight(nights, tracking, NIGHT);
  const origin = await originOf(nights, NIGHT);
  expect(await inspectVersion(nights, tracking, version, origin)).toEqual({ version, checked: true, damage: [] });
  expect(origin?.folder.files).toHaveLength(8);
});

test.for(["model.json", "preprocessing.json", MLMODEL, "requirements.txt", "conda.yaml", "input_example.json"])(
  "a change of its %s is named with its stage, and how the night's own file puts it right",
  async (name, { nights, tracking }) => {
    const version = await registeredNight(nights, tracking, NIGHT);
    const path = join(fileURLToPath(version.source), name);
    const run = name === MLMODEL ? `, and add the line run_id: "${version.runId}" at its end` : "";
    const damage = {
      file: NAME,
      message: `${name} of ${NAME} (None) was changed since it was registered`,
      remedy: `copy ${FOLDER}/${name} of the store to ${version.source}/${name}${run}`,
    };
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    for (const content of [bytes, bytes.subarray(0, bytes.length >> 1), ""]) {
      await writeFile(path, content);
      expect(await damageOf(nights, tracking, version)).toEqual([damage]);
    }
    if (name === MLMODEL) return;
    await rm(path);
    expect(await damageOf(nights, tracking, version)).toMatchObject([
      { message: `${name} of ${NAME} (None) was removed since it was registered` },
    ]);
    await nights.store.write(`${FOLDER}/${name}`, "{}");
    expect(await damageOf(nights, tracking, version)).toMatchObject([{ remedy: backup }]);
  },
);

test("a tag or a run that was changed or removed is named with what it was", async ({ nights, tracking }) => {
  const version = await registeredNight(nights, tracking, NIGHT);
  const changed = withTags(version, { [tags.f1]: undefined, [tags.threshold]: "" });
  expect(await damageOf(nights, tracking, changed)).toEqual([
    {
      file: NAME,
      message: `the tag churn.threshold of ${NAME} (None) was changed since it was registered`,
      remedy: "set it to 0.5 again",
    },
    {
      file: NAME,
      message: `the tag churn.f1 of ${NAME} (None) was removed since it was registered`,
      remedy: "set it to 0.65 again",
    },
  ]);
  expect(await damageOf(nights, tracking, { ...version, runId: "f".repeat(32) })).toEqual([
    {
      file: NAME,
      message: `the run_id of ${NAME} (None) was changed since it was registered`,
      remedy: `set it to ${version.runId} again`,
    },
  ]);
  const more = withTags(version, { [tags.promotedBy]: "maria" });
  expect(await damageOf(nights, tracking, more), "what promote adds is no damage").toEqual([]);
});

test("where the night is another workspace's, the digest among the tags tells", async ({ nights, tracking }) => {
  const version = await registeredNight(nights, tracking, NIGHT);
  expect((await inspectVersion(nights, tracking, version, undefined)).damage).toEqual([]);
  await appendFile(join(fileURLToPath(version.source), "model.json"), " ");
  expect((await inspectVersion(nights, tracking, version, undefined)).damage).toEqual([
    { file: NAME, message: `the files of ${NAME} (None) are not those that were registered`, remedy: backup },
  ]);
});

test("one whose files are gone can't be read, and why is told", async ({ nights, tracking }) => {
  const version = await registeredNight(nights, tracking, NIGHT);
  await rm(fileURLToPath(version.source), { recursive: true });
  expect(await damageOf(nights, tracking, version)).toMatchObject([
    { message: expect.stringMatching(`^${NAME} \\(None\\) can't be read: the files of `), remedy: backup },
  ]);
});

test("a server that lets nobody in to its files tells nothing of them", async ({ nights, tracking }) => {
  const version = await registeredNight(nights, tracking, NIGHT);
  const denied = new UsageError("the server denies s3:GetObject");
  for (const gone of [new UnreachableError("it fails"), new CredentialsError("they have expired"), denied]) {
    const away = { ...tracking, downloadModel: () => Promise.reject(gone) };
    await expect(damageOf(nights, away, version)).rejects.toBe(gone);
  }
});

test("one that somebody else made has no digest to be held to", async ({ nights, tracking }) => {
  const version = await registerVersion(tracking, "foreign");
  expect(await inspectVersion(nights, tracking, version, undefined)).toEqual({ version, checked: false, damage: [] });
});
