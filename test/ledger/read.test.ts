import { spawn } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { copyKey } from "../../src/lib/ledger/copies.ts";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { nightsOf } from "../../src/lib/ledger/nights-of.ts";
import { type LedgerPlace, type LedgerWanted, readLedger } from "../../src/lib/ledger/read.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import { attemptKey, writeRecord } from "../../src/lib/stage/record.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceId } from "../../src/lib/store/id.ts";
import { acquireLock } from "../../src/lib/workspace/lock.ts";
import { addDays } from "../../src/lib/workspace/night.ts";
import { pipeline } from "../../src/pipeline.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { event, events, NIGHT, RUN, runOf, timeOf, writeLedger } from "../support/ledger-events.ts";
import { test as records, successOf } from "../support/records.ts";
import { releasedVersions, releasedWorkspace } from "../support/released.ts";

const test = records.extend<{ place: LedgerPlace }>({
  place: async ({ archive }, use) => use({ ...archive, root: archive.store.address }),
});

const runAt = (date: string, digits = "0001") => `${date.replaceAll("-", "")}T050000Z-${digits}`;
const nightsIn = async (place: LedgerPlace, wanted?: LedgerWanted) =>
  nightsOf((await readLedger(place, wanted)).events).map(({ night }) => night);

describe("of the newest nights", () => {
  const first = "2024-01-01";
  const stages = Array.from({ length: 20 }, (_, index) => event("stage_ended", { text: `${index} trees` }));
  const dates = Array.from({ length: 300 }, (_, index) => addDays(first, index));
  const year = dates.flatMap((date) => runOf(date, runAt(date), ...stages, events.registered));

  test("there are as many as are asked, with all that they tell", async ({ place }) => {
    await writeLedger(place.root, year);
    expect(await nightsIn(place, { nights: 3 })).toEqual(dates.slice(-3).reverse());
    expect((await readLedger(place, { nights: 3 })).events).toEqual(year.slice(-3 * 23));
    expect(await nightsIn(place, { nights: 1000 })).toHaveLength(300);
    expect(await nightsIn(place)).toHaveLength(300);
  });

  test("those are among them that stand further in front than many of older dates", async ({ place }) => {
    const late = dates.slice(0, 200).flatMap((date) => runOf(date, runAt("2024-11-01"), ...stages));
    await writeLedger(place.root, [...year, ...late]);
    expect(await nightsIn(place, { nights: 5 })).toEqual(dates.slice(-5).reverse());
    const [newest] = dates.slice(-1);
    expect(await nightsIn(place, { since: newest ?? "" })).toEqual([newest]);
  });

  test("what is of no night is there from the first of them on", async ({ place }) => {
    const promoted = (date: string) => event("promoted", { time: `${date}T08:00:00.000Z`, run: runAt(date, "ffff") });
    await writeLedger(place.root, [
      ...dates.slice(-4).flatMap((date) => [...runOf(date, runAt(date)), promoted(date)]),
    ]);
    const { events: found } = await readLedger(place, { nights: 2 });
    expect(found.filter(({ event: kind }) => kind === "promoted").map(({ time }) => time.slice(0, 10))).toEqual(
      dates.slice(-2),
    );
  });

  test("one alone is there by its name, with nothing that is of another night or of none", async ({ place }) => {
    const [third = ""] = dates.slice(2);
    const again = `${third}.2`;
    const later = runOf(again, runAt("2024-11-01", "00ff"), events.not_registered);
    await writeLedger(place.root, [...year, ...later, event("promoted", { time: `${third}T08:00:00.000Z` })]);
    expect((await readLedger(place, { night: third })).events).toEqual(year.slice(2 * 23, 3 * 23));
    expect((await readLedger(place, { night: again })).events).toEqual(later);
    expect((await readLedger(place, { night: "2024-01-03.3" })).events).toEqual([]);
  });

  test("and of all nights those kinds of events alone that are asked for", async ({ place }) => {
    await writeLedger(place.root, [...year, events.promoted]);
    const { events: found } = await readLedger(place, { kinds: ["registered", "promoted"] });
    expect(found.map(({ event: kind }) => kind)).toEqual([...dates.map(() => "registered"), "promoted"]);
  });
});

describe("in order", () => {
  test("of time, but that what one run told stays as it told it, though its clock was set back", async ({ place }) => {
    const early = "20261123T040000Z-0001";
    const back = { time: "2026-11-23T04:00:30.000Z" };
    await writeLedger(place.root, [
      event("run_started"),
      event("stage_started"),
      event("stage_ended", back),
      event("run_ended", back),
      ...runOf(NIGHT, early),
    ]);
    const { events: found } = await readLedger(place);
    expect(found.map(({ run, event: kind }) => `${run === RUN ? "" : "early "}${kind}`)).toEqual([
      "early run_started",
      "early run_ended",
      "run_started",
      "stage_started",
      "stage_ended",
      "run_ended",
    ]);
  });
});

