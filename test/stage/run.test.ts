import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, describe, expect } from "vitest";
import * as z from "zod";
import { json, parquet } from "../../src/lib/artifacts/artifact.ts";
import { defineFormat, recordPart } from "../../src/lib/artifacts/format.ts";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import { QualityGateError } from "../../src/lib/errors.ts";
import { defineStage, type Stage } from "../../src/lib/stage/define.ts";
import { attemptKey, readAttempt, readSuccess, recordKey } from "../../src/lib/stage/record.ts";
import { runStage, type StageOutcome, type StageRun } from "../../src/lib/stage/run.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import type { Store } from "../../src/lib/store/store.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { openServices } from "../../src/lib/workspace/services.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";

const WORKSPACE = "00000000-0000-4000-8000-000000000000";
const config: Config = configSchema.parse({
  timezone: "UTC",
  dataset: { id: "id", target: { column: "y" } },
  source: { url: "duckdb:x.duckdb", table: "t" },
});

const rows = defineFormat({ version: 1, schema: z.strictObject({ rows: z.int() }), upgrades: {} });
const counted = json("raw/NIGHT/counted.json", rows);
const doubled = json("features/NIGHT/doubled.json", rows);
const table = parquet("raw/NIGHT/table.parquet");

interface World {
  rows: number;
  fails?: Error;
  outside?: string;
  abacus?: string;
}

/** Two small stages, the second built on the first; what the first one counts is set by the test. */
function smallPipeline(world: World): readonly Stage[] {
  const count = defineStage({
    name: "count",
    summary: "counts",
    needs: {},
    produces: { counted, table },
    reads: ["evaluate"],
    flags: z.strictObject({ deep: z.boolean().default(false) }),
    result: recordPart({ rows: z.int() }),
    async outside(_, { rows }) {
      return world.outside === undefined ? undefined : `${world.outside}, it was ${rows}`;
    },
    async run({ outputs }) {
      await outputs.table.write((path) => writeFile(path, "rows"));
      if (world.fails !== undefined) throw world.fails;
      await outputs.counted.write({ rows: world.rows });
      return { rows: world.rows };
    },
    describe: ({ rows }) => `${rows} rows`,
  });
  const double = defineStage({
    name: "double",
    summary: "doubles",
    needs: { counted },
    produces: { doubled },
    reads: ["train"],
    flags: z.strictObject({}),
    result: recordPart({ rows: z.int() }),
    versions: async () => (world.abacus === undefined ? {} : { abacus: world.abacus }),
    async run({ inputs, outputs }) {
      const { rows } = await inputs.counted.read();
      await outputs.doubled.write({ rows: 2 * rows });
      return { rows: 2 * rows };
    },
    describe: ({ rows }) => `${rows} rows`,
  });
  return [count, double];
}

interface Night {
  readonly root: string;
  readonly store: Store;
  readonly world: World;
  run(
    name: "count" | "double",
    options?: Pick<Partial<StageRun>, "force" | "config" | "flags" | "onStart">,
  ): Promise<StageOutcome>;
}

const test = base.extend<{ night: Night }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  night: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-stage-"));
    const store = openFolderStore(root);
    const world: World = { rows: 3 };
    const stages = smallPipeline(world);
    let runs = 0;
    await use({
      root,
      store,
      world,
      run: async (name, options = {}) => {
        const stage = stages.find((one) => one.name === name);
        if (stage === undefined) throw new Error(name);
        runs += 1;
        return runStage(stage, {
          archive: { store, workspaceId: WORKSPACE, stages, redact: String },
          config: options.config ?? config,
          services: openServices({ config, root, store, environment: readEnvironment({}, root) }, () => {}),
          night: nightOf("2026-11-23", 1),
          today: "2026-11-23",
          person: "maria",
          runId: `20261123T05000${runs}Z-000${runs}`,
          command: ["churn", name],
          flags: options.flags ?? {},
          force: options.force ?? false,
          reporter: { log: () => {}, progress: () => {}, notice: () => {} },
          ...(options.onStart === undefined ? {} : { onStart: options.onStart }),
        });
      },
    });
    await rm(root, { recursive: true, force: true });
  },
});

