import { expect } from "vitest";
import { isFrom, originOf } from "../../src/lib/integrity/origin.ts";
import { recordKey } from "../../src/lib/stage/record.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { succeeded } from "../support/records.ts";
import { registeredNight, test } from "../support/registered-night.ts";
import { modelName } from "../support/tracking-folder.ts";

const NIGHT = "2026-11-23";

test("a night's records say which version it registered, from which files, with which tags", async ({
  nights,
  tracking,
}) => {
  const version = await registeredNight(nights, tracking, NIGHT);
  const origin = await originOf(nights, NIGHT);
  expect(origin).toMatchObject({ night: NIGHT, name: modelName, version: 1, runId: version.runId, digested: true });
  for (const [tag, value] of Object.entries(origin?.tags ?? {})) expect(version.tag(tag), tag).toBe(value);
  expect(Object.keys(origin?.tags ?? {})).toHaveLength(7);
  expect(origin && isFrom(version, origin)).toBe(true);
  const otherRun = { ...version, runId: "of another registry" };
  expect(origin && isFrom(otherRun, origin), "its tags tell").toBe(true);
  expect(origin && isFrom({ ...otherRun, tag: () => undefined }, origin)).toBe(false);
  expect(origin && isFrom({ ...version, tag: () => undefined }, origin), "its run tells").toBe(true);
  expect(origin && isFrom({ ...version, version: 2 }, origin)).toBe(false);
});

test("tags are vouched for by a comparison.json that is as compare wrote it", async ({ nights, tracking }) => {
  await registeredNight(nights, tracking, NIGHT);
  expect((await originOf(nights, NIGHT))?.tags[tags.threshold]).toBe("0.5");
  await nights.store.write(`models/${NIGHT}/comparison.json`, "{}");
  expect((await originOf(nights, NIGHT))?.tags).toEqual({});
});

test("a night that registered none has none, nor one whose records can't say", async ({
  archive,
  nights,
  tracking,
}) => {
  expect(await originOf(nights, NIGHT)).toBeUndefined();
  await succeeded(archive, NIGHT, "train", "register");
  expect(await originOf(archive, NIGHT)).toBeUndefined();
  expect(await originOf(nights, NIGHT)).toBeUndefined();
  await registeredNight(nights, tracking, NIGHT);
  await nights.store.remove(recordKey(NIGHT, "train"));
  expect(await originOf(nights, NIGHT)).toBeUndefined();
});