describe("what can't be read", () => {
  test("is told, and what is around it is there", async ({ place }) => {
    await writeLedger(place.root, runOf(NIGHT, RUN));
    const text = `${lineOf(events.registered).slice(0, 99)}\n{"schema_version":7,"churn_version":"9.1.0"}\n`;
    await writeFile(join(place.root, LEDGER_FILE), text, { flag: "a" });
    const { events: found, damaged, newer } = await readLedger(place);
    expect(found).toHaveLength(2);
    expect(damaged).toEqual([`line 3 of ${LEDGER_FILE} is damaged: it is no whole JSON`]);
    expect(newer).toEqual(["9.1.0"]);
  });
});

describe("a run without an end", () => {
  const place = { host: hostname(), night: NIGHT, run: RUN };

  test("was interrupted, unless it may be at work", async ({ place: at }) => {
    const sleeper = spawn("sleep", ["60"]);
    await writeLedger(at.root, [
      event("run_started", { ...place, process: sleeper.pid ?? 0 }),
      event("stage_started", place),
    ]);
    const outcome = async () => nightsOf((await readLedger(at)).events)[0]?.outcome;
    expect(await outcome()).toBe("interrupted");
    const lock = await acquireLock(join(at.root, ".churn", "lock"), at.root, "run-all of today");
    expect(await outcome()).toBe("running");
    sleeper.kill("SIGKILL");
    await new Promise((resolve) => sleeper.once("exit", resolve));
    expect(await outcome()).toBe("interrupted");
    lock.release();
  });
});

test("the decision of a run that was killed before it could tell it is told once, by its records", async ({
  place,
}) => {
  const nights = { ...place, ...deciding(place) };
  await decide(nights, NIGHT, {}, { run: RUN });
  await writeLedger(place.root, [events.run_started, event("stage_started", { stage: "register" })]);
  const { events: told } = await readLedger(nights);
  expect(told.filter(({ event: kind }) => kind === "registered")).toMatchObject([{ run: RUN, version: 4 }]);
  expect(nightsOf(told)).toMatchObject([{ outcome: "registered", decided_at: "2026-11-23T05:00:01.000Z" }]);
});

describe("from records", () => {
  const failing = {
    run: RUN,
    status: "failed",
    result: null,
    error: { name: "QualityGateError", message: "612 rows", hint: null, exit_code: 3 },
  } as const;

  test("comes a run that the ledger doesn't know, and what it does know stays as it is", async ({ place }) => {
    const other = "20261123T043000Z-0001";
    await writeRecord(place, attemptKey(NIGHT, other, "extract"), successOf(NIGHT, "extract", { run: other }));
    await writeRecord(
      place,
      attemptKey(NIGHT, other, "validate"),
      successOf(NIGHT, "validate", { ...failing, run: other }),
    );
    await writeRecord(place, attemptKey(NIGHT, RUN, "extract"), successOf(NIGHT, "extract", failing));
    await writeLedger(place.root, runOf(NIGHT, RUN));
    const [night] = nightsOf((await readLedger(place)).events);
    expect(night?.runs).toMatchObject([
      { run: other, started_by: null, outcome: "failed", stage: "validate", reason: "612 rows", exit_code: 3 },
      { run: RUN, started_by: "cron", outcome: "succeeded" },
    ]);
  });

  test("that are damaged it is told", async ({ place }) => {
    await place.store.write(attemptKey(NIGHT, RUN, "train"), "{");
    const { events: found, damaged } = await readLedger(place);
    expect(damaged).toEqual([`${attemptKey(NIGHT, RUN, "train")} is damaged: it is not whole JSON`]);
    expect(nightsOf(found)).toMatchObject([{ night: NIGHT, outcome: "unknown" }]);
  });

  test.for(releasedVersions)("come all nights of a workspace that churn %s left", async (version) => {
    await using workspace = await releasedWorkspace(version);
    const { root } = workspace;
    const store = openFolderStore(root);
    const place = { root, store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact: String };
    const { events: found, damaged, newer } = await readLedger(place);
    expect({ damaged, newer }).toEqual({ damaged: [], newer: [] });
    const figures = { f1: expect.any(Number), auc_roc: expect.any(Number), took: expect.any(Number), attempts: 1 };
    expect(nightsOf(found)).toMatchObject([
      {
        night: "2026-11-22",
        outcome: "failed",
        stage: "evaluate",
        exit_code: 5,
        runs: [
          { outcome: "failed", stage: "validate", exit_code: 3, reason: expect.stringContaining("quality gate") },
          { outcome: "failed", stage: "evaluate" },
        ],
      },
      {
        night: "2026-11-21",
        outcome: "registered",
        comparison: "better",
        version: 2,
        production: { version: 1, f1: expect.any(Number) },
        ...figures,
      },
      { night: "2026-11-20", outcome: "first_model", version: 1, production: null, ...figures },
    ]);
    expect(await nightsIn(place, { nights: 1 })).toEqual(["2026-11-22"]);
  });
});

