import { describe, expect } from "vitest";
import {
  askedNight,
  decisionOf,
  isPartOfDecision,
  laterNight,
  listNights,
  newestNight,
  previousNight,
  resolveNight,
} from "../../src/lib/stage/nights.ts";
import { recordKey, writeRecord } from "../../src/lib/stage/record.ts";
import type { Store } from "../../src/lib/store/store.ts";
import { addDays, nightOf } from "../../src/lib/workspace/night.ts";
import { idleStage, succeeded, successOf, test } from "../support/records.ts";

const DATE = "2026-11-23";

describe("the nights that have records", () => {
  test("are none in a store that has none", async ({ archive }) => {
    expect(await listNights(archive)).toEqual([]);
    expect(await newestNight(archive, DATE)).toEqual(nightOf(DATE, 1));
  });

  test("come by date, then by decision: the tenth after the second; what is no night is none", async ({ archive }) => {
    const names = ["2026-11-23.10", "2026-11-23.2", "2026-11-23", "2025-12-31", "2026-02-30", "attempts", "2026-11-22"];
    for (const name of names) await archive.store.createFolder(`records/${name}`);
    expect((await listNights(archive)).map(({ name }) => name)).toEqual([
      "2025-12-31",
      "2026-11-22",
      "2026-11-23",
      "2026-11-23.2",
      "2026-11-23.10",
    ]);
    expect(await newestNight(archive, DATE)).toEqual(nightOf(DATE, 10));
    expect(await newestNight(archive, "2026-11-22")).toEqual(nightOf("2026-11-22", 1));
    expect(await newestNight(archive, "2026-11-24")).toEqual(nightOf("2026-11-24", 1));
  });
});

describe("a night is decided", () => {
  test("once register has succeeded, and by that record", async ({ archive }) => {
    await succeeded(archive, DATE, "extract", "validate", "train");
    expect(await decisionOf(archive, DATE)).toBeUndefined();
    await succeeded(archive, DATE, "register");
    expect(await decisionOf(archive, DATE)).toEqual(successOf(DATE, "register"));
    expect(await decisionOf(archive, `${DATE}.2`)).toBeUndefined();
  });

  test("with all that comes up to register, and no more", ({ archive }) => {
    const part = archive.stages.filter((stage) => isPartOfDecision(archive, stage)).map(({ name }) => name);
    expect(part).toEqual(["extract", "validate", "train", "register"]);
    expect(isPartOfDecision(archive, idleStage("notify"))).toBe(false);
  });
});

describe("the previous night", () => {
  test("is the newest decided one of an earlier date, whatever came after it undecided", async ({ archive }) => {
    await succeeded(archive, "2026-11-20", "register");
    await succeeded(archive, "2026-11-21", "register");
    await succeeded(archive, "2026-11-21.2", "register");
    await succeeded(archive, "2026-11-21.3", "train");
    await succeeded(archive, "2026-11-22", "train");
    expect(await previousNight(archive, DATE)).toEqual(nightOf("2026-11-21", 2));
    expect(await previousNight(archive, "2026-11-21")).toEqual(nightOf("2026-11-20", 1));
    expect(await previousNight(archive, "2026-11-20")).toBeUndefined();
  });

  test("is never of the same date, nor of a later one", async ({ archive }) => {
    for (const night of [DATE, `${DATE}.2`, "2026-11-24"]) await succeeded(archive, night, "register");
    expect(await previousNight(archive, DATE)).toBeUndefined();
  });
});

describe("a later night", () => {
  test("is the newest decided one of a later date, whatever came after it undecided", async ({ archive }) => {
    for (const night of ["2026-11-22", DATE, `${DATE}.2`]) await succeeded(archive, night, "register");
    await succeeded(archive, `${DATE}.3`, "train");
    await succeeded(archive, "2026-11-24", "train");
    expect(await laterNight(archive, "2026-11-22", "2026-11-24")).toEqual(nightOf(DATE, 2));
    expect(await laterNight(archive, "2026-11-01", "2026-11-24")).toEqual(nightOf(DATE, 2));
  });

  test("is never of the same date, nor an undecided one", async ({ archive }) => {
    for (const night of ["2026-11-22", DATE, `${DATE}.2`]) await succeeded(archive, night, "register");
    await succeeded(archive, "2026-11-24", "extract", "validate", "train");
    expect(await laterNight(archive, DATE, "2026-11-24")).toBeUndefined();
    expect(await laterNight(archive, "2026-11-30", "2026-11-30")).toBeUndefined();
  });
});

test("a night that ran while a clock was ahead is later than none, until its day comes", async ({ archive }) => {
  for (const night of [DATE, "2027-06-16"]) await succeeded(archive, night, "register");
  expect(await laterNight(archive, DATE, "2026-11-24")).toBeUndefined();
  expect(await laterNight(archive, "2026-11-20", "2026-11-24")).toEqual(nightOf(DATE, 1));
  expect(await laterNight(archive, DATE, "2027-06-16")).toEqual(nightOf("2027-06-16", 1));
});

