import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../../src/lib/config/schema.ts";
import type { Finding } from "../../../src/lib/doctor/check.ts";
import { firingFinding, schedule } from "../../../src/lib/doctor/checks/schedule.ts";
import type { LastStart } from "../../../src/lib/ledger/last-start.ts";
import { blockText } from "../../../src/lib/schedule/block.ts";
import { cronLine } from "../../../src/lib/schedule/cron-line.ts";
import { startOf } from "../../../src/lib/schedule/start.ts";
import { clockTimezone } from "../../../src/lib/workspace/timezone.ts";
import { userName } from "../../../src/lib/workspace/user.ts";
import { least } from "../../support/config-workspace.ts";
import { foundBy, PROGRAM, writeStart, writeWorkspace } from "../../support/doctor.ts";
import { fakeCrontab } from "../../support/fake-crontab.ts";
import { test } from "../../support/folder.ts";

// 08:00 in Berlin.
const now = new Date("2026-11-23T07:00:00Z");
const config = configSchema.parse({ ...parse(least), timezone: "Europe/Berlin" });
const cron = { by: "cron", at: "06:00", zone: "Europe/Berlin", place: "0 6 * * * node churn" } as const;
const timer = { ...cron, by: "timer", place: "/etc/systemd/system/churn-1.timer" } as const;
const at = (time: string): LastStart => ({
  time: new Date(time),
  by: "cron",
  command: [],
  user: "maria",
  host: "etl-2",
});

describe("of what starts the nights", () => {
  const find = (installed: Parameters<typeof firingFinding>[0], last?: string, moment = now) =>
    firingFinding(installed, { now: moment, config }, last === undefined ? undefined : at(last));

  test.for([
    ["of today", cron, "2026-11-23T05:00:01Z", now, "cron, 06:00 Europe/Berlin, last fired today 06:00:01"],
    [
      "of yesterday, before it is due",
      timer,
      "2026-11-22T05:00:01Z",
      new Date("2026-11-23T04:59:00Z"),
      "timer, 06:00 Europe/Berlin, last fired 2026-11-22 06:00:01",
    ],
    [
      "of yesterday, while the machine may be about to",
      cron,
      "2026-11-22T05:00:01Z",
      new Date("2026-11-23T05:14:00Z"),
      "cron, 06:00 Europe/Berlin, last fired 2026-11-22 06:00:01",
    ],
    [
      "of a clock in another zone",
      { ...cron, at: "05:00", zone: "UTC" },
      "2026-11-23T05:00:01Z",
      now,
      "cron, 05:00 UTC (06:00 Europe/Berlin), last fired today 06:00:01",
    ],
    [
      "of a clock in a zone that isn't known",
      { ...cron, zone: undefined },
      "2026-11-23T05:00:01Z",
      now,
      "cron, 06:00 by this machine's clock, last fired today 06:00:01",
    ],
    [
      "of a line that somebody has changed",
      { ...cron, at: undefined },
      "2026-10-01T05:00:00Z",
      now,
      "cron, last fired 2026-10-01 07:00:00",
    ],
  ] as const)("the last start is told: %s", ([, installed, last, moment, text]) => {
    expect(find(installed, last, moment)).toEqual({ state: "ok", text });
  });

  test("before the first start the next one is told", () => {
    expect(find(cron)).toEqual({
      state: "ok",
      text: "cron, 06:00 Europe/Berlin, next on 2026-11-24; the ledger has no start by it yet",
    });
  });

  test("one that was due and wasn't made is a warning, with where to look", () => {
    expect(find(cron, "2026-11-22T05:00:01Z")).toEqual({
      state: "warning",
      text: "cron, 06:00 Europe/Berlin, last fired 2026-11-22 06:00:01, and not on 2026-11-23",
      next: ["was the machine on? journalctl -u cron shows what cron has started"],
    });
    expect(find(timer, "2026-11-20T05:00:01Z").next).toEqual([
      "was the machine on? systemctl list-timers shows churn-1.timer",
    ]);
  });
});

/** By the machine's clock, which cron goes by: so that there is a line that says 06:00. */
const here = `timezone: ${clockTimezone() ?? "UTC"}\n`;

