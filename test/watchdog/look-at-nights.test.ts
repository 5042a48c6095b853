import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { ServiceError } from "../../src/lib/errors.ts";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { lookAtNights } from "../../src/lib/watchdog/look-at-nights.ts";
import { least } from "../support/config-workspace.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { event, NIGHT, runOf } from "../support/ledger-events.ts";
import { succeeded, test } from "../support/records.ts";

const runAt = (date: string) => `${date.replaceAll("-", "")}T050000Z-0001`;
const nightOf = (date: string, ...told: readonly LedgerEvent[]) => runOf(date, runAt(date), ...told);
const decided = (date: string) => nightOf(date, event("registered"));
const failing = (date: string) => {
  const place = { night: date, run: runAt(date), time: `${date}T05:00:00.000Z` };
  const end = { outcome: "failed", stage: "validate", reason: "1 of 11 quality gates failed", exit_code: 3 } as const;
  return [event("run_started", place), event("run_ended", { ...place, ...end })];
};

const config = (watchdog: object = {}) =>
  configSchema.parse({ ...parse(least), timezone: "Europe/Berlin", watchdog: { by: "09:00", nights: 3, ...watchdog } });

/** What is found at a time of NIGHT's day, in UTC: an hour less than in Berlin. */
async function lookAt(
  archive: Archive,
  told: readonly LedgerEvent[],
  { time = "08:05", date = NIGHT, set = {} }: { time?: string; date?: string; set?: object } = {},
) {
  const root = archive.store.address;
  await writeFile(join(root, LEDGER_FILE), told.map((one) => `${lineOf(one)}\n`).join(""));
  const place = async () => ({ ...archive, root });
  return await lookAtNights({ root, place }, config(set), new Date(`${date}T${time}:00Z`));
}
const texts = (look: Awaited<ReturnType<typeof lookAt>>) => look.findings.map(({ what, text }) => `${what}: ${text}`);

describe("the night that is due", () => {
  test("is well once it is decided", async ({ archive }) => {
    expect(await lookAt(archive, decided(NIGHT))).toEqual({
      findings: [],
      unjudged: [],
      well: ["2026-11-23 is decided"],
      notes: [],
    });
  });

  test("is not late before its deadline, and then is, until it is decided", async ({ archive }) => {
    const before = decided("2026-11-22");
    expect(texts(await lookAt(archive, before, { time: "07:59" }))).toEqual([]);
    expect(await lookAt(archive, before, { time: "08:00" })).toMatchObject({
      findings: [
        {
          what: "late",
          subject: "2026-11-23",
          text: "no success by 09:00: no night of 2026-11-23 has begun",
          next: "churn run-all --date 2026-11-23",
        },
      ],
    });
    expect(texts(await lookAt(archive, [...before, ...decided(NIGHT)], { time: "22:00" }))).toEqual([]);
  });

  test.for([
    [
      "one that is at work",
      [
        event("run_started", { host: "elsewhere" }),
        event("run_waits", {
          stage: "extract",
          reason: "no snapshot yet",
          exit_code: 75,
          until: "2026-11-23T08:30:00.000Z",
        }),
      ],
      "the night of 2026-11-23 waits at extract: no snapshot yet",
      "churn logs --date 2026-11-23",
    ],
    [
      "one that failed",
      failing(NIGHT),
      "the night of 2026-11-23 failed at validate: 1 of 11 quality gates failed",
      "churn run-all --date 2026-11-23",
    ],
    [
      "one that was killed",
      [event("run_started"), event("stage_started")],
      "the night of 2026-11-23 was interrupted at train",
      "churn run-all --date 2026-11-23",
    ],
    [
      "one that did what it was asked for, and no more",
      nightOf(NIGHT),
      "the night of 2026-11-23 has not been decided",
      "churn run-all --date 2026-11-23",
    ],
    [
      "one that was turned away",
      [event("run_refused", { reason: "a reason that may quote a customer", exit_code: 2 })],
      "the night of 2026-11-23 failed",
      "churn run-all --date 2026-11-23",
    ],
  ] as const)("is told with what became of it: %s", async ([, told, text, next], { archive }) => {
    const look = await lookAt(archive, [...decided("2026-11-22"), ...told]);
    expect(look.findings).toEqual([{ what: "late", subject: NIGHT, text: `no success by 09:00: ${text}`, next }]);
  });

  test("isn't well for one that is dated after today: a clock was ahead when that ran", async ({ archive }) => {
    const told = [...decided("2026-11-20"), ...decided("2027-06-16")];
    const note = "the night of 2027-06-16 is dated after today and doesn't count: a clock was ahead when it ran";
    const look = await lookAt(archive, told);
    expect(texts(look)).toEqual([
      "late: no success by 09:00: no night of 2026-11-23 has begun",
      "nights: 3 nights in a row without success, since 2026-11-21; the last one was that of 2026-11-20",
    ]);
    expect(look.notes).toEqual([note]);
    const well = { findings: [], well: ["2026-11-23 is decided"], notes: [note] };
    expect(await lookAt(archive, [...told, ...decided(NIGHT)])).toMatchObject(well);
    // Nor does it make the workspace older than it is.
    expect(texts(await lookAt(archive, decided("2027-06-16"), { time: "22:00" }))).toEqual([]);
  });

  test("is known by its records where the ledger doesn't tell of it", async ({ archive }) => {
    await decide(archive, NIGHT);
    expect((await lookAt(deciding(archive), [])).well).toEqual(["2026-11-23 is decided"]);
  });
});