describe("where the store is shared", () => {
  test("others' runs come from their copies, the own ones from the ledger alone", async ({ archive }) => {
    const root = await mkdtemp(join(archive.store.address, "workspace-"));
    const place = { ...archive, root };
    const [mine, theirs] = [runAt("2026-11-23"), runAt("2026-11-22", "00aa")];
    const own = runOf("2026-11-23", mine, events.registered);
    const others = runOf("2026-11-22", theirs, events.not_registered);
    await mkdir(join(root, ".churn"));
    await writeLedger(root, own);
    const content = (told: readonly LedgerEvent[]) => told.map((one) => `${lineOf(one)}\n`).join("");
    await archive.store.write(copyKey(mine), content(own));
    await archive.store.write(copyKey(theirs), content(others));
    expect((await readLedger(place)).events).toEqual([...others, ...own]);
    expect(await nightsIn(place, { nights: 1 })).toEqual(["2026-11-23"]);
    expect(timeOf(theirs) < timeOf(mine)).toBe(true);

    await archive.store.write(copyKey(theirs), content(others).slice(0, -20));
    const { events: found, damaged } = await readLedger(place);
    expect(damaged).toEqual([`line 3 of ${copyKey(theirs)} is damaged: it is no whole JSON`]);
    expect(nightsOf(found)).toMatchObject([
      { night: "2026-11-23" },
      { night: "2026-11-22", outcome: "not_registered" },
    ]);
  });

  test("another folder's run is at work while it holds the store, and interrupted once it is dead", async ({
    archive,
  }) => {
    const root = await mkdtemp(join(archive.store.address, "workspace-"));
    const place = { ...archive, root };
    const [dead, live] = [runAt("2026-11-23"), runAt("2026-11-23", "00ff").replace("T05", "T06")];
    for (const run of [dead, live]) {
      const running = { run, status: "running", started_at: timeOf(run), ended_at: null, result: null } as const;
      await writeRecord(archive, attemptKey(NIGHT, run, "extract"), successOf(NIGHT, "extract", running));
    }
    const stories = async () => nightsOf((await readLedger(place)).events);
    const since = "2026-11-23T05:59:59.500Z";
    const holder = async () => ({ text: "run-all", lives: true, since });
    const held = async () => nightsOf((await readLedger({ ...place, store: { ...archive.store, holder } })).events);
    expect(await held()).toMatchObject([
      {
        outcome: "running",
        stage: "extract",
        runs: [
          { run: dead, outcome: "interrupted" },
          { run: live, outcome: "running" },
        ],
      },
    ]);
    expect(await stories(), "nobody holds it").toMatchObject([{ outcome: "interrupted" }]);
    // By the lock itself: of the store, not of this folder.
    const own = runAt("2027-01-01");
    const now = { run: own, status: "running", ended_at: null, result: null, night: "2027-01-01" } as const;
    await archive.store.begin("run-all of today");
    const started_at = new Date().toISOString();
    await writeRecord(
      archive,
      attemptKey("2027-01-01", own, "extract"),
      successOf("2027-01-01", "extract", { ...now, started_at }),
    );
    expect((await stories())[0]).toMatchObject({ night: "2027-01-01", outcome: "running" });
    await archive.store.end();
    expect((await stories())[0]).toMatchObject({ night: "2027-01-01", outcome: "interrupted" });
  });

  test("no own run's copy is fetched, whichever events are asked for", async ({ archive }) => {
    const root = await mkdtemp(join(archive.store.address, "workspace-"));
    const [mine, theirs] = [runAt("2026-11-23"), runAt("2026-11-22", "00aa")];
    await writeLedger(root, runOf("2026-11-23", mine, events.sent));
    for (const run of [mine, theirs])
      await archive.store.write(copyKey(run), `${lineOf(event("promoted", { run }))}\n`);
    const fetched: string[] = [];
    const read = async (key: string) => {
      if (key.startsWith("ledger/")) fetched.push(key);
      return await archive.store.read(key);
    };
    const place = { ...archive, root, store: { ...archive.store, read } };
    const { events: found } = await readLedger(place, { kinds: ["promoted"] });
    expect(fetched).toEqual([copyKey(theirs)]);
    expect(found).toHaveLength(1);
  });
});

test("a gate that a killed run had waived is told by its record, unless other events are asked for", async ({
  place,
}) => {
  const { event: _, time: at, night: __, ...deed } = event("waived");
  const checkpoint = { stopped: null, waivers: [{ ...deed, at }] };
  const killed = { run: RUN, status: "running", ended_at: null, result: null, checkpoint } as const;
  await writeRecord(place, attemptKey(NIGHT, RUN, "validate"), successOf(NIGHT, "validate", killed));
  await writeLedger(place.root, [event("run_started"), event("stage_started", { stage: "validate" })]);
  const kindsOf = async (wanted: LedgerWanted) =>
    (await readLedger(place, wanted)).events.map(({ event: kind }) => kind);
  expect(await kindsOf({ night: NIGHT })).toEqual(["run_started", "stage_started", "waived", "run_ended"]);
  expect(await kindsOf({ kinds: ["run_started", "run_ended"] })).toEqual(["run_started", "run_ended"]);
});
