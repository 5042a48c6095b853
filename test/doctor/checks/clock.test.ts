import { expect } from "vitest";
import { clock, clockFinding } from "../../../src/lib/doctor/checks/clock.ts";
import { foundBy, NOW, writeNight, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";

const server = "https://mlflow.company.com";
const heard = (...seconds: number[]) =>
  seconds.map((aheadSeconds, index) => ({ server: `${server}:${index}`, aheadSeconds }));

test("the time is said in the configured zone, with when its clocks change", async ({ folder }) => {
  await writeWorkspace(folder, "timezone: Europe/Berlin\n");
  expect(await foundBy(clock, folder)).toEqual([
    { state: "ok", text: "2026-11-23 06:00:00 in Europe/Berlin; clocks change on 2027-03-28" },
  ]);
});

test("without a workspace it is that of the machine's zone", async ({ folder }) => {
  const [found] = await foundBy(clock, folder);
  expect(found).toMatchObject({ state: "ok", text: expect.stringMatching(/^2026-11-2[2-4] \d\d:\d\d:\d\d in \S+/) });
});

test("nights that are dated after today are named, with what tells of them", async ({ folder }) => {
  await writeWorkspace(folder);
  await writeNight(folder);
  expect(await foundBy(clock, folder)).toHaveLength(1);
  const now = new Date("2026-11-20T05:00:00Z");
  expect((await foundBy(clock, folder, { now })).slice(1)).toEqual([
    {
      state: "warning",
      text: "the night of 2026-11-22 is dated after today and doesn't count: a clock was ahead when it ran",
      next: [
        "churn why 2026-11-22 tells what it did",
        "once its day has come it counts as decided: churn run-all --again decides that day anew",
      ],
    },
  ]);
});

test("a clock that agrees with one server's agrees, whatever others say", () => {
  expect(clockFinding("UTC", NOW, heard(7200, -1.5))).toEqual({
    state: "ok",
    text: `2026-11-23 05:00:00 in UTC, as that of ${server}:1`,
  });
  expect(clockFinding("UTC", NOW, heard(60)).state).toBe("ok");
});

test.for([
  [61, "1 min ahead of"],
  [-300, "5 min behind"],
  [-7200, "2 h behind"],
  [1_000_000, "12 days ahead of"],
] as const)("one that is off by %i s is a warning", ([seconds, said]) => {
  expect(clockFinding("UTC", NOW, heard(seconds))).toEqual({
    state: "warning",
    text: `2026-11-23 05:00:00 in UTC: ${said} the clock of ${server}:0`,
    next: ["timedatectl shows whether the network sets it (NTP)"],
  });
});
