import { describe, expect } from "vitest";
import { readSuccess, recordKey, writeRecord } from "../../src/lib/stage/record.ts";
import { writeRemoved } from "../../src/lib/stage/removed.ts";
import { chooseNight, takeOver } from "../../src/lib/supervise/open-night.ts";
import { type Night, nightOf } from "../../src/lib/workspace/night.ts";
import { succeeded, successOf, writeSuccess } from "../support/records.ts";
import { extracted, test, trained } from "../support/small-pipeline.ts";

const DATE = "2026-11-23";
const request = { named: nightOf(DATE, 1), again: false, force: false };

describe("without --again", () => {
  test("the night that was named is worked on, decided or not", async ({ archive }) => {
    const chosen = { night: nightOf(DATE, 1), takenOverFrom: undefined, note: undefined };
    expect(await chooseNight(archive, request)).toEqual(chosen);
    expect(await chooseNight(archive, { ...request, force: true, from: "train" })).toEqual(chosen);
    await succeeded(archive, DATE, "register");
    expect(await chooseNight(archive, request)).toEqual(chosen);
  });

  test("a decided night is not forced, and not run from a stage on", async ({ archive }) => {
    await succeeded(archive, DATE, "register");
    const message = "the night of 2026-11-23 is decided: its files don't change any more";
    await expect(chooseNight(archive, { ...request, force: true })).rejects.toMatchObject({
      exitCode: 2,
      message,
      hint: "churn run-all --date 2026-11-23 --again decides anew",
    });
    await expect(chooseNight(archive, { ...request, from: "train" })).rejects.toMatchObject({
      exitCode: 2,
      message,
      hint: "churn run-all --date 2026-11-23 --again --from train decides anew",
    });
  });
});

describe("with --again", () => {
  test("a night that is not decided goes on, and a word says so", async ({ archive }) => {
    await succeeded(archive, DATE, "extract");
    expect(await chooseNight(archive, { ...request, again: true })).toEqual({
      night: nightOf(DATE, 1),
      takenOverFrom: undefined,
      note: "the night of 2026-11-23 is not decided yet: --again continues it",
    });
  });

  test("after a decided night the next one of the date is opened", async ({ archive }) => {
    await succeeded(archive, DATE, "register");
    expect(await chooseNight(archive, { ...request, again: true })).toEqual({
      night: nightOf(DATE, 2),
      takenOverFrom: undefined,
      note: undefined,
    });
    expect(await chooseNight(archive, { ...request, again: true, from: "train" })).toMatchObject({
      night: nightOf(DATE, 2),
      takenOverFrom: nightOf(DATE, 1),
    });
  });

  test("a night that --again opened and a kill kept from telling the team is finished first", async ({ archive }) => {
    await succeeded(archive, DATE, "register");
    await succeeded(archive, `${DATE}.2`, "register");
    for (const from of [undefined, "train"]) {
      expect(await chooseNight(archive, { ...request, again: true, from })).toEqual({
        night: nightOf(DATE, 2),
        takenOverFrom: undefined,
        note: "the night of 2026-11-23.2 is decided, but not all is done: --again continues it",
      });
    }
    await succeeded(archive, `${DATE}.2`, "notify");
    expect(await chooseNight(archive, { ...request, again: true })).toMatchObject({ night: nightOf(DATE, 3) });
  });

  test("an older night that is named hands over to the date's next night, never to one that is decided", async ({
    archive,
  }) => {
    for (const night of [DATE, `${DATE}.2`, `${DATE}.3`]) await succeeded(archive, night, "register", "notify");
    const named = nightOf(DATE, 2);
    expect(await chooseNight(archive, { ...request, named, again: true, from: "train" })).toEqual({
      night: nightOf(DATE, 4),
      takenOverFrom: named,
      note: undefined,
    });
  });
});

