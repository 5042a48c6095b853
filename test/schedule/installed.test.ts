import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { blockText } from "../../src/lib/schedule/block.ts";
import { cronLine } from "../../src/lib/schedule/cron-line.ts";
import { differencesOf, type Installed, installedSchedules } from "../../src/lib/schedule/installed.ts";
import type { Start } from "../../src/lib/schedule/start.ts";
import { timerPath, unitsOf, watchdogTimerPath, watchdogUnitsOf } from "../../src/lib/schedule/units.ts";
import { clockTimezone } from "../../src/lib/workspace/timezone.ts";
import { least } from "../support/config-workspace.ts";
import { fakeCrontab } from "../support/fake-crontab.ts";
import { test } from "../support/folder.ts";

const WORDS = ["run-all", "--quiet"];

/** What starts a program that is there, in a workspace that is there. */
async function startIn(folder: string): Promise<Start> {
  const root = join(folder, "a b 100%");
  const program = join(folder, "churn");
  await mkdir(root);
  await writeFile(program, "");
  return { node: process.execPath, program, root, variables: { PATH: "/usr/bin:/bin" } };
}

/** Puts the units of a workspace into a folder in the place of systemd's. */
async function putUnits(folder: string, start: Start): Promise<string> {
  const units = join(folder, "system");
  await mkdir(join(units, "timers.target.wants"), { recursive: true });
  const schedule = { at: "05:30", catch_up: 7, wait_lock: "1h" };
  const config = configSchema.parse({ ...parse(least), timezone: "Asia/Kolkata", schedule });
  const means = { start, user: "maria", home: "/home/maria", folders: [start.root], config };
  for (const { path, text } of [unitsOf(means), watchdogUnitsOf(means)].flatMap((pair) => Object.values(pair)))
    await writeFile(join(units, basename(path)), text);
  return units;
}

describe("what is installed", () => {
  test("is the line between the workspace's marks that starts its nights, and no other", async ({ folder }) => {
    const start = await startIn(folder);
    const { root } = start;
    const { bin, table } = await fakeCrontab(folder);
    const night = cronLine({ at: "06:00", words: WORDS }, start);
    const watch = cronLine({ at: "09:00", words: ["watchdog"] }, start);
    await writeFile(
      table,
      `0 6 * * * x\n0 6 * * * churn -C "${root}" run-all\n${blockText("/srv/other", [night])}${blockText(root, [night, watch, "# note"])}`,
    );
    const { node, program } = start;
    expect(await installedSchedules(root, { PATH: bin }, join(folder, "none"))).toEqual({
      installed: [
        {
          by: "cron",
          at: "06:00",
          zone: clockTimezone(),
          place: night,
          starts: { node, program, root },
          words: WORDS,
          isEnabled: true,
        },
      ],
      watchdogs: [
        {
          by: "cron",
          at: "09:00",
          zone: clockTimezone(),
          place: watch,
          starts: { node, program, root },
          words: ["watchdog"],
          isEnabled: true,
        },
      ],
      strays: [`0 6 * * * churn -C "${root}" run-all`, night],
      unreadable: undefined,
    });
  });

  test("is a timer of the workspace's name, switched on or not", async ({ folder }) => {
    const start = await startIn(folder);
    const { node, program, root } = start;
    const units = await putUnits(folder, start);
    const place = timerPath(root, units);
    const { bin } = await fakeCrontab(folder);
    const found = async () => (await installedSchedules(root, { PATH: bin }, units)).installed;
    const words = ["run-all", "--catch-up", "7", "--wait-lock", "1h"];
    const timer = { by: "timer", at: "05:30", zone: "Asia/Kolkata", place, starts: { node, program, root }, words };
    expect(await found()).toEqual([{ ...timer, isEnabled: false }]);
    await symlink(place, join(units, "timers.target.wants", basename(place)));
    expect(await found()).toEqual([{ ...timer, isEnabled: true }]);
    expect((await installedSchedules("/srv/other", { PATH: bin }, units)).installed).toEqual([]);
    expect((await installedSchedules(root, { PATH: bin }, units)).watchdogs).toEqual([
      { ...timer, at: "09:05", place: watchdogTimerPath(root, units), words: ["watchdog"], isEnabled: false },
    ]);
  });

  test("is nothing where nobody has a crontab, and unknown where it can't be looked at", async ({ folder }) => {
    const { bin, table } = await fakeCrontab(folder);
    const look = (PATH: string) => installedSchedules("/srv/churn", { PATH }, join(folder, "none"));
    expect(await look(bin)).toEqual({ installed: [], watchdogs: [], strays: [], unreadable: undefined });
    await writeFile(table, blockText("/srv/churn", []).split("\n").slice(0, 1).join("\n"));
    expect(await look(bin)).toEqual({
      installed: [],
      watchdogs: [],
      strays: [],
      unreadable: expect.stringContaining("one of the two marks"),
    });
    const refused = await fakeCrontab(join(folder, "refused"), "exit 4");
    expect(await look(refused.bin)).toEqual({
      installed: [],
      watchdogs: [],
      strays: [],
      unreadable: "crontab ended with status 4",
    });
  });
});

