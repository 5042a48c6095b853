import { describe, expect } from "vitest";
import type { Damage } from "../../src/lib/integrity/damage.ts";
import { byDigest } from "../../src/lib/integrity/file-check.ts";
import { inspectNight } from "../../src/lib/integrity/night.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { attemptKey, recordKey, writeRecord } from "../../src/lib/stage/record.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { succeeded, successOf, WORKSPACE } from "../support/records.ts";
import { extracted, test, trained } from "../support/small-pipeline.ts";

const NIGHT = "2026-11-23";
const tonight = nightOf(NIGHT, 1);
const RUN = "20261123T050000Z-0001";
const anew = `restore it from a backup, or decide that night anew: churn run-all --date ${NIGHT} --again`;

async function decided(archive: Archive): Promise<void> {
  await extracted(archive, NIGHT);
  await trained(archive, NIGHT);
  await succeeded(archive, NIGHT, "validate", "register", "notify");
}

async function damageOf(archive: Archive): Promise<readonly Damage[]> {
  return (await inspectNight(archive, tonight, byDigest(archive.store))).damage;
}

test("a night that is whole: its files, records and attempts are counted, and nothing is written", async ({
  small,
}) => {
  await decided(small);
  const inspection = await inspectNight(small, tonight, byDigest(small.store));
  expect(inspection).toEqual({ night: tonight, decided: true, files: 5 + 5 + 5, removed: 0, damage: [] });
});

test("what a stage left and somebody changed or removed is named with its writer and a way back", async ({ small }) => {
  await decided(small);
  await small.store.write(`raw/${NIGHT}/table.parquet`, "other rows");
  await small.store.remove(`models/${NIGHT}/model/MLmodel`);
  expect(await damageOf(small)).toEqual([
    {
      file: `raw/${NIGHT}/table.parquet`,
      message: `raw/${NIGHT}/table.parquet was changed since extract wrote it`,
      remedy: anew,
    },
    {
      file: `models/${NIGHT}/model/MLmodel`,
      message: `models/${NIGHT}/model/MLmodel was removed since train wrote it`,
      remedy: anew,
    },
  ]);
});

test("the way back is a copy where another file of the night has the same bytes", async ({ small }) => {
  await decided(small);
  // Of the small pipeline, two reports say the same.
  await small.store.remove(`models/${NIGHT}/report.json`);
  expect(await damageOf(small)).toMatchObject([
    { remedy: `cp raw/${NIGHT}/counted.json models/${NIGHT}/report.json restores it: both had the same bytes` },
  ]);
  await small.store.write(`raw/${NIGHT}/counted.json`, "{}");
  expect(await damageOf(small)).toMatchObject([{ remedy: anew }, { remedy: anew }]);
});

test("of a night that isn't decided, what is damaged is made anew by the next run", async ({ small }) => {
  await extracted(small, NIGHT);
  await small.store.write(`raw/${NIGHT}/table.parquet`, "other rows");
  expect(await inspectNight(small, tonight, byDigest(small.store))).toMatchObject({
    decided: false,
    damage: [{ remedy: `churn run-all --date ${NIGHT}` }],
  });
});

