import { expect } from "vitest";
import { nightFiles, recordedFile, summaryOf } from "../../src/lib/stage/night-files.ts";
import { writeRemoved } from "../../src/lib/stage/removed.ts";
import { succeeded } from "../support/records.ts";
import { extracted, test, trained } from "../support/small-pipeline.ts";

const NIGHT = "2026-11-23";
const table = `raw/${NIGHT}/table.parquet`;

test("a night's files come with their sizes, digests and writers, the records last", async ({ small }) => {
  await extracted(small, NIGHT);
  await trained(small, NIGHT);
  await small.store.write(`notifications/${NIGHT}.txt`, "good news");
  await small.store.write(`notifications/${NIGHT}.failed.20261123T050000Z-0001.txt`, "bad news");
  await small.store.write(`notifications/${NIGHT}.2.txt`, "another night's");
  const { files, damage } = await nightFiles(small, NIGHT);
  expect(files.map(({ key, stage }) => `${stage} ${key}`)).toEqual([
    `extract ${table}`,
    `extract raw/${NIGHT}/counted.json`,
    `train models/${NIGHT}/model/MLmodel`,
    `train models/${NIGHT}/model/model.json`,
    `train models/${NIGHT}/report.json`,
    `null notifications/${NIGHT}.failed.20261123T050000Z-0001.txt`,
    `notify notifications/${NIGHT}.txt`,
    `extract records/${NIGHT}/extract.json`,
    `train records/${NIGHT}/train.json`,
    `extract records/${NIGHT}/attempts/20261123T050000Z-0001/extract.json`,
    `train records/${NIGHT}/attempts/20261123T050000Z-0001/train.json`,
  ]);
  expect(damage).toEqual([]);
  expect(files[0]).toMatchObject({ size_bytes: 6, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), state: "present" });
});

test("what is gone is missing, unless gc removed it; another size is a change", async ({ small }) => {
  const { outputs } = await extracted(small, NIGHT);
  const { table: reference } = outputs;
  await small.store.remove(table);
  expect(await recordedFile(small, NIGHT, table)).toMatchObject({ state: "missing", removed_at: null });
  const removed_at = "2026-12-24T05:00:00.000Z";
  const file = { key: table, size_bytes: 6, sha256: reference?.kind === "file" ? reference.sha256 : "" };
  await writeRemoved(small, NIGHT, { finished: [], files: [{ ...file, removed_at, limit: "--keep 30d" }] });
  expect(await recordedFile(small, NIGHT, table)).toMatchObject({ state: "removed", removed_at });
  expect(await summaryOf(small, NIGHT)).toMatchObject({ state: "not decided", files: 1, removed: 1 });
  await small.store.write(`raw/${NIGHT}/counted.json`, "{}");
  expect(await recordedFile(small, NIGHT, `raw/${NIGHT}/counted.json`)).toMatchObject({ state: "changed" });
  expect(await recordedFile(small, NIGHT, "raw/x")).toBeUndefined();
});

test("a night is decided by its record", async ({ small }) => {
  await succeeded(small, NIGHT, "register");
  expect(await summaryOf(small, NIGHT)).toEqual({
    night: NIGHT,
    state: "decided",
    files: 0,
    size_bytes: 0,
    removed: 0,
    missing: 0,
    damage: [],
  });
});

test("what is damaged is said, and the rest is listed", async ({ small }) => {
  await extracted(small, NIGHT);
  await trained(small, NIGHT);
  await small.store.write(`records/${NIGHT}/extract.json`, "{");
  await small.store.write(`records/${NIGHT}/removed.json`, "{");
  await small.store.remove(`models/${NIGHT}/report.json`);
  const damage = [
    `records/${NIGHT}/extract.json is damaged: it is not whole JSON`,
    `records/${NIGHT}/removed.json is damaged: it is not whole JSON`,
  ];
  expect(await summaryOf(small, NIGHT)).toMatchObject({ state: "not decided", files: 3, missing: 1, damage });
  const night = await nightFiles(small, NIGHT);
  expect(night.damage).toEqual(damage);
  expect(night.files[0]).toMatchObject({ key: `models/${NIGHT}/model/MLmodel`, state: "present" });
  expect(night.files[2]).toMatchObject({ key: `models/${NIGHT}/report.json`, state: "missing" });
  await small.store.write(`records/${NIGHT}/register.json`, "{");
  expect(await summaryOf(small, NIGHT)).toMatchObject({ state: "decided", damage: expect.arrayContaining(damage) });
});

test("what a decision has left tells of one whose record is lost", async ({ small }) => {
  await succeeded(small, NIGHT, "register", "notify");
  for (const stage of ["register", "notify"])
    await small.store.remove(`records/${NIGHT}/attempts/20261123T050000Z-0001/${stage}.json`);
  await small.store.remove(`records/${NIGHT}/register.json`);
  expect(await summaryOf(small, NIGHT)).toMatchObject({
    state: "decision lost",
    damage: [
      expect.stringMatching(/^records\/2026-11-23\/register\.json is missing, although .*notify\.json tells of/),
    ],
  });
});

test("a bucket isn't asked for each file of each night", async ({ small }) => {
  await extracted(small, NIGHT);
  const asked: string[] = [];
  const stat = async (key: string) => {
    asked.push(key);
    return undefined;
  };
  const archive = { ...small, store: { ...small.store, isLocal: false, stat } };
  expect(await summaryOf(archive, NIGHT)).toMatchObject({ files: 2, missing: null });
  expect(asked).toEqual([]);
});
