import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import type { LedgerEvent } from "../../src/lib/ledger/events.ts";
import type { LedgerPlace } from "../../src/lib/ledger/read.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import { attemptKey, readSuccess, recordKey, writeRecord } from "../../src/lib/stage/record.ts";
import { writeRemoved } from "../../src/lib/stage/removed.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceId } from "../../src/lib/store/id.ts";
import { whyNight } from "../../src/lib/why/night.ts";
import { parseNight } from "../../src/lib/workspace/night.ts";
import { pipeline } from "../../src/pipeline.ts";
import { least } from "../support/config-workspace.ts";
import { test as base } from "../support/folder.ts";
import { event, events, writeLedger } from "../support/ledger-events.ts";
import { releasedVersions, releasedWorkspace } from "../support/released.ts";

const config = configSchema.parse({ ...parse(least), timezone: "UTC" });
const now = new Date("2026-12-01T12:00:00Z");
const gatesOf = z.looseObject({ gates: z.array(z.looseObject({ gate: z.string() })) });

async function placeAt(root: string): Promise<LedgerPlace> {
  const store = openFolderStore(root);
  return { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact: String, root };
}
const storyAt = async (place: LedgerPlace, name: string) => {
  const night = parseNight(name);
  return night && (await whyNight(place, night, { config, now }));
};
const test = base.extend<{ place: LedgerPlace; tell: (name: string) => ReturnType<typeof storyAt> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  place: async ({}, use) => {
    await using left = await releasedWorkspace("1.8.0");
    await use(await placeAt(left.root));
  },
  tell: async ({ place }, use) => use((name) => storyAt(place, name)),
});

describe.each(releasedVersions)("of a night that churn %s left", (version) => {
  base("the story is told by its records alone", async () => {
    await using left = await releasedWorkspace(version);
    // From 1.9 on there is one.
    await rm(join(left.root, LEDGER_FILE), { force: true });
    const place = await placeAt(left.root);
    const first = await storyAt(place, "2026-11-20");
    expect(first).toMatchObject({
      outcome: "first_model",
      data: { customers: 983, source: "customers.duckdb", before: null },
      split: { train: 800, test: 183, left_out: 0 },
      comparison: { outcome: "first_model", rows: 183, production: null },
      decision: { registered: true, version: 1, stage: "Staging" },
      missing: [],
      problems: [],
    });
    expect(await storyAt(place, "2026-11-21")).toMatchObject({
      outcome: "registered",
      starts: 1,
      run: { outcome: "succeeded", started_by: null, took: expect.any(Number) },
      data: { customers: 985, before: { night: "2026-11-20", customers: 983 } },
      split: { train: 802, test: 183 },
      model: { trained_on: 802, judged_rounds: 0, f1: expect.closeTo(0.524, 3), auc_roc: expect.closeTo(0.811, 3) },
      comparison: {
        outcome: "better",
        f1: expect.closeTo(0.524, 3),
        production: { version: 1, f1: 0.5, recorded_f1: expect.closeTo(0.494, 3), night: null },
        improvement: expect.closeTo(0.048, 3),
        decided_by: "f1_improvement",
      },
      decision: { registered: true, version: 2, stage: "Staging" },
      told: [
        { about: "registered", channel: "terminal", outcome: "sent" },
        { about: "registered", channel: "file", outcome: "sent", detail: "notifications/2026-11-21.txt" },
      ],
      files: [
        { what: "decision", key: "models/2026-11-21/comparison.json", state: "present" },
        { what: "model", key: "models/2026-11-21/model/model.json", state: "present" },
        { what: "log", key: expect.stringMatching(/^logs\/2026-11-21\/.*\.jsonl$/), state: "present" },
      ],
      next: ["churn why --version 2"],
      problems: [],
    });
    expect(await storyAt(place, "2026-11-22")).toMatchObject({
      outcome: "failed",
      starts: 2,
      run: { outcome: "failed", stage: "evaluate", exit_code: 5 },
      model: { trained_on: 808, f1: null },
      comparison: null,
      decision: null,
      failure: { stage: "evaluate", reason: expect.stringMatching(/a folder stands/), details: [], exit_code: 5 },
      missing: ["evaluate", "compare", "register", "notify"],
      next: ["churn run-all --date 2026-11-22"],
      problems: [],
    });
    expect(await storyAt(place, "2026-11-23")).toBeUndefined();
  });
});

describe("a night that a gate stopped", () => {
  const run = "20261127T193936Z-32d3";
  test("has the gates as evidence, from the message about it, or else from the log", async ({ place, tell }) => {
    await rm(join(place.root, "records/2026-11-22/attempts/20261127T193937Z-0dcc"), { recursive: true });
    const evidence = expect.arrayContaining([expect.stringMatching(/^row_count +992 +at least 9,999 +failed$/)]);
    const failure = {
      stage: "validate",
      details: evidence,
      hint: expect.stringMatching(/^look at the source/),
      exit_code: 3,
    };
    expect(await tell("2026-11-22")).toMatchObject({
      failure,
      told: [
        { about: "failed", run, channel: "terminal" },
        { about: "failed", run, channel: "file" },
      ],
    });
    await rm(join(place.root, "notifications/outbox"), { recursive: true });
    expect(await tell("2026-11-22")).toMatchObject({ failure, told: [] });
    await rm(join(place.root, "logs"), { recursive: true });
    expect(await tell("2026-11-22")).toMatchObject({ failure: { stage: "validate", details: [] } });
  });
});

