import fc from "fast-check";
import { describe, expect } from "vitest";
import { daysBetween, daysToCatchUp, openDays } from "../../src/lib/backfill/days.ts";
import { addDays } from "../../src/lib/workspace/night.ts";
import { succeeded, test } from "../support/records.ts";

test("days from one to another count both, over months and changes of the clocks", () => {
  expect(daysBetween("2026-10-24", "2026-10-26")).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
  expect(daysBetween("2026-02-27", "2026-03-01")).toHaveLength(3);
  expect(daysBetween("2026-11-24", "2026-11-23")).toEqual([]);
});

describe("days without a decided night", () => {
  test("are those that were never begun, or whose nights were not decided", async ({ archive }) => {
    await succeeded(archive, "2026-11-20", "register");
    await succeeded(archive, "2026-11-21", "extract");
    await succeeded(archive, "2026-11-22", "register");
    await succeeded(archive, "2026-11-22.2", "extract");
    const days = daysBetween("2026-11-19", "2026-11-23");
    expect(await openDays(archive, days)).toEqual(["2026-11-19", "2026-11-21", "2026-11-23"]);
  });

  test("are not those whose decision lost its record", async ({ archive }) => {
    await succeeded(archive, "2026-11-20", "notify");
    expect(await openDays(archive, ["2026-11-20"])).toEqual([]);
  });
});

describe("days that are caught up", () => {
  test("are all without a decided night, so many back at most, whatever was decided since", async ({ archive }) => {
    await succeeded(archive, "2026-11-17", "register");
    await succeeded(archive, "2026-11-19", "register");
    await succeeded(archive, "2026-11-21", "extract");
    // A person was faster than cron on the day that the machine was on again.
    await succeeded(archive, "2026-11-22", "register");
    const open = (today: string, most: number) => daysToCatchUp(archive, today, most);
    expect(await open("2026-11-23", 7)).toEqual(["2026-11-18", "2026-11-20", "2026-11-21"]);
    expect(await open("2026-11-23", 2)).toEqual(["2026-11-21"]);
    expect(await open("2026-11-22", 7)).toEqual(["2026-11-18", "2026-11-20", "2026-11-21"]);
    expect(await open("2026-11-17", 7)).toEqual([]);
  });

  test("are those since the first night, and none where there is none", async ({ archive }) => {
    expect(await daysToCatchUp(archive, "2026-11-23", 7)).toEqual([]);
    await succeeded(archive, "2026-11-21", "extract");
    expect(await daysToCatchUp(archive, "2026-11-23", 7)).toEqual(["2026-11-21", "2026-11-22"]);
  });

  test("are never today, none before the first night, and never more than are asked for", async ({ archive }) => {
    await succeeded(archive, "2026-11-10", "register");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 30 }), async (after, most) => {
        const today = addDays("2026-11-10", after);
        const days = await daysToCatchUp(archive, today, most);
        expect(days).toHaveLength(Math.min(most, Math.max(0, after - 1)));
        expect(days.every((day) => day > "2026-11-10" && day < today)).toBe(true);
      }),
    );
  });
});