describe("freshness names its reason", () => {
  test("a stage that has not run yet runs, and then is up to date", async ({ night }) => {
    expect(await night.run("count")).toMatchObject({ kind: "succeeded", line: "3 rows", reason: "has not run yet" });
    expect(await night.run("count")).toMatchObject({ kind: "fresh", line: "3 rows" });
  });

  test("a key that the stage reads", async ({ night }) => {
    await night.run("count");
    const other = { ...config, evaluate: { threshold: 0.3 }, compare: { ...config.compare, min_improvement: 0.5 } };
    expect(await night.run("count", { config: other })).toMatchObject({
      kind: "succeeded",
      reason: "evaluate.threshold changed",
    });
  });

  test("a key that it doesn't read makes no difference", async ({ night }) => {
    await night.run("count");
    expect(
      await night.run("count", { config: { ...config, compare: { ...config.compare, min_improvement: 0.5 } } }),
    ).toMatchObject({
      kind: "fresh",
    });
  });

  test("a flag", async ({ night }) => {
    await night.run("count");
    expect(await night.run("count", { flags: { deep: true } })).toMatchObject({ reason: "--deep changed" });
  });

  test("an output that somebody removed or changed", async ({ night }) => {
    await night.run("count");
    await night.store.write("raw/2026-11-23/table.parquet", "other");
    expect(await night.run("count")).toMatchObject({ reason: "raw/2026-11-23/table.parquet was changed" });
    await night.store.remove("raw/2026-11-23/counted.json");
    expect(await night.run("count")).toMatchObject({ reason: "raw/2026-11-23/counted.json was removed" });
  });

  test("an input that is other than it was; one that was made again with the same bytes is none", async ({ night }) => {
    await night.run("count");
    await night.run("double");
    await night.run("count", { force: true });
    expect(await night.run("double")).toMatchObject({ kind: "fresh" });
    night.world.rows = 5;
    await night.run("count", { force: true });
    expect(await night.run("double")).toMatchObject({
      kind: "succeeded",
      line: "10 rows",
      reason: "raw/2026-11-23/counted.json changed",
    });
  });

  test("a version of its own, but none that it no longer depends on", async ({ night }) => {
    night.world.abacus = "1.0";
    await night.run("count");
    expect((await night.run("double")).record.versions).toEqual({ ...VERSIONS, abacus: "1.0" });
    night.world.abacus = "1.1";
    const again = await night.run("double");
    expect(again).toMatchObject({ kind: "succeeded", reason: "abacus was 1.0, is 1.1" });
    delete night.world.abacus;
    expect(await night.run("double")).toMatchObject({ kind: "fresh" });
    const { digest } = (await night.run("double", { force: true })).record;
    expect(digest).not.toBe(again.record.digest);
  });

  test("something outside", async ({ night }) => {
    await night.run("count");
    night.world.outside = "Production is version 4 now";
    expect(await night.run("count")).toMatchObject({ reason: "Production is version 4 now, it was 3" });
  });

  test("an attempt that failed, and one that died", async ({ night }) => {
    night.world.fails = new Error("broken");
    await expect(night.run("count")).rejects.toThrow("broken");
    delete night.world.fails;
    expect(await night.run("count")).toMatchObject({ reason: "failed in run 0001" });
  });
});