describe("the ledger", () => {
  test("tells how a run was started, whose version's own night it was, and who waived what", async ({
    place,
    tell,
  }) => {
    const of = { night: "2026-11-21", run: "20261127T193932Z-4cf2" };
    await writeLedger(place.root, [
      event("registered", { night: "2026-11-20", version: 1 }),
      event("run_started", { ...of, started_by: "cron" }),
      event("waived", of),
      event("run_ended", of),
    ]);
    expect(await tell("2026-11-21")).toMatchObject({
      run: { id: of.run, started_by: "cron" },
      waived: [{ gates: ["row_count"], reason: "two branches were closed", by: "maria", host: "vm-ml-1" }],
      comparison: { production: { version: 1, night: "2026-11-20" } },
    });
  });

  test("is not needed to know of a waived gate: the verdicts have it", async ({ place, tell }) => {
    const waived = { by: "maria", host: "vm-ml-1", at: "2026-11-21T05:00:00.000Z", reason: "two branches were closed" };
    const record = await readSuccess(place, "2026-11-21", "validate");
    const gates = gatesOf.parse(record?.result);
    if (record === undefined) throw new Error("the night has validated its customers");
    const [first] = gates.gates;
    const result = {
      ...gates,
      schema_version: 2,
      gates: gates.gates.map((gate) => ({ ...gate, waived: gate === first ? waived : null })),
    };
    await writeRecord(place, recordKey("2026-11-21", "validate"), { ...record, versions: { churn: "1.9.0" }, result });
    const told = async () => (await tell("2026-11-21"))?.waived;
    expect(await told()).toEqual([{ gates: [first?.gate], ...waived }]);
    const of = { night: "2026-11-21", run: "20261127T193932Z-4cf2" };
    await writeLedger(place.root, [event("run_started", of), event("waived", { ...of, gates: [first?.gate ?? ""] })]);
    expect(await told(), "once").toHaveLength(1);
  });

  test("knows of nights without records: a start that was refused, a run that is at work", async ({ place, tell }) => {
    const refused = event("run_refused", { night: "2026-11-24", reason: "no churn.yaml", exit_code: 2 });
    const atWork: LedgerEvent = { ...events.run_started, night: "2026-11-25", host: "elsewhere" };
    const waits: LedgerEvent = { ...events.run_waits, night: "2026-11-25", until: now.toISOString() };
    await writeLedger(place.root, [refused, atWork, waits]);
    expect(await tell("2026-11-24")).toMatchObject({
      outcome: "failed",
      run: { id: null, outcome: "refused" },
      failure: { stage: null, reason: "no churn.yaml", exit_code: 2 },
      files: [],
    });
    expect(await tell("2026-11-25")).toMatchObject({
      outcome: "waiting",
      failure: null,
      next: ["churn logs --date 2026-11-25 --follow"],
    });
  });
});

describe("what isn't as it was", () => {
  test("is said of files: changed, missing, removed by churn gc", async ({ place, tell }) => {
    const states = async () => (await tell("2026-11-21"))?.files.map(({ what, state }) => `${what} ${state}`);
    await writeFile(join(place.root, "models/2026-11-21/comparison.json"), "{}");
    await rm(join(place.root, "logs/2026-11-21"), { recursive: true });
    await rm(join(place.root, "models/2026-11-21/model/model.json"));
    expect(await states()).toEqual(["decision changed", "model missing", "log missing"]);
    const model = (await tell("2026-11-21"))?.files.find(({ what }) => what === "model");
    const file = { key: model?.key ?? "", sha256: model?.sha256 ?? "", size_bytes: 189_398 };
    const removal = { ...file, removed_at: "2026-12-01T05:00:00.000Z", limit: "--keep 1d" };
    await writeRemoved(place, "2026-11-21", { finished: [], files: [removal] });
    expect(await states()).toEqual(["decision changed", "model removed", "log missing"]);
  });

  test("a record that can't be read is told, and the rest of the story with it", async ({ place, tell }) => {
    const key = "records/2026-11-21/transform.json";
    await writeFile(join(place.root, key), "{");
    const story = await tell("2026-11-21");
    expect(story).toMatchObject({ split: null, decision: { version: 2 }, missing: ["transform"] });
    expect(story?.problems).toEqual([expect.stringMatching(`^${key} is damaged`)]);
    // One that is lost is proved by its attempt.
    await rm(join(place.root, key));
    expect(await tell("2026-11-21")).toMatchObject({ split: { train: 802 }, missing: [], problems: [] });
    await rm(join(place.root, attemptKey("2026-11-21", "20261127T193932Z-4cf2", "transform")));
    expect(await tell("2026-11-21")).toMatchObject({ split: null, missing: ["transform"] });
  });
});
