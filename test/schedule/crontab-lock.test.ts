import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { withCrontabLock } from "../../src/lib/schedule/crontab-lock.ts";
import { test } from "../support/folder.ts";

test("one at a time, and the next one when it has ended, however that was", async ({ folder }) => {
  let within = 0;
  let most = 0;
  const work = async () => {
    within += 1;
    most = Math.max(most, within);
    await setTimeout(5);
    within -= 1;
    throw new Error("no table");
  };
  const ends = await Promise.allSettled([1, 2, 3, 4].map(() => withCrontabLock(work, { folder })));
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected", "rejected"]);
  expect(most).toBe(1);
});

test("who doesn't let go of it is not waited for without an end", async ({ folder }) => {
  const second = () => withCrontabLock(async () => {}, { folder, patienceMs: 20 });
  await expect(withCrontabLock(second, { folder })).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringMatching(/^another churn has been changing the crontab of .* for 0.02 s$/),
  });
});

test("a user without a home folder is kept out by another one's place", async ({ folder }) => {
  const without = { folder: join(folder, "none"), patienceMs: 20 };
  await expect(withCrontabLock(() => withCrontabLock(async () => {}, without), without)).rejects.toMatchObject({
    exitCode: 75,
  });
});