test("whoever asks about a night that is dated after today is told of it, where there is one", async ({ archive }) => {
  const now = new Date("2026-11-23T12:00:00Z");
  for (const night of [DATE, "2027-06-16", "2027-06-16.2"]) await succeeded(archive, night, "register");
  expect(await askedNight(archive, "2027-06-16", "UTC", now)).toEqual(nightOf("2027-06-16", 2));
  expect(await askedNight(archive, "2027-06-16.2", "UTC", now)).toEqual(nightOf("2027-06-16", 2));
  expect(await askedNight(archive, "today", "UTC", now)).toEqual(nightOf(DATE, 1));
  for (const night of ["2027-06-16.3", "2027-06-17"])
    await expect(askedNight(archive, night, "UTC", now)).rejects.toThrow("is in the future");
});

test("of a year of nights few records are read: what starts, decides and compares looks at the newest ones alone", async ({
  archive,
}) => {
  const first = "2025-10-20";
  for (let back = 0; back < 400; back += 1) {
    const night = addDays(first, back);
    await writeRecord(archive, recordKey(night, "register"), successOf(night, "register"));
  }
  const read: string[] = [];
  const store: Store = {
    ...archive.store,
    read: (key) => {
      read.push(key);
      return archive.store.read(key);
    },
  };
  const counted = { ...archive, store };

  const night = await resolveNight(counted, "today", "UTC", new Date("2026-11-24T05:00:00Z"));
  expect(night).toEqual(nightOf("2026-11-24", 1));
  expect(await decisionOf(counted, night.name)).toBeUndefined();
  expect(await previousNight(counted, night.date)).toEqual(nightOf(DATE, 1));
  expect(await laterNight(counted, night.date, night.date)).toBeUndefined();
  expect(read).toEqual([
    "records/2026-11-24/register.json",
    // What a lost record of register would be told by.
    "records/2026-11-24/notify.json",
    "records/2026-11-23/register.json",
  ]);

  read.length = 0;
  expect(await laterNight(counted, first, night.date)).toEqual(nightOf(DATE, 1));
  expect(await previousNight(counted, "2026-01-01")).toEqual(nightOf("2025-12-31", 1));
  expect(read).toEqual(["records/2026-11-23/register.json", "records/2025-12-31/register.json"]);
});

describe("--date", () => {
  /** Half past eleven in the evening in London, half past midnight of the 24th in Berlin. */
  const now = new Date("2026-11-23T23:30:00Z");
  const BERLIN = "Europe/Berlin";

  test("means a date's newest night, its first one while there is none", async ({ archive }) => {
    expect(await resolveNight(archive, DATE, "UTC", now)).toEqual(nightOf(DATE, 1));
    await succeeded(archive, DATE, "register");
    await succeeded(archive, `${DATE}.2`, "extract");
    expect(await resolveNight(archive, DATE, "UTC", now)).toEqual(nightOf(DATE, 2));
    expect(await resolveNight(archive, "2026-11-01", "UTC", now)).toEqual(nightOf("2026-11-01", 1));
  });

  test("means today and yesterday in the time zone", async ({ archive }) => {
    expect(await resolveNight(archive, "today", "UTC", now)).toEqual(nightOf(DATE, 1));
    expect(await resolveNight(archive, "today", BERLIN, now)).toEqual(nightOf("2026-11-24", 1));
    expect(await resolveNight(archive, "yesterday", BERLIN, now)).toEqual(nightOf(DATE, 1));
    expect(await resolveNight(archive, "2026-11-24", BERLIN, now)).toEqual(nightOf("2026-11-24", 1));
  });

  test("names a later night exactly", async ({ archive }) => {
    for (const night of [DATE, `${DATE}.2`, `${DATE}.3`]) await succeeded(archive, night, "register");
    expect(await resolveNight(archive, `${DATE}.2`, "UTC", now)).toEqual(nightOf(DATE, 2));
    expect(await resolveNight(archive, `${DATE}.3`, "UTC", now)).toEqual(nightOf(DATE, 3));
  });

  test("refuses a night that was never opened, and names the newest", async ({ archive }) => {
    await succeeded(archive, DATE, "register");
    await expect(resolveNight(archive, `${DATE}.2`, "UTC", now)).rejects.toMatchObject({
      exitCode: 2,
      message: "there is no night 2026-11-23.2: the newest of 2026-11-23 is 2026-11-23",
      hint: "churn run-all --date 2026-11-23 --again decides anew once that one is decided",
    });
  });

  test("refuses the future, which begins at the time zone's midnight", async ({ archive }) => {
    await expect(resolveNight(archive, "2026-11-24", "UTC", now)).rejects.toMatchObject({
      exitCode: 2,
      message: "2026-11-24 is in the future: today is 2026-11-23 in UTC",
      hint: "--date takes today, yesterday or an earlier date",
    });
    await expect(resolveNight(archive, "2026-11-24.2", "UTC", now)).rejects.toMatchObject({
      message: "2026-11-24 is in the future: today is 2026-11-23 in UTC",
    });
  });

  test("refuses what is no date", async ({ archive }) => {
    await expect(resolveNight(archive, "2026-02-30", "UTC", now)).rejects.toMatchObject({
      exitCode: 2,
      message: '"2026-02-30" is not a date',
      hint: "--date takes YYYY-MM-DD, today or yesterday",
    });
  });
});