/** The line of a workspace as churn would write it. */
function lineFor(root: string, time = "06:00", more = ["--wait-lock", "30m"]): string {
  const start = startOf({ node: process.execPath, program: PROGRAM, root, env: {}, command: undefined });
  return cronLine({ at: time, words: ["run-all", ...more, "--quiet"] }, start);
}

/** What is found under a crontab, but for a cron daemon that doesn't run on the machine of the tests. */
async function foundUnder(folder: string, table: string, set: readonly string[] = []): Promise<Finding[]> {
  const { bin, table: file } = await fakeCrontab(folder);
  if (table !== "") await writeFile(file, table);
  const found = await foundBy(schedule, folder, { env: { PATH: bin }, set });
  return found.filter(({ text }) => !text.startsWith("no cron daemon"));
}

const none: Finding = {
  state: "warning",
  text: "nothing starts the nights here",
  next: [
    "churn schedule install puts a line into your crontab,",
    "churn schedule print --systemd shows a timer instead",
  ],
};

describe("in a workspace", () => {
  test("the line that churn put there is fine", async ({ folder }) => {
    await writeWorkspace(folder, here);
    await writeStart(folder, { by: "cron" });
    const found = await foundUnder(folder, blockText(folder, [lineFor(folder)]));
    expect(found).toEqual([{ state: "ok", text: expect.stringMatching(/^cron, 06:00 .+, last fired today /) }]);
  });

  test("a line that no longer fits is a warning", async ({ folder }) => {
    await writeWorkspace(folder, here);
    const [, ...found] = await foundUnder(folder, blockText(folder, [lineFor(folder, "05:00")]));
    expect(found).toEqual([
      {
        state: "warning",
        text: "the crontab's line starts a night at 05:00, and 06:00 is wanted",
        next: ["churn schedule install puts it right"],
      },
    ]);
  });

  test("a line with other flags than churn.yaml asks for starts the nights all the same", async ({ folder }) => {
    await writeWorkspace(folder, `${here}schedule: { catch_up: 7 }\n`);
    await writeStart(folder, { by: "cron" });
    const wanted = ["--catch-up", "7", "--wait-lock", "30m"];
    expect(await foundUnder(folder, blockText(folder, [lineFor(folder, "06:00", wanted)]))).toHaveLength(1);
    expect(await foundUnder(folder, blockText(folder, [lineFor(folder, "06:00", [])]))).toEqual([
      { state: "ok", text: expect.stringMatching(/^cron, 06:00 .+, last fired today /) },
      {
        state: "warning",
        text: `the crontab's line starts "run-all --quiet", and "run-all ${wanted.join(" ")} --quiet" is wanted`,
        next: ["churn schedule install puts it right"],
      },
    ]);
  });

  test("the watchdog that churn.yaml asks for has its line beside the night's", async ({ folder }) => {
    await writeWorkspace(folder, `${here}watchdog: { by: "09:00" }\n`);
    const start = startOf({ node: process.execPath, program: PROGRAM, root: folder, env: {}, command: undefined });
    const watch = (at: string) => cronLine({ at, words: ["watchdog", "--quiet"] }, start);
    const warnings = async (...lines: string[]) => {
      const found = await foundUnder(folder, blockText(folder, [lineFor(folder), ...lines]));
      return found.filter(({ state }) => state === "warning");
    };
    expect(await warnings()).toEqual([
      {
        state: "warning",
        text: "churn.yaml asks for a watchdog, and nothing starts it here",
        next: ["churn schedule install has its line too"],
      },
    ]);
    expect(await warnings(watch("09:00"))).toMatchObject([
      { text: "the crontab's line of the watchdog starts the watchdog at 09:00, and 09:05 is wanted" },
    ]);
    expect(await warnings(watch("09:05"))).toEqual([]);
  });

  test("somebody's own line is one, too, and isn't shown: it may have a secret in it", async ({ folder }) => {
    await writeWorkspace(folder, here);
    const own = `0 6 * * * CHURN_SOURCE_PASSWORD=hush churn -C ${folder} run-all\n`;
    expect(await foundUnder(folder, own)).toEqual([
      { state: "ok", text: "a line of the crontab that isn't churn's own" },
    ]);
    const both = await foundUnder(folder, own + blockText(folder, [lineFor(folder)]));
    expect(both.map(({ state, text }) => [state, text])).toEqual([
      ["ok", expect.stringMatching(/^cron, 06:00/)],
      ["warning", "2 lines and timers start these nights: the later ones find the lock held, or nothing to do"],
    ]);
  });

  test("where there is nothing that is a warning, though this user's cron had it until now", async ({ folder }) => {
    await writeWorkspace(folder, here);
    expect(await foundUnder(folder, "0 6 * * * x\n")).toEqual([none]);
    await writeStart(folder, { by: "cron", user: userName(), host: hostname() });
    expect(await foundUnder(folder, "")).toEqual([none]);
  });

  test("another user, machine or scheduler may start them, as long as it does", async ({ folder }) => {
    await writeWorkspace(folder, here);
    await writeStart(folder, { by: "cron" });
    expect(await foundUnder(folder, "")).toEqual([
      { state: "ok", text: expect.stringMatching(/^started by cron of maria on etl-2, last today /) },
    ]);
    // One alone may be a person's without a terminal.
    const other = { by: "other", user: userName(), host: hostname() } as const;
    await writeStart(folder, other);
    expect(await foundUnder(folder, "")).toEqual([none]);
    await writeStart(folder, { ...other, time: new Date("2026-11-22T05:00:00Z") }, other);
    expect(await foundUnder(folder, "")).toEqual([
      { state: "ok", text: expect.stringMatching(/^started by something other than cron and timers, last today /) },
    ]);
    await writeStart(
      folder,
      { ...other, time: new Date("2026-11-22T05:00:00Z") },
      { ...other, words: ["--date=today"] },
    );
    expect(await foundUnder(folder, "")).toEqual([none]);
    // What a person starts beside it takes nothing from it.
    const yesterday = { ...other, time: new Date("2026-11-22T05:00:00Z") };
    await writeStart(folder, yesterday, other, { ...other, words: ["--date=2026-11-20"] });
    expect(await foundUnder(folder, "")).toEqual([
      { state: "ok", text: expect.stringMatching(/^started by something other than cron and timers, last today /) },
    ]);
    await writeStart(folder, { by: "other", time: new Date("2026-11-21T05:00:00Z") });
    expect(await foundUnder(folder, "")).toEqual([none]);
  });

  test("where there is nothing the watchdog that churn.yaml asks for isn't started either", async ({ folder }) => {
    await writeWorkspace(folder, `${here}watchdog: { by: "09:00" }\n`);
    expect(await foundUnder(folder, "")).toEqual([
      { ...none, text: "nothing starts the nights here, nor the watchdog that churn.yaml asks for" },
    ]);
  });

  test("a crontab that can't be looked at says why", async ({ folder }) => {
    await writeWorkspace(folder, here);
    const { bin } = await fakeCrontab(folder, "exit 4");
    expect(await foundBy(schedule, folder, { env: { PATH: bin } })).toEqual([
      { state: "unknown", text: "not looked at: crontab ended with status 4" },
    ]);
  });

  test("a time that the clocks leave out is a warning", async ({ folder }) => {
    await writeWorkspace(folder, "timezone: Europe/Berlin\n");
    const found = await foundUnder(folder, "", ["schedule.at=02:30"]);
    expect(found).toContainEqual({
      state: "warning",
      text: "schedule.at 02:30 is left out on 2027-03-28 and comes twice on 2027-10-31 in Europe/Berlin, where clocks change",
      next: ['another time is safer: schedule: { at: "06:00" }'],
    });
  });

  test("a ledger that can't be read is a warning: no night fails by it", async ({ folder }) => {
    await writeWorkspace(folder, here);
    await mkdir(join(folder, "ledger.jsonl"));
    const [first] = await foundUnder(folder, blockText(folder, [lineFor(folder)]));
    expect(first?.state).toBe("ok");
    const found = await foundUnder(folder, blockText(folder, [lineFor(folder)]));
    expect(found.slice(1)).toEqual([
      { state: "warning", text: expect.stringContaining("ledger.jsonl"), next: expect.anything() },
    ]);
  });
});