describe("records", () => {
  test("a stage's record names inputs and outputs with their digests, and the attempt stays beside it", async ({
    night,
  }) => {
    await night.run("count");
    const { record } = await night.run("double");
    expect(record).toMatchObject({
      status: "succeeded",
      command: ["churn", "double"],
      inputs: {
        counted: {
          key: "raw/2026-11-23/counted.json",
          ...(await night.store.fingerprint("raw/2026-11-23/counted.json")),
        },
      },
      outputs: {
        doubled: {
          key: "features/2026-11-23/doubled.json",
          ...(await night.store.fingerprint("features/2026-11-23/doubled.json")),
        },
      },
      result: { rows: 6 },
      error: null,
    });
    expect(await night.store.list("records/2026-11-23/attempts")).toHaveLength(2);
  });

  test("a failure between two outputs leaves no success record over mixed files", async ({ night }) => {
    await night.run("count");
    night.world.fails = new Error("broken");
    await expect(night.run("count", { force: true })).rejects.toThrow("broken");
    expect(await readSuccess({ store: night.store, workspaceId: WORKSPACE }, "2026-11-23", "count")).toBeUndefined();
    expect(await readdir(join(night.store.address, "raw/2026-11-23"))).toEqual(["counted.json", "table.parquet"]);
  });

  test("a stage before its predecessor names the one that has to run", async ({ night }) => {
    await expect(night.run("double")).rejects.toMatchObject({
      exitCode: 4,
      message: "raw/2026-11-23/counted.json is missing: count has not succeeded for 2026-11-23",
      hint: "churn count --date 2026-11-23",
    });
  });

  test("an input that was changed by hand is refused", async ({ night }) => {
    await night.run("count");
    await night.store.write("raw/2026-11-23/counted.json", '{"rows":4}');
    await expect(night.run("double")).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("raw/2026-11-23/counted.json was changed since count wrote it"),
    });
  });

  test("after a failed gate the later stages stop with 3 until the gate holds", async ({ night }) => {
    night.world.fails = new QualityGateError("1 of 11 quality gates failed");
    await expect(night.run("count")).rejects.toMatchObject({ exitCode: 3 });
    await expect(night.run("double")).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("1 of 11 quality gates failed"),
    });
  });

  test("a damaged record is an error that names file and field; another workspace's and a newer one say so", async ({
    night,
  }) => {
    await night.run("count");
    const key = recordKey("2026-11-23", "count");
    const whole = (await night.store.read(key))?.toString() ?? "";
    const read = () => readSuccess({ store: night.store, workspaceId: WORKSPACE }, "2026-11-23", "count");

    await night.store.write(key, whole.slice(0, 200));
    await expect(read()).rejects.toMatchObject({ exitCode: 4, message: `${key} is damaged: it is not whole JSON` });
    await night.store.write(key, whole.replace('"status": "succeeded"', '"status": "fine"'));
    await expect(read()).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(`${key} is damaged: status: `),
    });
    const { churn } = VERSIONS;
    const newer = whole.replace('"schema_version": 2', '"schema_version": 3').replace(`"${churn}"`, '"9.4.0"');
    await night.store.write(key, newer);
    await expect(read()).rejects.toMatchObject({
      exitCode: 2,
      message: `${key} was written by churn 9.4.0, this is churn ${churn}`,
    });
    await night.store.write(key, whole.replace(WORKSPACE, "11111111-0000-4000-8000-000000000000"));
    await expect(read()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("belongs to workspace 11111111"),
    });
  });
});

test("a signal is listened for before an attempt's first record is written", async ({ night }) => {
  const path = join(night.root, attemptKey("2026-11-23", "20261123T050001Z-0001", "count"));
  const written: boolean[] = [];
  await night.run("count", { onStart: () => void written.push(existsSync(path)) });
  expect([...written, existsSync(path)]).toEqual([false, true]);
});

test("a try of the same run keeps what an earlier one has finished, from its first record on; that of other work it doesn't", async ({
  night: { root, store },
}) => {
  const runId = "20261123T050001Z-0001";
  const kept = async () =>
    (await readAttempt({ store, workspaceId: WORKSPACE }, "2026-11-23", runId, "settle"))?.checkpoint;
  const seen: unknown[] = [];
  const settle = defineStage({
    name: "settle",
    summary: "does the first step, and never the second",
    needs: {},
    produces: {},
    reads: ["evaluate"],
    flags: z.strictObject({}),
    result: recordPart({}),
    checkpoint: recordPart({ steps: z.int() }),
    async run({ checkpoint }) {
      seen.push(await kept());
      if (checkpoint.last === undefined) await checkpoint.save({ steps: 1 });
      throw new Error("the service is down");
    },
    describe: () => "settled",
  });
  const tryOnce = (now: Config) =>
    runStage(settle, {
      archive: { store, workspaceId: WORKSPACE, stages: [settle], redact: String },
      config: now,
      services: openServices({ config: now, root, store, environment: readEnvironment({}, root) }, () => {}),
      night: nightOf("2026-11-23", 1),
      today: "2026-11-23",
      person: "maria",
      runId,
      command: ["churn", "settle"],
      flags: {},
      force: false,
      reporter: { log: () => {}, progress: () => {}, notice: () => {} },
    });
  for (const _ of [1, 2, 3]) await expect(tryOnce(config)).rejects.toThrow("the service is down");
  expect(await kept(), "a third try needs it as well").toMatchObject({ steps: 1 });
  const other = { ...config, evaluate: { threshold: 0.3 } };
  await expect(tryOnce(other)).rejects.toThrow("the service is down");
  expect(seen).toEqual([null, expect.objectContaining({ steps: 1 }), expect.objectContaining({ steps: 1 }), null]);
});
