import { describe, expect } from "vitest";
import { readSuccess, recordKey } from "../../src/lib/stage/record.ts";
import { chooseNight, takeOver } from "../../src/lib/supervise/open-night.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { succeeded, successOf, test, writeSuccess } from "../support/records.ts";

const DATE = "2026-11-23";
const request = { named: nightOf(DATE, 1), again: false, force: false };

describe("without --again", () => {
  test("the night that was named is worked on, decided or not", async ({ ledger }) => {
    const chosen = { night: nightOf(DATE, 1), takenOverFrom: undefined, note: undefined };
    expect(await chooseNight(ledger, request)).toEqual(chosen);
    expect(await chooseNight(ledger, { ...request, force: true, from: "train" })).toEqual(chosen);
    await succeeded(ledger, DATE, "register");
    expect(await chooseNight(ledger, request)).toEqual(chosen);
  });

  test("a decided night is not forced, and not run from a stage on", async ({ ledger }) => {
    await succeeded(ledger, DATE, "register");
    const message = "the night of 2026-11-23 is decided: its files don't change any more";
    await expect(chooseNight(ledger, { ...request, force: true })).rejects.toMatchObject({
      exitCode: 2,
      message,
      hint: "churn run-all --date 2026-11-23 --again decides anew",
    });
    await expect(chooseNight(ledger, { ...request, from: "train" })).rejects.toMatchObject({
      exitCode: 2,
      message,
      hint: "churn run-all --date 2026-11-23 --again --from train decides anew",
    });
  });
});

describe("with --again", () => {
  test("a night that is not decided goes on, and a word says so", async ({ ledger }) => {
    await succeeded(ledger, DATE, "extract");
    expect(await chooseNight(ledger, { ...request, again: true })).toEqual({
      night: nightOf(DATE, 1),
      takenOverFrom: undefined,
      note: "the night of 2026-11-23 is not decided yet: --again continues it",
    });
  });

  test("after a decided night the next one of the date is opened", async ({ ledger }) => {
    await succeeded(ledger, DATE, "register");
    expect(await chooseNight(ledger, { ...request, again: true })).toEqual({
      night: nightOf(DATE, 2),
      takenOverFrom: undefined,
      note: undefined,
    });
    expect(await chooseNight(ledger, { ...request, again: true, from: "train" })).toMatchObject({
      night: nightOf(DATE, 2),
      takenOverFrom: nightOf(DATE, 1),
    });
  });

  test("an older night that is named hands over to the date's next night, never to one that is decided", async ({
    ledger,
  }) => {
    for (const night of [DATE, `${DATE}.2`, `${DATE}.3`]) await succeeded(ledger, night, "register");
    const named = nightOf(DATE, 2);
    expect(await chooseNight(ledger, { ...request, named, again: true, from: "train" })).toEqual({
      night: nightOf(DATE, 4),
      takenOverFrom: named,
      note: undefined,
    });
  });
});

describe("taking over", () => {
  test("the new night's records name the other's files, and the first night they come from", async ({ ledger }) => {
    const first = successOf(DATE, "extract", { taken_over_from: "2026-11-20", result: { rows: 3 } });
    await writeSuccess(ledger, first);
    await succeeded(ledger, DATE, "validate", "train", "register");
    await takeOver(ledger, nightOf(DATE, 1), nightOf(DATE, 2), "train");
    expect(await readSuccess(ledger, `${DATE}.2`, "extract")).toEqual({ ...first, night: `${DATE}.2` });
    expect(await readSuccess(ledger, `${DATE}.2`, "validate")).toMatchObject({ taken_over_from: DATE });
    expect(await readSuccess(ledger, `${DATE}.2`, "train")).toBeUndefined();
  });

  test("a decided night takes nothing over, and its records stay as they are", async ({ ledger }) => {
    await succeeded(ledger, DATE, "extract", "register");
    await succeeded(ledger, `${DATE}.2`, "extract", "register");
    const before = await ledger.store.read(recordKey(`${DATE}.2`, "extract"));
    await expect(takeOver(ledger, nightOf(DATE, 1), nightOf(DATE, 2), "train")).rejects.toMatchObject({
      exitCode: 2,
      message: "the night of 2026-11-23.2 is decided: nothing can be taken over",
    });
    expect(await ledger.store.read(recordKey(`${DATE}.2`, "extract"))).toEqual(before);
  });

  test("a stage that has not succeeded can't be taken over", async ({ ledger }) => {
    await succeeded(ledger, DATE, "extract");
    await expect(takeOver(ledger, nightOf(DATE, 1), nightOf(DATE, 2), "train")).rejects.toMatchObject({
      exitCode: 4,
      message: "validate has not succeeded for 2026-11-23, so its files can't be taken over",
    });
  });
});