describe("what differs", () => {
  const differences = (start: Start, of: Partial<Installed>, wanted: Partial<Start> = {}) =>
    differencesOf(
      { by: "cron", at: "06:00", zone: "UTC", place: "0 6 …", starts: start, words: WORDS, isEnabled: true, ...of },
      { start: { ...start, ...wanted }, at: "06:00", words: WORDS },
    );

  test("is nothing where it is as it would be put there today", async ({ folder }) => {
    expect(differences(await startIn(folder), {})).toEqual([]);
  });

  test("is said, each thing by itself", async ({ folder }) => {
    const start = await startIn(folder);
    const { program, root, node } = start;
    const line = "the crontab's line";
    expect(differences(start, { at: "05:00" })).toEqual([`${line} starts a night at 05:00, and 06:00 is wanted`]);
    expect(differences(start, { at: undefined })).toEqual([`${line} doesn't start a night once a day`]);
    expect(differences(start, { starts: undefined })).toEqual([`${line} doesn't start churn in a workspace`]);
    const other = join(folder, "other");
    expect(differences(start, { starts: { ...start, node: other } })).toEqual([
      `${line} names a Node that isn't there: ${other}`,
    ]);
    await writeFile(other, "#!/bin/sh\n");
    await chmod(other, 0o755);
    expect(differences(start, { starts: { ...start, node: other } })).toEqual([
      `${line} names Node at ${other}, and this is ${node}`,
    ]);
    expect(differences(start, { starts: { ...start, program: "/gone/churn" } })).toEqual([
      `${line} names churn at /gone/churn, which isn't there`,
    ]);
    expect(differences(start, {}, { program: other })).toEqual([
      `${line} names churn at ${program}, and this is ${other}`,
    ]);
    expect(differences(start, {}, { root: folder })).toEqual([
      `${line} names the workspace at ${root}, and this is ${folder}`,
    ]);
    expect(differences(start, { words: ["run-all", "--catch-up", "7", "--quiet"] })).toEqual([
      `${line} starts "run-all --catch-up 7 --quiet", and "run-all --quiet" is wanted`,
    ]);
    const place = "/etc/systemd/system/churn-3f9a1c.timer";
    expect(differences(start, { by: "timer", place, isEnabled: false })).toEqual([
      `${place} isn't switched on: sudo systemctl enable --now churn-3f9a1c.timer`,
    ]);
  });
});

test("what differs of the watchdog's line is said of it", async ({ folder }) => {
  const start = await startIn(folder);
  const words = ["watchdog", "--quiet"];
  const place = { by: "cron", at: "09:00", zone: "UTC", place: "0 9 …" } as const;
  const installed = { ...place, starts: start, words, isEnabled: true };
  expect(differencesOf(installed, { start, at: "09:05", words, what: "the watchdog" })).toEqual([
    "the crontab's line of the watchdog starts the watchdog at 09:00, and 09:05 is wanted",
  ]);
});