describe("a night whose taking over was cut short", () => {
  const again = { ...request, again: true, from: "train" };
  const night = nightOf(DATE, 2);
  const note = "the night of 2026-11-23.2 is not decided yet: --again continues it";

  test("goes on by the same words, from wherever it was cut", async ({ archive }) => {
    await succeeded(archive, DATE, "extract", "validate", "train", "register");
    const whole = [successOf(DATE, "extract"), successOf(DATE, "validate")].map((record) => ({
      ...record,
      night: night.name,
      taken_over_from: DATE,
    }));
    await archive.store.createFolder(`records/${night.name}/attempts`);
    for (const taken of [undefined, ...whole]) {
      if (taken !== undefined) await writeRecord(archive, recordKey(night.name, taken.stage), taken);
      const isWhole = taken === whole[1];
      // Named by the date, the newest night is meant: the undecided one.
      for (const named of [nightOf(DATE, 1), night]) {
        expect(await chooseNight(archive, { ...again, named })).toEqual({
          night,
          takenOverFrom: isWhole ? undefined : nightOf(DATE, 1),
          note,
        });
      }
    }
    await archive.store.remove(recordKey(night.name, "extract"));
    await takeOver(archive, nightOf(DATE, 1), night, "train");
    for (const taken of whole) expect(await readSuccess(archive, night.name, taken.stage)).toEqual(taken);
  });

  test("takes over from the night that was named, else from the newest decided one", async ({ archive }) => {
    for (const name of [DATE, night.name]) await succeeded(archive, name, "extract", "validate", "register");
    const third = nightOf(DATE, 3);
    await archive.store.createFolder(`records/${third.name}/attempts`);
    const chosen = async (named: Night) => (await chooseNight(archive, { ...again, named })).takenOverFrom;
    expect(await chosen(third)).toEqual(night);
    expect(await chosen(nightOf(DATE, 1))).toEqual(nightOf(DATE, 1));
    // What is there is of the other one.
    await takeOver(archive, nightOf(DATE, 1), third, "validate");
    expect(await chosen(nightOf(DATE, 1))).toEqual(nightOf(DATE, 1));
    expect(await chosen(third)).toBeUndefined();
  });

  test("is none that has made an earlier stage itself: two nights' files don't mix", async ({ archive }) => {
    await succeeded(archive, DATE, "extract", "validate", "register");
    await succeeded(archive, night.name, "extract");
    expect(await chooseNight(archive, { ...again, named: night })).toEqual({ night, takenOverFrom: undefined, note });
  });

  test("is no date's first night, and none without --from", async ({ archive }) => {
    await succeeded(archive, DATE, "extract");
    expect((await chooseNight(archive, again)).takenOverFrom).toBeUndefined();
    await succeeded(archive, DATE, "register");
    await archive.store.createFolder(`records/${night.name}/attempts`);
    expect((await chooseNight(archive, { ...request, again: true, named: night })).takenOverFrom).toBeUndefined();
  });
});

describe("taking over", () => {
  test("the new night's records name the other's files, and the first night they come from", async ({ archive }) => {
    const first = successOf(DATE, "extract", { taken_over_from: "2026-11-20", result: { rows: 3 } });
    await writeSuccess(archive, first);
    await succeeded(archive, DATE, "validate", "train", "register");
    await takeOver(archive, nightOf(DATE, 1), nightOf(DATE, 2), "train");
    expect(await readSuccess(archive, `${DATE}.2`, "extract")).toEqual({ ...first, night: `${DATE}.2` });
    expect(await readSuccess(archive, `${DATE}.2`, "validate")).toMatchObject({ taken_over_from: DATE });
    expect(await readSuccess(archive, `${DATE}.2`, "train")).toBeUndefined();
  });

  test("a decided night takes nothing over, and its records stay as they are", async ({ archive }) => {
    await succeeded(archive, DATE, "extract", "register");
    await succeeded(archive, `${DATE}.2`, "extract", "register");
    const before = await archive.store.read(recordKey(`${DATE}.2`, "extract"));
    await expect(takeOver(archive, nightOf(DATE, 1), nightOf(DATE, 2), "train")).rejects.toMatchObject({
      exitCode: 2,
      message: "the night of 2026-11-23.2 is decided: nothing can be taken over",
    });
    expect(await archive.store.read(recordKey(`${DATE}.2`, "extract"))).toEqual(before);
  });

  test("a stage that has not succeeded can't be taken over", async ({ archive }) => {
    await succeeded(archive, DATE, "extract");
    await expect(takeOver(archive, nightOf(DATE, 1), nightOf(DATE, 2), "train")).rejects.toMatchObject({
      exitCode: 4,
      message: "validate has not succeeded for 2026-11-23, so its files can't be taken over",
    });
  });
});

test("what churn gc has removed of a night is no beginning for another one", async ({ small }) => {
  await extracted(small, DATE);
  await trained(small, DATE);
  await succeeded(small, DATE, "register");
  const again = { ...request, again: true };
  const key = `raw/${DATE}/table.parquet`;
  const fingerprint = await small.store.fingerprint(key);
  if (fingerprint === undefined) throw new Error(`no ${key}`);
  const removed = { key, ...fingerprint, removed_at: "2026-12-24T05:00:00.000Z", limit: "--keep 30d" };
  await writeRemoved(small, DATE, { finished: [], files: [removed] });
  // It is listed, and a kill came before it went.
  expect(await chooseNight(small, { ...again, from: "train" })).toMatchObject({ takenOverFrom: { name: DATE } });
  await small.store.remove(key);
  await expect(chooseNight(small, { ...again, from: "train" })).rejects.toMatchObject({
    exitCode: 4,
    message: `${key} was removed by churn gc on 2026-12-24, so train can't begin with it`,
    hint: "restore it from a backup, or begin with the source: churn run-all --date 2026-11-23 --again",
  });
  // Behind train nobody needs it.
  expect(await chooseNight(small, { ...again, from: "register" })).toMatchObject({ takenOverFrom: { name: DATE } });
  expect(await chooseNight(small, again)).toMatchObject({ night: { name: `${DATE}.2` } });
});
