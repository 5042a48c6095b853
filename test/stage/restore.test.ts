import { expect } from "vitest";
import { attemptKey, readSuccess, recordKey, type StageRecord, writeRecord } from "../../src/lib/stage/record.ts";
import { restoredText, restoreRecords } from "../../src/lib/stage/restore.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { succeeded, successOf } from "../support/records.ts";
import { extracted, test, trained } from "../support/small-pipeline.ts";

const NIGHT = "2026-11-23";
const tonight = nightOf(NIGHT, 1);

const restoredFrom = ({ night, stage, run }: StageRecord) => ({
  key: recordKey(night, stage),
  from: attemptKey(night, run, stage),
});

test("the records of a decided night that are missing come back from their attempts, byte for byte", async ({
  small,
}) => {
  const extract = await extracted(small, NIGHT);
  const train = await trained(small, NIGHT);
  await succeeded(small, NIGHT, "validate", "register", "notify");
  const key = recordKey(NIGHT, "train");
  const before = await small.store.read(key);
  expect(await restoreRecords(small, tonight), "nothing is missing").toEqual([]);

  await small.store.remove(key);
  await small.store.remove(recordKey(NIGHT, "extract"));
  expect(await restoreRecords(small, tonight)).toEqual([restoredFrom(extract), restoredFrom(train)]);
  expect(await small.store.read(key)).toEqual(before);

  await small.store.remove(recordKey(NIGHT, "register"));
  await small.store.remove(recordKey(NIGHT, "notify"));
  const texts = (await restoreRecords(small, tonight)).map(restoredText);
  expect(texts).toEqual([
    "records/2026-11-23/register.json was missing, and is restored from records/2026-11-23/attempts/20261123T050000Z-0001/register.json",
    expect.stringMatching(/^records\/2026-11-23\/notify\.json was missing/),
  ]);
});

test("what isn't proven stays missing: no attempt, or other outputs than it names", async ({ small }) => {
  await extracted(small, NIGHT);
  const train = await trained(small, NIGHT);
  await succeeded(small, NIGHT, "validate", "register");
  await small.store.write(`raw/${NIGHT}/table.parquet`, "others");
  await small.store.remove(attemptKey(NIGHT, train.run, "train"));
  for (const stage of ["extract", "train"]) await small.store.remove(recordKey(NIGHT, stage));
  expect(await restoreRecords(small, tonight)).toEqual([]);
  expect(await readSuccess(small, NIGHT, "extract")).toBeUndefined();
});

test("of several attempts that succeeded, the newest one counts whose outputs are there", async ({ small }) => {
  const extract = await extracted(small, NIGHT);
  await succeeded(small, NIGHT, "validate", "train", "register");
  // As from a clock that was ahead: its files have been replaced since.
  const run = "20261123T090000Z-0009";
  const { table } = extract.outputs;
  const outputs = table?.kind === "file" ? { table: { ...table, sha256: "0".repeat(64) } } : {};
  await writeRecord(small, attemptKey(NIGHT, run, "extract"), { ...extract, run, outputs });
  await small.store.remove(recordKey(NIGHT, "extract"));
  expect(await restoreRecords(small, tonight)).toEqual([restoredFrom(extract)]);
});

test("a night that isn't decided is left to its stages; the decided one before it is put right", async ({ small }) => {
  await succeeded(small, "2026-11-19", "register");
  const extract = await extracted(small, "2026-11-20");
  await succeeded(small, "2026-11-20", "register");
  await extracted(small, "2026-11-21");
  await extracted(small, NIGHT);
  for (const night of ["2026-11-20", "2026-11-21", NIGHT]) await small.store.remove(recordKey(night, "extract"));
  await small.store.remove(recordKey("2026-11-19", "register"));
  expect(await restoreRecords(small, tonight)).toEqual([restoredFrom(extract)]);
  expect(await readSuccess(small, NIGHT, "extract")).toBeUndefined();
});

test("a decision that is lost is nothing to go by, and no error here", async ({ small }) => {
  await extracted(small, "2026-11-20");
  await writeRecord(small, recordKey("2026-11-20", "notify"), successOf("2026-11-20", "notify"));
  expect(await restoreRecords(small, tonight)).toEqual([]);
  await expect(restoreRecords(small, nightOf("2026-11-20", 1))).resolves.toEqual([]);
});
