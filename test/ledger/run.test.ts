import { mkdtemp } from "node:fs/promises";
import { hostname } from "node:os";
import { describe, expect } from "vitest";
import { ServiceError, UsageError } from "../../src/lib/errors.ts";
import { copyKey } from "../../src/lib/ledger/copies.ts";
import type { StartedBy } from "../../src/lib/ledger/events.ts";
import { readLedgerFile, readLines } from "../../src/lib/ledger/lines.ts";
import { endBy, type RunTeller, tellerOfRun } from "../../src/lib/ledger/run.ts";
import { type LedgerWriter, openLedgerWriter } from "../../src/lib/ledger/writer.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { attemptKey, writeRecord } from "../../src/lib/stage/record.ts";
import { InterruptedError } from "../../src/lib/supervise/interruption.ts";
import { userName } from "../../src/lib/workspace/user.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { event, NIGHT } from "../support/ledger-events.ts";
import { test as records, successOf } from "../support/records.ts";

const [FIRST, SECOND] = ["20261123T050000Z-0001", "20261123T060000Z-0001"];
const succeeded = { outcome: "succeeded", stage: "notify", reason: null, exit_code: 0 } as const;

interface Opened {
  readonly root: string;
  readonly writer: LedgerWriter;
  /** as a new process has it */
  teller(origin?: StartedBy): RunTeller;
  /** what is told, in short */
  told(): readonly string[];
}

function openedAt(root: string): Opened {
  const warned: string[] = [];
  const writer = openLedgerWriter({ root, redact: String, onWarn: (reason) => warned.push(reason) });
  return {
    root,
    writer,
    teller: (origin = "cron") => tellerOfRun({ writer, root, origin: () => origin, command: ["churn", "run-all"] }),
    told: () =>
      (readLedgerFile(root)?.events ?? []).map((event) =>
        [event.event, event.run?.slice(9, 11), "outcome" in event ? event.outcome : undefined]
          .filter((word) => word !== undefined)
          .join(" "),
      ),
  };
}

const test = records.extend<{ opened: Opened }>({
  opened: async ({ archive }, use) => use(openedAt(archive.store.address)),
});
const run = (id: string) => ({ id, night: NIGHT });

describe("a run", () => {
  test("says who started it, and how; that it waits; and its end once", async ({ archive, opened }) => {
    const teller = opened.teller();
    await teller.begin(archive, run(FIRST));
    teller.waits({ stage: "train", reason: "MLflow is down", exit_code: 5, until: "2026-11-23T05:05:00.000Z" });
    await teller.begin(archive, run(FIRST));
    await teller.end(succeeded, archive.store);
    await teller.end(succeeded, archive.store);
    teller.fail(NIGHT, new UsageError("told already"));
    expect(opened.told()).toEqual(["run_started 05", "run_waits 05", "run_ended 05 succeeded"]);
    const [started, , ended] = readLedgerFile(opened.root)?.events ?? [];
    const place = { user: userName(), host: hostname(), process: process.pid };
    expect(started).toMatchObject({ run: FIRST, night: NIGHT, command: ["churn", "run-all"], ...place });
    expect(ended).toMatchObject({ run: FIRST, night: NIGHT, ...succeeded, took: expect.any(Number) });
  });

  test("gives an end to the one before it that has none, and to no other", async ({ archive, opened }) => {
    const killed = opened.teller();
    await killed.begin(archive, run(FIRST));
    opened.writer.append({ event: "stage_started", night: NIGHT, stage: "train", reason: null });
    await opened.teller().begin(archive, run(SECOND));
    const third = opened.teller();
    await third.begin(archive, run("20261123T070000Z-0001"));
    await third.end(succeeded, archive.store);
    await opened.teller().begin(archive, run("20261123T080000Z-0001"));
    expect(opened.told()).toEqual([
      "run_started 05",
      "stage_started 05",
      "run_ended 05 interrupted",
      "run_started 06",
      "run_ended 06 interrupted",
      "run_started 07",
      "run_ended 07 succeeded",
      "run_started 08",
    ]);
    expect(readLedgerFile(opened.root)?.events[2]).toMatchObject({ stage: "train", reason: null, took: null });
  });

  test("tells of a gate that the one before it had waived when it was killed, once", async ({ archive, opened }) => {
    await opened.teller().begin(archive, run(FIRST));
    opened.writer.append({ event: "stage_started", night: NIGHT, stage: "validate", reason: null });
    const { event: _, time: __, night: ___, ...deed } = event("waived", { run: FIRST });
    // By a clock that was set back before: that is no reason not to tell.
    const checkpoint = { stopped: null, waivers: [{ ...deed, at: "2026-11-23T04:00:00.000Z" }] };
    const killed = { run: FIRST, status: "running", ended_at: null, result: null, checkpoint } as const;
    await writeRecord(archive, attemptKey(NIGHT, FIRST, "validate"), successOf(NIGHT, "validate", killed));
    await opened.teller().begin(archive, run(SECOND));
    await opened.teller().begin(archive, run("20261123T070000Z-0001"));
    expect(opened.told().filter((line) => /waived|05$|ended/.test(line))).toEqual([
      "run_started 05",
      "stage_started 05",
      "waived 05",
      "run_ended 05 interrupted",
      "run_ended 06 interrupted",
    ]);
    expect(readLedgerFile(opened.root)?.events).toContainEqual({ ...event("waived", deed), time: expect.any(String) });
  });

  test("tells of a decision that the one before it had come to when it was killed, once, with its moment", async ({
    archive,
    opened,
  }) => {
    const nights = deciding(archive);
    await opened.teller().begin(nights, run(FIRST));
    opened.writer.append({ event: "stage_started", night: NIGHT, stage: "register", reason: null });
    await decide(nights, NIGHT, {}, { run: FIRST });
    await opened.teller().begin(nights, run(SECOND));
    await opened.teller().begin(nights, run("20261123T070000Z-0001"));
    expect(opened.told()).toEqual([
      "run_started 05",
      "stage_started 05",
      "registered 05 better",
      "run_ended 05 interrupted",
      "run_started 06",
      "run_ended 06 interrupted",
      "run_started 07",
    ]);
    // What was in production then is told of that moment, and not of the next night's.
    expect(readLedgerFile(opened.root)?.events[2]).toMatchObject({ version: 4, time: "2026-11-23T05:00:01.000Z" });
  });

  test("that waits is at work still, for who begins meanwhile", async ({ archive, opened }) => {
    const waiting = opened.teller();
    await waiting.begin(archive, run(FIRST));
    const until = new Date(Date.now() + 60_000).toISOString();
    waiting.waits({ stage: "train", reason: "MLflow is down", exit_code: 5, until });
    await opened.teller().begin(archive, run(SECOND));
    expect(opened.told()).toEqual(["run_started 05", "run_waits 05", "run_started 06"]);
  });

  test("whose night another has decided meanwhile had nothing to do", async ({ archive, opened }) => {
    const teller = opened.teller();
    await teller.begin(archive, run(FIRST));
    await teller.nothingToDo(NIGHT, archive.store);
    expect(opened.told()).toEqual(["run_started 05", "run_ended 05 nothing_to_do"]);
  });

  test("that fails while it waits has an end", async ({ archive, opened }) => {
    const teller = opened.teller();
    await teller.begin(archive, run(FIRST));
    teller.fail(NIGHT, new ServiceError("the disk is full"));
    teller.fail(NIGHT, new ServiceError("the disk is full"));
    expect(readLedgerFile(opened.root)?.events[1]).toMatchObject({ reason: "the disk is full", exit_code: 5 });
    expect(opened.told()).toEqual(["run_started 05", "run_ended 05 failed"]);
  });
});

