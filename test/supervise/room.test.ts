import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { doubtOfRoom, type FileSystem, newestSizes, placesOf, shortOfRoom } from "../../src/lib/supervise/room.ts";
import { wholeNight } from "../support/old-nights.ts";
import { test } from "../support/registered-night.ts";

const NIGHT = "2026-11-23";
const MB = 2 ** 20;
const places = [
  { name: "the store", path: "/store", share: "night" },
  { name: "local tracking", path: "/mlruns", share: "model" },
] as const;
const disk =
  (free: number, id = 1) =>
  (): FileSystem => ({ id, free });

describe("before a night", () => {
  test("the newest decided one says what it takes, with a reserve", async ({ nights, tracking }) => {
    expect(shortOfRoom(places, await newestSizes(nights), disk(0))).toBeUndefined();
    await wholeNight(nights, tracking, NIGHT);
    expect(shortOfRoom(places, await newestSizes(nights), disk(2 * MB))).toBeUndefined();
    expect(shortOfRoom(places, await newestSizes(nights), disk(MB))).toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(
        /^the store \(\/store\) has 1\.0 MB free, but a night needs 1\.1 MB there: that of 2026-11-23 took \d\.\d kB$/,
      ),
      hint: "make room first: churn gc --keep 30d --dry-run shows what old nights would free",
    });
  });

  test("what lies on one disk is added, on two it isn't", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, NIGHT);
    const enoughForOne = MB + Math.ceil(1.25 * (await sizeOfNight(nights)));
    expect(shortOfRoom(places, await newestSizes(nights), disk(enoughForOne))).toMatchObject({
      message: expect.stringContaining("local tracking (/mlruns)"),
    });
    const apart = (path: string) => ({ id: path.length, free: enoughForOne });
    expect(shortOfRoom(places, await newestSizes(nights), apart)).toBeUndefined();
  });

  test("a place of which nobody can tell is no reason not to begin", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, NIGHT);
    expect(shortOfRoom(places, await newestSizes(nights), () => undefined)).toBeUndefined();
    // Asked of the machine, where the folder is still to be made.
    const missing = [{ ...places[0], path: join(nights.store.address, "a", "b") }];
    expect(shortOfRoom(missing, await newestSizes(nights))).toBeUndefined();
  });
});

describe("before a first night", () => {
  const sourceOf = (bytes: number | undefined) => async () => bytes;

  test("files that are larger than what is free are a doubt, and no more", async ({ nights }) => {
    expect(await doubtOfRoom(places, await newestSizes(nights), sourceOf(5e9), disk(1e9))).toBe(
      "the store (/store) has 1.0 GB free, and the customers' files have 5.0 GB: the disk may be too small for this first night",
    );
    expect(await doubtOfRoom(places, await newestSizes(nights), sourceOf(5e9), disk(6e9))).toBeUndefined();
  });

  test("of a source without files nothing is known, and what nobody can tell is no doubt", async ({ nights }) => {
    expect(await doubtOfRoom(places, await newestSizes(nights), sourceOf(undefined), disk(0))).toBeUndefined();
    expect(await doubtOfRoom(places, await newestSizes(nights), sourceOf(5e9), () => undefined)).toBeUndefined();
  });

  test("is the question: a decided night knows better", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, NIGHT);
    const asked = () => Promise.reject(new Error("nobody asks"));
    expect(await doubtOfRoom(places, await newestSizes(nights), asked, disk(0))).toBeUndefined();
  });
});

test("the places are those on this machine", async ({ nights, tracking }) => {
  const named = async (store: string, local: boolean) => {
    const asked = {
      root: "/workspace",
      store: { address: store, isLocal: local },
      tracking: async () => ({ isLocal: local, uri: tracking.uri }),
    };
    return (await placesOf(asked)).map(({ name }) => name);
  };
  expect(await named(nights.store.address, true)).toEqual([
    "the store",
    "local tracking",
    "the place for temporary files",
  ]);
  expect(await named("s3://bucket/prefix", false)).toEqual(["the cache", "the place for temporary files"]);
});

/** What the records name. */
async function sizeOfNight({ store }: Pick<Archive, "store">): Promise<number> {
  const keys = [
    `raw/${NIGHT}/customers.parquet`,
    `models/${NIGHT}/comparison.json`,
    `models/${NIGHT}/registration.json`,
    ...(await store.list(`models/${NIGHT}/model`)).map((name) => `models/${NIGHT}/model/${name}`),
  ];
  let bytes = 0;
  for (const key of keys) bytes += (await store.stat(key))?.size_bytes ?? 0;
  return bytes;
}
