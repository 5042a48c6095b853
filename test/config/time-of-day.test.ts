import { expect, test } from "vitest";
import { complaint, least, load } from "../support/config-workspace.ts";

test.each(["06:00", "00:00", "23:59"])("%s is a time of the day, with or without quotes", async (time) => {
  for (const at of [time, `"${time}"`]) {
    const { config } = await load({ yaml: `${least}schedule: { at: ${at} }\n` });
    expect(config.schedule.at).toBe(time);
  }
});

test.each([
  ["6:00", '"6:00"'],
  ["24:00", '"24:00"'],
  ["06:60", '"06:60"'],
  ["06:00:00", '"06:00:00"'],
  ["6", "6"],
  ['"06:00\\n"', '"06:00\\n"'],
])("%s is none", async (at, found) => {
  expect(await complaint({ yaml: `${least}schedule:\n  at: ${at}\n` })).toEqual([
    `churn.yaml line 6: schedule.at must be a time of the day as HH:MM, such as 06:00, but is ${found}`,
  ]);
});