describe("records", () => {
  test("that are missing are restored from their attempts, where those prove them", async ({ small }) => {
    await decided(small);
    const [train, validate] = [recordKey(NIGHT, "train"), recordKey(NIGHT, "validate")];
    for (const key of [train, validate, attemptKey(NIGHT, RUN, "validate")]) await small.store.remove(key);
    const missing = [
      { file: validate, message: `${validate} is missing`, remedy: anew },
      {
        file: train,
        message: `${train} is missing`,
        remedy: `cp ${attemptKey(NIGHT, RUN, "train")} ${train} restores it, and so does the next run-all`,
      },
    ];
    expect(await damageOf(small)).toEqual(missing);
    await small.store.write(`models/${NIGHT}/report.json`, "{}");
    expect((await damageOf(small)).at(1)).toEqual({
      file: train,
      message: `${train} is missing and can't be restored: models/${NIGHT}/report.json was changed since train wrote it`,
      remedy: anew,
    });
  });

  test("whose decision is lost are told once", async ({ small }) => {
    await writeRecord(small, recordKey(NIGHT, "notify"), successOf(NIGHT, "notify"));
    await writeRecord(small, attemptKey(NIGHT, RUN, "notify"), successOf(NIGHT, "notify"));
    const damage = await damageOf(small);
    expect(damage.map(({ file }) => file)).toEqual(
      ["register", "extract", "validate", "train"].map((stage) => recordKey(NIGHT, stage)),
    );
    expect(damage[0]?.message).toBe(
      `records/${NIGHT}/register.json is missing, although records/${NIGHT}/notify.json tells of that night's decision`,
    );
  });

  test("that can't be read are named with what restores them", async ({ small }) => {
    await decided(small);
    for (const stage of ["train", "register"]) await small.store.write(recordKey(NIGHT, stage), "{");
    expect(await damageOf(small)).toEqual(
      ["train", "register"].map((stage) => ({
        file: recordKey(NIGHT, stage),
        message: `records/${NIGHT}/${stage}.json is damaged: it is not whole JSON`,
        remedy: `cp ${attemptKey(NIGHT, RUN, stage)} ${recordKey(NIGHT, stage)} restores it: the attempt's record is the same`,
      })),
    );
  });

  test("of another workspace are no damage but a mistake", async ({ small }) => {
    await decided(small);
    await expect(damageOf({ ...small, workspaceId: WORKSPACE.replaceAll("0", "1") })).rejects.toMatchObject({
      exitCode: 2,
    });
  });
});

describe("a record and its attempt", () => {
  const [key, attempt] = [recordKey(NIGHT, "train"), attemptKey(NIGHT, RUN, "train")];

  test("that is missing or can't be read is restored from the record", async ({ small }) => {
    await decided(small);
    await small.store.write(attempt, "{");
    const remedy = `cp ${key} ${attempt} restores it`;
    expect(await damageOf(small)).toEqual([
      { file: attempt, message: `${attempt} is damaged: it is not whole JSON`, remedy },
    ]);
    await small.store.remove(attempt);
    expect(await damageOf(small)).toEqual([{ file: attempt, message: `${attempt} is missing`, remedy }]);
  });

  test("that differ are told, and which of them the files prove wrong", async ({ small }) => {
    await decided(small);
    const text = (await small.store.read(key))?.toString() ?? "";
    await small.store.write(key, text.replace('"peak_memory_bytes": 1', '"peak_memory_bytes": 2'));
    expect(await damageOf(small)).toEqual([
      {
        file: key,
        message: `${key} and ${attempt} differ, though the same was written into both`,
        remedy: `diff ${key} ${attempt} shows which of them was changed: copy the other one over it`,
      },
    ]);

    await small.store.write(key, text.replace(/"sha256": "[0-9a-f]/g, '"sha256": "x'));
    expect(await damageOf(small), "the files are what the attempt says").toEqual([
      {
        file: key,
        message: `${key} was changed: the files are as ${attempt} has them`,
        remedy: `cp ${attempt} ${key} restores it`,
      },
    ]);
    await small.store.write(`models/${NIGHT}/report.json`, "{}");
    expect((await damageOf(small))[0]?.message, "neither is proven").toMatch(/differ, though the same was written/);
  });

  test("of a stage that was taken over lies with the other night", async ({ small }) => {
    await decided(small);
    const taken = successOf(`${NIGHT}.2`, "validate", { taken_over_from: NIGHT });
    await writeRecord(small, recordKey(`${NIGHT}.2`, "validate"), taken);
    expect((await inspectNight(small, nightOf(NIGHT, 2), byDigest(small.store))).damage).toEqual([]);
  });
});
