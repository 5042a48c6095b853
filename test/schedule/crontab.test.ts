import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { NoCrontabError, openCrontab } from "../../src/lib/schedule/crontab.ts";
import { fakeCrontab } from "../support/fake-crontab.ts";
import { test } from "../support/folder.ts";

test("a user without a crontab has an empty one, and one that was emptied has none", async ({ folder }) => {
  const { bin, table } = await fakeCrontab(folder);
  const crontab = openCrontab({ PATH: bin });
  expect(await crontab.read()).toBe("");
  await crontab.write("0 5 * * * x\n");
  expect(await crontab.read()).toBe("0 5 * * * x\n");
  await crontab.write("");
  expect(existsSync(table)).toBe(false);
  await crontab.write("");
});

test("all bytes stay what they are", async ({ folder }) => {
  const { bin, table } = await fakeCrontab(folder);
  const bytes = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));
  await openCrontab({ PATH: bin }).write(bytes.toString("latin1"));
  expect(await readFile(table)).toEqual(bytes);
  expect(Buffer.from(await openCrontab({ PATH: bin }).read(), "latin1")).toEqual(bytes);
});

test("crontab has the user's PATH and HOME, English, and nothing of the workspace's secrets", async ({ folder }) => {
  const { bin } = await fakeCrontab(folder, "env; exit 0");
  const env = await openCrontab({ PATH: bin, HOME: folder, SLACK_BOT_TOKEN: "xoxb-1", LC_ALL: "de_DE.UTF-8" }).read();
  expect(
    env
      .split("\n")
      .filter((line) => !/^(PWD|SHLVL|_)=|^$/.test(line))
      .sort(),
  ).toEqual([`HOME=${folder}`, "LC_ALL=C", `PATH=${bin}:/usr/bin:/bin`]);
});

test.for([
  [
    "this user may not use it",
    'echo "You (maria) are not allowed to use this program (crontab)" >&2; exit 1',
    { exitCode: 2, message: expect.stringMatching(/ may not use crontab on this machine$/) },
  ],
  [
    "it fails in another way",
    'echo "/var/spool/cron/: mkstemp: Read-only file system" >&2; exit 1',
    {
      exitCode: 5,
      message: "crontab ended with status 1",
      hint: "crontab -l by hand shows whether it works",
      details: ["/var/spool/cron/: mkstemp: Read-only file system"],
    },
  ],
  ["it is killed", "kill -9 $$", { exitCode: 5, message: "crontab doesn't come to an end" }],
] as const)("%s", async ([, refusal, error], { folder }) => {
  const { bin } = await fakeCrontab(folder, refusal);
  await expect(openCrontab({ PATH: bin }).read()).rejects.toMatchObject(error);
  await expect(openCrontab({ PATH: bin }).write("")).rejects.toMatchObject(error);
  await expect(openCrontab({ PATH: bin }).write("x\n")).rejects.toMatchObject(error);
});

test("a machine without the program has no cron, which is told apart", async ({ folder }) => {
  await expect(openCrontab({ PATH: folder }, "").read()).rejects.toBeInstanceOf(NoCrontabError);
});

test("a table that it refuses", async ({ folder }) => {
  const refusal = `[ "$1" = - ] && { echo '"-":1: bad minute'; echo "errors in crontab file, can't install."; } >&2 && exit 1`;
  const { bin } = await fakeCrontab(folder, refusal);
  await expect(openCrontab({ PATH: bin }).write("x\n")).rejects.toMatchObject({
    exitCode: 2,
    message: "crontab refuses the new table, and keeps the old one",
    details: ['"-":1: bad minute', "errors in crontab file, can't install."],
  });
});