describe("a start that comes to no run", () => {
  test("of a decided night says so", async ({ archive, opened }) => {
    await opened.teller().nothingToDo(NIGHT, archive.store);
    const [told] = readLedgerFile(opened.root)?.events ?? [];
    expect(told).toMatchObject({ event: "nothing_to_do", run: null, night: NIGHT });
  });

  test("that is refused says why, once, unless a person has seen it", ({ opened }) => {
    const teller = opened.teller();
    teller.fail(null, new UsageError("the registry is another one"));
    teller.fail(null, new UsageError("the registry is another one"));
    opened.teller("terminal").fail(NIGHT, new UsageError("the registry is another one"));
    expect(readLedgerFile(opened.root)?.events).toMatchObject([
      { event: "run_refused", run: null, night: null, reason: "the registry is another one", exit_code: 2 },
    ]);
  });
});

describe("where the store is shared", () => {
  const shared = records.extend<{ opened: Opened }>({
    opened: async ({ archive }, use) => use(openedAt(await mkdtemp(`${archive.store.address}/workspace-`))),
  });
  const copyOf = async ({ store }: Archive, id: string) => {
    const content = await store.read(copyKey(id));
    return content && readLines(content).events.map(({ event }) => event);
  };

  shared(
    "what ended while it waited is put there by the next start, be its night decided",
    async ({ archive, opened }) => {
      const waiting = opened.teller();
      await waiting.begin(archive, run(FIRST));
      waiting.fail(NIGHT, new ServiceError("the disk is full"));
      expect(await copyOf(archive, FIRST)).toBeUndefined();
      await opened.teller().nothingToDo(NIGHT, archive.store);
      expect(await copyOf(archive, FIRST)).toEqual(["run_started", "run_ended"]);
    },
  );

  shared("what a run told is put there when it has ended, and what a killed one told", async ({ archive, opened }) => {
    await opened.teller().begin(archive, run(FIRST));
    expect(await copyOf(archive, FIRST)).toBeUndefined();
    const teller = opened.teller();
    await teller.begin(archive, run(SECOND));
    opened.writer.append({ event: "stage_started", night: NIGHT, stage: "train", reason: null });
    await teller.end(succeeded, archive.store);
    expect(await copyOf(archive, FIRST)).toEqual(["run_started", "run_ended"]);
    expect(await copyOf(archive, SECOND)).toEqual(["run_started", "stage_started", "run_ended"]);
  });

  shared("a store that takes it not costs no run", async ({ archive, opened }) => {
    const teller = opened.teller();
    await teller.begin(archive, run(FIRST));
    const write = () => Promise.reject(new ServiceError("the bucket is down"));
    await teller.end(succeeded, { ...archive.store, write });
    expect(opened.told()).toEqual(["run_started 05", "run_ended 05 succeeded"]);
  });
});

describe("an end", () => {
  test.for([
    [new ServiceError("the disk is full"), { outcome: "failed", reason: "the disk is full", exit_code: 5 }],
    [new InterruptedError("SIGTERM"), { outcome: "interrupted", reason: "stopped by SIGTERM", exit_code: 143 }],
    [new TypeError("no function"), { outcome: "failed", reason: "TypeError: no function", exit_code: 1 }],
  ] as const)("by %s", ([error, end]) => {
    expect(endBy(error, "train")).toEqual({ stage: "train", ...end });
  });
});
