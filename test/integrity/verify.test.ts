import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { damageIn, damageOfVersionFrom, type Verification, verify } from "../../src/lib/integrity/verify.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { listNights } from "../../src/lib/stage/nights.ts";
import { recordKey } from "../../src/lib/stage/record.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { oddServer } from "../support/odd-server.ts";
import { WORKSPACE } from "../support/records.ts";
import { registeredNight, test } from "../support/registered-night.ts";
import { extracted } from "../support/small-pipeline.ts";
import { modelName, registerVersion } from "../support/tracking-folder.ts";
import { trackingAt } from "../support/tracking-server.ts";

const NIGHT = "2026-11-23";
const tonight = nightOf(NIGHT, 1);
const NAME = `version 1 of ${modelName}`;

async function verified(
  archive: Archive,
  { all = false, nights = [tonight] } = {},
): Promise<Verification & { heard: string[] }> {
  const heard: string[] = [];
  const tracking = async () => openFolder(join(archive.store.address, "mlruns"));
  const onStart = (what: string) => void heard.push(what);
  const root = archive.store.address;
  return { ...(await verify({ archive, root, tracking, model: modelName, nights, all, onStart })), heard };
}

test("nights with their versions; with --all every version, and nights that the registry alone knows", async ({
  small,
}) => {
  const tracking = openFolder(join(small.store.address, "mlruns"));
  const own = { [tags.workspace]: WORKSPACE, [tags.modelDigest]: "d".repeat(64) };
  await registerVersion(tracking, "a", { ...own, [tags.night]: NIGHT });
  await registerVersion(tracking, "b", { ...own, [tags.night]: "2026-11-20" });
  await registerVersion(tracking, "c", { [tags.night]: NIGHT, [tags.workspace]: "another" });
  await extracted(small, NIGHT);

  const one = await verified(small);
  expect(one.heard).toEqual([`night of ${NIGHT}`, `version 1 of ${modelName}`]);
  const all = await verified(small, { all: true, nights: [...(await listNights(small))] });
  expect(all.heard).toEqual([
    "night of 2026-11-20",
    `night of ${NIGHT}`,
    ...[3, 2, 1].map((version) => `version ${version} of ${modelName}`),
  ]);
  expect(all.nights[0]?.damage[0]?.message).toBe(
    `records/2026-11-20/register.json is missing, although version 2 of ${modelName} tells of that night's decision`,
  );
  expect(damageIn(all)).toEqual([...all.nights, ...all.versions].flatMap(({ damage }) => damage));
});

test("a version whose tags no longer tell of the night is known by its run", async ({ nights, tracking }) => {
  const version = await registeredNight(nights, tracking, NIGHT);
  await tracking.setModelVersionTags(modelName, version.version, { [tags.rows]: "", [tags.night]: "2026-11-20" });
  const { versions, nights: found } = await verified(nights, { all: true });
  expect(
    found.map(({ night }) => night.name),
    "a damaged tag tells of no night",
  ).toEqual([NIGHT]);
  expect(versions.flatMap(({ damage }) => damage.map(({ message }) => message))).toEqual(
    [tags.night, tags.rows].map(
      (tag) => `the tag ${tag} of version 1 of ${modelName} (None) was changed since it was registered`,
    ),
  );
});

test("a version that a later night of the date registered once more is that one's", async ({ nights, tracking }) => {
  const version = await registeredNight(nights, tracking, NIGHT);
  await registeredNight(nights, tracking, `${NIGHT}.2`, version);
  for (const night of [tonight, nightOf(NIGHT, 2)]) {
    expect(damageIn(await verified(nights, { nights: [night] })).map(({ file }) => file)).not.toContain(NAME);
    expect(
      await damageOfVersionFrom({ archive: nights, tracking: async () => tracking, model: modelName }, night),
    ).toEqual([]);
  }
  await tracking.setModelVersionTags(modelName, 1, { [tags.night]: NIGHT });
  expect(damageIn(await verified(nights)).map(({ file }) => file)).toContain(NAME);
});

test("a registry that has lost every version is damage; one that somebody deleted isn't", async ({
  nights,
  tracking,
}) => {
  await registeredNight(nights, tracking, "2026-11-22");
  await registeredNight(nights, tracking, NIGHT);
  const models = join(nights.store.address, "mlruns/models", modelName);
  await rm(join(models, "version-2"), { recursive: true });
  expect((await verified(nights)).damage).toEqual([]);
  await rm(models, { recursive: true });
  expect((await verified(nights)).damage).toEqual([
    {
      file: `the registry of ${modelName}`,
      message: `${tracking.uri} has no version of ${modelName}, but the night of ${NIGHT} registered version 2 there`,
      remedy: "restore it from a backup; or is tracking.uri another one than then?",
    },
  ]);
});

test("a registry that can't be read is damage of its own", async ({ small }) => {
  const tracking = openFolder(join(small.store.address, "mlruns"));
  await registerVersion(tracking, "a");
  const meta = join(small.store.address, "mlruns/models", modelName, "version-1/meta.yaml");
  await writeFile(meta, "");
  await extracted(small, NIGHT);
  const found = await verified(small);
  expect(found.damage).toEqual([
    { file: `the registry of ${modelName}`, message: `${meta} is damaged: it is empty`, remedy: expect.any(String) },
  ]);
  expect(damageIn(found)).toHaveLength(1);
});

test("one that can't be reached, or lets nobody in, has damaged nothing", async ({ small }) => {
  await extracted(small, NIGHT);
  const verifiedAt = async (url: string) => {
    await using server = trackingAt(url);
    const tracking = async () => server;
    return await verify({
      archive: small,
      root: small.store.address,
      tracking,
      model: modelName,
      nights: [tonight],
      all: false,
      onStart: () => {},
    });
  };
  await expect(verifiedAt("http://127.0.0.1:1")).rejects.toMatchObject({ exitCode: 5 });
  await using strict = await oddServer(() => ({ status: 401, body: "" }));
  await expect(verifiedAt(strict.url)).rejects.toMatchObject({ exitCode: 2 });
});

test("what a run is writing at the moment is looked at twice", async ({ small }) => {
  await extracted(small, NIGHT);
  const key = `raw/${NIGHT}/table.parquet`;
  await small.store.write(key, "half way to other rows");
  let looks = 0;
  // As a stage does: its record goes before its first file is replaced.
  const store = {
    ...small.store,
    stat: async (asked: string) => {
      const found = await small.store.stat(asked);
      if (asked === key && ++looks === 1) await small.store.remove(recordKey(NIGHT, "extract"));
      return found;
    },
  };
  expect(damageIn(await verified({ ...small, store }))).toEqual([]);
  expect(looks).toBe(1);
});

test("a tag that is no file is named as damage, and ends nothing", async ({ nights, tracking }) => {
  const { version } = await registeredNight(nights, tracking, NIGHT);
  await registerVersion(tracking, "another", { [tags.night]: NIGHT });
  for (const tag of [tags.threshold, tags.workspace, tags.contentDigest]) {
    const place = join(nights.store.address, "mlruns/models", modelName, `version-${version}/tags`, tag);
    await rm(place, { force: true });
    execFileSync("mkfifo", [place]);
  }
  const found = await verified(nights, { all: true });
  expect(found.versions).toHaveLength(2);
  const messages = damageIn(found).map(({ message }) => message);
  for (const tag of [tags.threshold, tags.workspace, tags.contentDigest])
    expect(
      messages.filter((message) => message.includes(`${tag} is a named pipe and no file`)),
      tag,
    ).toHaveLength(1);
});
