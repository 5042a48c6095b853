import { writeFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import type { LedgerEvent } from "../../src/lib/ledger/events.ts";
import type { LedgerPlace } from "../../src/lib/ledger/read.ts";
import { blockText } from "../../src/lib/schedule/block.ts";
import { cronLine } from "../../src/lib/schedule/cron-line.ts";
import { startOf } from "../../src/lib/schedule/start.ts";
import { statusOf } from "../../src/lib/status/status.ts";
import { clockTimezone } from "../../src/lib/workspace/timezone.ts";
import { least } from "../support/config-workspace.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { fakeCrontab } from "../support/fake-crontab.ts";
import { event, events, runOf, writeLedger } from "../support/ledger-events.ts";
import { test as records } from "../support/records.ts";

const config = configSchema.parse({ ...parse(least), timezone: "UTC" });
const now = new Date("2026-11-23T12:00:00Z");

const test = records.extend<{
  place: LedgerPlace;
  ask: (changes?: Partial<Parameters<typeof statusOf>[0]>) => ReturnType<typeof statusOf>;
}>({
  place: async ({ archive }, use) => use({ ...deciding(archive), root: archive.store.address }),
  ask: async ({ place }, use) => {
    const registry = async () => ({ versions: [], current: null, problems: [] });
    await use((changes = {}) =>
      statusOf({ place, config, env: { PATH: "/nonexistent" }, now, nights: 14, registry, ...changes }),
    );
  },
});

type Kind = "decided" | "failed" | "interrupted";
/** A run of that date's night, which ended so. */
function nightOn(date: string, kind: Kind, started_by: "cron" | "terminal" | "other" = "cron"): readonly LedgerEvent[] {
  const run = `${date.replaceAll("-", "")}T050000Z-0001`;
  const told = runOf(date, run, ...(kind === "decided" ? [events.not_registered] : []));
  return told.map((one): LedgerEvent => {
    if (one.event === "run_started") return { ...one, started_by };
    if (one.event !== "run_ended" || kind === "decided") return one;
    return { ...one, outcome: kind, stage: "validate", reason: "2 of 11 quality gates failed", exit_code: 3 };
  });
}
const outcomes = ({ nights }: Awaited<ReturnType<typeof statusOf>>) =>
  nights.map(({ date, outcome }) => `${date.slice(8)} ${outcome}`);

describe("the nights", () => {
  test("stand newest first, and the days between them and since on which nothing was started", async ({
    place,
    ask,
  }) => {
    await writeLedger(place.root, [
      ...nightOn("2026-11-17", "decided"),
      ...nightOn("2026-11-18", "failed"),
      ...nightOn("2026-11-21", "interrupted"),
    ]);
    const found = await ask();
    expect(outcomes(found)).toEqual([
      "23 missed",
      "22 missed",
      "21 interrupted",
      "20 missed",
      "19 missed",
      "18 failed",
      "17 not_registered",
    ]);
    expect(found.last_success).toEqual({ night: "2026-11-17", at: "2026-11-17T05:00:00.000Z" });
    expect(found.failing).toEqual({ since: "2026-11-18", nights: 2 });
    // Before it is due, today's is not missed.
    expect(outcomes(await ask({ now: new Date("2026-11-23T06:10:00Z") }))[0]).toBe("22 missed");
  });

  test("of which somebody starts each by hand are never missed", async ({ place, ask }) => {
    await writeLedger(place.root, [
      ...nightOn("2026-11-17", "decided", "terminal"),
      ...nightOn("2026-11-21", "decided", "terminal"),
    ]);
    expect(outcomes(await ask())).toEqual(["21 not_registered", "17 not_registered"]);
  });

  test("of which one was started without a terminal are missed once there is a second one", async ({ place, ask }) => {
    await writeLedger(place.root, nightOn("2026-11-20", "decided", "other"));
    expect(await ask()).toMatchObject({ is_unattended: false, nights: [{ date: "2026-11-20" }] });
    await writeLedger(
      place.root,
      ["2026-11-20", "2026-11-21"].flatMap((date) => nightOn(date, "decided", "other")),
    );
    const found = await ask();
    expect(found.is_unattended).toBe(true);
    expect(outcomes(found)).toEqual(["23 missed", "22 missed", "21 not_registered", "20 not_registered"]);
    // However few are told.
    const newest = await ask({ nights: 1 });
    expect(newest.is_unattended).toBe(true);
    expect(outcomes(newest)).toEqual(["23 missed", "22 missed", "21 not_registered"]);
  });

  test("that were started so long ago say nothing of today's, however many are told", async ({ place, ask }) => {
    const day = (number: number) => `2026-11-${String(number).padStart(2, "0")}`;
    await writeLedger(place.root, [
      ...[6, 7].flatMap((number) => nightOn(day(number), "decided", "other")),
      ...Array.from({ length: 14 }, (_, index) => nightOn(day(index + 9), "decided", "terminal")).flat(),
    ]);
    for (const nights of [1, 14, 30]) expect((await ask({ nights })).is_unattended).toBe(false);
  });

  test("are so many as were asked for, and the last success is found further back", async ({ place, ask }) => {
    const failed = Array.from({ length: 20 }, (_, index) => `2026-11-${String(index + 4).padStart(2, "0")}`);
    await writeLedger(place.root, [
      ...nightOn("2026-11-03", "decided"),
      ...failed.flatMap((date) => nightOn(date, "failed")),
    ]);
    const found = await ask({ nights: 2 });
    expect(outcomes(found)).toEqual(["23 failed", "22 failed"]);
    expect(found.last_success?.night).toBe("2026-11-03");
    expect(found.failing).toEqual({ since: "2026-11-04", nights: 20 });
  });

  test("that were to be decided again, in vain, are decided all the same; one that is at work fails nothing", async ({
    place,
    ask,
  }) => {
    const again = runOf("2026-11-23.2", "20261123T080000Z-0002").map((one) =>
      one.event === "run_ended" ? { ...one, outcome: "failed" as const } : one,
    );
    const atWork = event("run_started", { night: "2026-11-23.3", run: "20261123T110000Z-0003", host: "elsewhere" });
    await writeLedger(place.root, [
      ...nightOn("2026-11-22", "decided"),
      ...nightOn("2026-11-23", "decided"),
      ...again,
      atWork,
    ]);
    const found = await ask();
    expect(found.nights.map(({ night }) => night)).toEqual([
      "2026-11-23.3",
      "2026-11-23.2",
      "2026-11-23",
      "2026-11-22",
    ]);
    expect(found.failing).toBeNull();
    expect(found.last_success?.night).toBe("2026-11-23");
  });

  test("that are dated after today count for nothing, and are named", async ({ place, ask }) => {
    await writeLedger(place.root, [
      ...nightOn("2026-11-21", "decided"),
      ...nightOn("2026-11-22", "failed"),
      ...nightOn("2027-06-16", "decided"),
    ]);
    const registry = async () => ({ versions: undefined, current: undefined, problems: [] });
    const found = await ask({ nights: 2, registry });
    expect(outcomes(found)).toEqual(["23 missed", "22 failed", "21 not_registered"]);
    expect(found.last_success?.night).toBe("2026-11-21");
    expect(found.failing).toEqual({ since: "2026-11-22", nights: 1 });
    expect(found.problems).toEqual([
      "the night of 2027-06-16 is dated after today and doesn't count: a clock was ahead when it ran (churn doctor)",
    ]);
  });

  test("of a churn without a ledger are told by their records", async ({ place, ask }) => {
    await decide(place, "2026-11-21");
    const [night] = (await ask()).nights;
    expect(night).toMatchObject({
      night: "2026-11-21",
      outcome: "registered",
      version: 4,
      f1: 0.571,
      started_by: null,
    });
  });

  test("of a new workspace are none", async ({ ask }) => {
    expect(await ask()).toMatchObject({
      nights: [],
      last_success: null,
      failing: null,
      production: null,
      problems: [],
    });
  });
});

describe("what starts the nights", () => {
  test("is named with its next time, and with the day on which it didn't", async ({ place, ask }) => {
    await writeLedger(place.root, [...nightOn("2026-11-22", "decided")]);
    const { bin, table } = await fakeCrontab(place.root);
    const start = startOf({
      node: process.execPath,
      program: "/opt/churn",
      root: place.root,
      env: {},
      command: undefined,
    });
    const line = cronLine({ at: "06:00", words: ["run-all", "--quiet"] }, start);
    await writeFile(table, blockText(place.root, [line]));
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    const found = await ask({ env, cron: () => true });
    expect(found.schedules).toMatchObject([{ by: "cron", place: line, is_running: true }]);
    expect(found.is_unattended).toBe(true);
    expect(found.last_fired).toBe("2026-11-22T05:00:00.000Z");
    // By the clock of the machine that this test runs on.
    if (clockTimezone() === "UTC")
      expect(found.schedules).toMatchObject([{ next_run: "2026-11-24T06:00:00.000Z", unfired: "2026-11-23" }]);
    // What no daemon reads starts nothing.
    expect((await ask({ env, cron: () => false })).schedules).toMatchObject([{ is_running: false, next_run: null }]);
    expect((await ask({ env, cron: () => undefined })).schedules).toMatchObject([{ is_running: null }]);
  });

  test("may be nothing; a crontab that can't be looked at is told", async ({ place, ask }) => {
    expect(await ask()).toMatchObject({ schedules: [], last_fired: null, problems: [] });
    const { bin } = await fakeCrontab(
      place.root,
      "echo 'maria (maria) is not allowed to use this program' >&2; exit 1",
    );
    const { problems } = await ask({ env: { PATH: `${bin}:/usr/bin:/bin` } });
    expect(problems).toEqual([
      expect.stringMatching(/^what starts the nights was not looked at: .* may not use crontab on this machine$/),
    ]);
  });
});

test("a registry that has lost production is told, and nothing of it is in production", async ({ place, ask }) => {
  const at = "2026-11-22T08:00:00.000Z";
  await writeLedger(place.root, [event("promoted", { version: 4, time: at, promoted_at: at })]);
  const found = await ask();
  expect(found).toMatchObject({ production: null, lost: { version: 4, since: at, by: "maria" } });
  expect(found.problems).toEqual([
    "version 4 was put into production on 2026-11-22, but the registry knows no version of churn-model",
  ]);
  // What a night has seen since of this model counts, however many of another one have come since.
  const moved = (date: string, model: string) =>
    runOf(date, `${date.replaceAll("-", "")}T100000Z-0001`, event("not_registered", { model, production: null }));
  const others = ["2026-11-22", "2026-11-23"].flatMap((date) => moved(date, "another"));
  const before = event("promoted", { version: 4, time: "2026-11-20T08:00:00.000Z" });
  await writeLedger(place.root, [before, ...moved("2026-11-21", "churn-model"), ...others]);
  expect((await ask({ nights: 1 })).lost).toBeNull();
  await writeLedger(place.root, [before, ...others]);
  expect((await ask({ nights: 1 })).lost).toMatchObject({ version: 4 });
  await writeLedger(place.root, []);
  expect((await ask()).lost).toBeNull();
});

test("what the registry doesn't say, and lines that can't be read, are told", async ({ place, ask }) => {
  await writeFile(`${place.root}/ledger.jsonl`, '{"event":"run_started"\n');
  const registry = async () => ({ versions: undefined, current: undefined, problems: ["nothing listens"] });
  expect((await ask({ registry })).problems).toEqual([
    "nothing listens",
    "line 1 of ledger.jsonl is damaged: it is no whole JSON",
    "what they told is missing here: churn verify says what can be done",
  ]);
});
