import { expect } from "vitest";
import { byDigest } from "../../src/lib/integrity/file-check.ts";
import { inspectNight } from "../../src/lib/integrity/night.ts";
import { planRemoval } from "../../src/lib/retention/plan.ts";
import { findDecision } from "../../src/lib/stage/decided.ts";
import { recordKey } from "../../src/lib/stage/record.ts";
import { readRemoved } from "../../src/lib/stage/removed.ts";
import { restoreRecords } from "../../src/lib/stage/restore.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { bucketStore } from "../support/bucket-store.ts";
import { startFaultyS3 } from "../support/faulty-s3.ts";
import { customersOf, removalOn, remove, wholeNight } from "../support/old-nights.ts";
import { successOf, writeSuccess } from "../support/records.ts";
import { test } from "../support/registered-night.ts";

const [OLD, NEWEST] = ["2026-11-20", "2026-12-20"];

test("a night loses its files, keeps its records and reports, and stays decided and whole", async ({
  nights,
  tracking,
}) => {
  await wholeNight(nights, tracking, OLD);
  await wholeNight(nights, tracking, NEWEST);
  await remove(removalOn(nights, tracking));
  const { store } = nights;
  expect(await store.list(`raw/${OLD}`)).toEqual([]);
  expect(await store.list(`models/${OLD}`)).toEqual(["comparison.json", "registration.json"]);
  const removed = await readRemoved(nights, OLD);
  expect(removed?.finished).toEqual(["raw", "processed", "features", "models"]);
  expect(removed?.files).toHaveLength(9);
  expect(removed?.files[0]).toMatchObject({
    key: `raw/${OLD}/customers.parquet`,
    size_bytes: 23,
    limit: "--keep 30d",
  });
  expect((await planRemoval(removalOn(nights, tracking))).nights).toEqual([]);

  const inspection = await inspectNight(nights, nightOf(OLD, 1), byDigest(store));
  expect(inspection).toMatchObject({ decided: true, removed: 9 });
  expect(inspection.damage.map(({ message }) => message).filter((text) => text.includes("was removed"))).toEqual([]);

  // A success record that is lost is proved by its attempt, though the files are gone.
  await store.remove(recordKey(OLD, "train"));
  await store.remove(recordKey(OLD, "register"));
  expect((await findDecision(nights, OLD)).kind).toBe("decided");
  const restored = await restoreRecords(nights, nightOf(OLD, 1));
  expect(restored.map(({ key }) => key)).toEqual([recordKey(OLD, "train"), recordKey(OLD, "register")]);
});

test("a kill after the list and before the files leaves nothing unexplained, and the same again finishes", async ({
  nights,
  tracking,
}) => {
  await wholeNight(nights, tracking, OLD);
  await wholeNight(nights, tracking, NEWEST);
  let left = 3;
  const killed = {
    ...nights,
    store: {
      ...nights.store,
      remove: async (key: string) => {
        if (left === 0) throw new Error("killed");
        left -= 1;
        await nights.store.remove(key);
      },
    },
  };
  await expect(remove(removalOn(killed, tracking))).rejects.toThrow("killed");
  expect(await readRemoved(nights, OLD)).toMatchObject({ finished: [] });
  expect(await inspectNight(nights, nightOf(OLD, 1), byDigest(nights.store))).toMatchObject({ removed: 3 });
  const again = await planRemoval(removalOn(nights, tracking));
  expect(again.nights.map(({ files }) => files.length)).toEqual([6]);
  await remove(removalOn(nights, tracking));
  const removed = await readRemoved(nights, OLD);
  expect([removed?.files.length, removed?.finished.length]).toEqual([9, 4]);
});

test("what was made anew since is a night's file again, and damage where it is gone", async ({ nights, tracking }) => {
  await wholeNight(nights, tracking, NEWEST);
  const extract = async (ended_at: string) =>
    await writeSuccess(
      nights,
      successOf(OLD, "extract", { outputs: { customers: await customersOf(nights, OLD) }, ended_at }),
    );
  await extract("2026-11-20T05:00:00.000Z");
  await remove(removalOn(nights, tracking));
  expect(await readRemoved(nights, OLD)).toMatchObject({ finished: [], files: [{ limit: "--keep 30d" }] });
  const inspect = async () => await inspectNight(nights, nightOf(OLD, 1), byDigest(nights.store));
  expect(await inspect()).toMatchObject({ removed: 1, damage: [] });
  await extract("2126-11-20T05:00:00.000Z");
  expect(await inspect()).toMatchObject({ removed: 0, damage: [] });
  await nights.store.remove(`raw/${OLD}/customers.parquet`);
  expect(await inspect()).toMatchObject({ removed: 0, damage: [{ message: expect.stringContaining("was removed") }] });
});

test("a file that somebody has restored goes with the next gc, and nothing else is looked for", async ({
  nights,
  tracking,
}) => {
  for (const night of [OLD, NEWEST]) await wholeNight(nights, tracking, night);
  await remove(removalOn(nights, tracking));
  const before = await readRemoved(nights, OLD);
  const restored = await customersOf(nights, OLD);
  const plan = await planRemoval(removalOn(nights, tracking));
  expect(plan.nights.map(({ night, files }) => [night, files.map(({ key }) => key)])).toEqual([[OLD, [restored.key]]]);
  await remove(removalOn(nights, tracking));
  expect(await nights.store.stat(restored.key)).toBeUndefined();
  const after = await readRemoved(nights, OLD);
  expect(after?.finished).toEqual(before?.finished);
  expect(after?.files.map(({ key }) => key)).toEqual(before?.files.map(({ key }) => key));
  expect((await planRemoval(removalOn(nights, tracking))).nights).toEqual([]);
  expect(await inspectNight(nights, nightOf(OLD, 1), byDigest(nights.store))).toMatchObject({ removed: 9 });
});

test("and so in a bucket, file by file", async ({ nights, tracking }) => {
  await using server = await startFaultyS3();
  const store = await bucketStore(server, nights.store.address);
  const archive = { ...nights, store };
  await store.begin("a test");
  for (const night of [OLD, NEWEST]) await wholeNight(archive, tracking, night);
  await remove(removalOn(archive, tracking));
  await store.end();
  const left = [...server.objects("bucket").keys()].filter((key) => key.includes(OLD) && !key.includes("/records/"));
  expect(left.sort()).toEqual([`churn/models/${OLD}/comparison.json`, `churn/models/${OLD}/registration.json`]);
  expect((await readRemoved({ ...archive, store: store.thorough() }, OLD))?.files).toHaveLength(9);
  expect(await inspectNight(archive, nightOf(OLD, 1), byDigest(store.thorough()))).toMatchObject({
    decided: true,
    removed: 9,
  });
});