describe("nights in a row", () => {
  test("without success are counted by the calendar, whether they failed or never began", async ({ archive }) => {
    const told = [...decided("2026-11-20"), ...failing("2026-11-21")];
    expect(texts(await lookAt(archive, told))).toEqual([
      "late: no success by 09:00: no night of 2026-11-23 has begun",
      "nights: 3 nights in a row without success, since 2026-11-21; the last one was that of 2026-11-20",
    ]);
    expect(texts(await lookAt(archive, told, { date: "2026-11-22" }))).toEqual([
      "late: no success by 09:00: no night of 2026-11-22 has begun",
    ]);
    expect(texts(await lookAt(archive, told, { set: { nights: 4 } }))).toHaveLength(1);
    expect(texts(await lookAt(archive, told, { set: { nights: 1 }, date: "2026-11-21" }))).toEqual([
      "late: no success by 09:00: the night of 2026-11-21 failed at validate: 1 of 11 quality gates failed",
      "nights: 1 night without success, since 2026-11-21; the last one was that of 2026-11-20",
    ]);
  });

  test("may be many, and go back to one that records alone know", async ({ archive }) => {
    await succeeded(archive, "2026-01-01", "register");
    const look = await lookAt(archive, failing(NIGHT));
    expect(texts(look)[1]).toBe(
      "nights: 326 nights in a row without success, since 2026-01-02; the last one was that of 2026-01-01",
    );
  });

  test("begin with the first one where none has ever succeeded", async ({ archive }) => {
    const told = ["2026-11-21", "2026-11-22", NIGHT].flatMap(failing);
    expect(texts(await lookAt(archive, told))[1]).toBe(
      "nights: 3 nights in a row without success, since 2026-11-21; none has ever succeeded",
    );
    expect(texts(await lookAt(archive, told.slice(2)))).toHaveLength(1);
  });
});

describe("a row of nights without success", () => {
  const lookOn = async (archive: Archive, date: string, told: readonly LedgerEvent[]) =>
    (await lookAt(archive, told, { date, set: { nights: 1 } })).findings.map(({ what, subject }) => [what, subject]);

  test("is the same one on the next day, and another one behind a success, though nobody looked in between", async ({
    archive,
  }) => {
    const row = (first: string | null) => ["late", "nights"].map((what) => [what, first]);
    await succeeded(archive, "2026-11-19", "register");
    const told = [...decided("2026-11-19"), ...failing("2026-11-20")];
    expect(await lookOn(archive, "2026-11-20", told)).toEqual(row("2026-11-20"));
    expect(await lookOn(archive, "2026-11-21", told)).toEqual(row("2026-11-20"));
    const mended = [...told, ...decided("2026-11-21")];
    expect(await lookOn(archive, "2026-11-22", mended)).toEqual(row("2026-11-22"));
  });

  test("is one until the very first success", async ({ archive }) => {
    expect(await lookOn(archive, "2026-11-20", failing("2026-11-20"))).toEqual([
      ["late", null],
      ["nights", null],
    ]);
    expect(await lookOn(archive, "2026-11-21", failing("2026-11-20"))).toEqual([
      ["late", null],
      ["nights", null],
    ]);
  });
});

describe("a workspace without a night", () => {
  test("is late on its first day, and has missed no day before", async ({ archive }) => {
    expect(texts(await lookAt(archive, []))).toEqual(["late: no success by 09:00: no night of 2026-11-23 has begun"]);
    expect(await lookAt(archive, [], { time: "07:00" })).toMatchObject({ findings: [], well: ["no night is due yet"] });
    // Its first night is at work, or has failed: yesterday's was none of its.
    expect(texts(await lookAt(archive, failing(NIGHT), { time: "07:00" }))).toEqual([]);
  });
});

describe("what is switched off", () => {
  test("isn't looked at", async ({ archive }) => {
    const told = [...decided("2026-11-19"), ...failing(NIGHT)];
    expect(texts(await lookAt(archive, told, { set: { by: null } }))).toEqual([
      "nights: 3 nights in a row without success, since 2026-11-20; the last one was that of 2026-11-19",
    ]);
    expect(texts(await lookAt(archive, told, { set: { nights: null } }))).toHaveLength(1);
    const place = () => Promise.reject(new Error("nobody asks"));
    const look = await lookAtNights({ root: "/", place }, config({ by: null, nights: null }), new Date());
    expect(look).toEqual({ findings: [], unjudged: [], well: [], notes: [] });
  });
});

describe("a store that is down", () => {
  const place = () => Promise.reject(new ServiceError("s3://bucket can't be reached"));
  const look = async (archive: Archive, told: readonly LedgerEvent[]) => {
    await lookAt(archive, told);
    return lookAtNights({ root: archive.store.address, place }, config(), new Date(`${NIGHT}T08:05:00Z`));
  };

  test("doesn't matter where this machine's ledger knows that the night is decided", async ({ archive }) => {
    expect(await look(archive, decided(NIGHT))).toEqual({
      findings: [],
      unjudged: [],
      well: ["2026-11-23 is decided"],
      notes: ["s3://bucket can't be reached"],
    });
  });

  test("is what is found where it doesn't, and nothing of before has cleared", async ({ archive }) => {
    expect(await look(archive, decided("2026-11-19"))).toEqual({
      findings: [
        {
          what: "unseen",
          subject: "nights",
          text: "whether the night of 2026-11-23 has succeeded can't be seen: s3://bucket can't be reached",
          next: "churn doctor",
        },
      ],
      unjudged: ["late", "nights"],
      well: [],
      notes: [],
    });
  });
});

test("a ledger that can't be read is what is found", async ({ archive }) => {
  const root = archive.store.address;
  await mkdir(join(root, LEDGER_FILE));
  const look = await lookAtNights(
    { root, place: async () => ({ ...archive, root }) },
    config(),
    new Date(`${NIGHT}T08:05:00Z`),
  );
  expect(look.findings).toMatchObject([{ what: "unseen", text: expect.stringContaining("can't be seen: ") }]);
});
