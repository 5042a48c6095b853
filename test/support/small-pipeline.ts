import * as z from "zod";
import { folder, json, parquet, resultOf } from "../../src/lib/artifacts/artifact.ts";
import { defineFormat, recordPart } from "../../src/lib/artifacts/format.ts";
import { jsonText } from "../../src/lib/artifacts/json-text.ts";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { defineStage, type Stage } from "../../src/lib/stage/define.ts";
import { planWork, type Work } from "../../src/lib/stage/fresh.ts";
import type { Reference, StageRecord } from "../../src/lib/stage/record.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { openServices, type Services } from "../../src/lib/workspace/services.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { test as records, successOf, writeSuccess } from "./records.ts";

const rows = defineFormat({ version: 1, schema: z.strictObject({ rows: z.int() }), upgrades: {} });

/** One artifact of each kind. */
export const table = parquet("raw/NIGHT/table.parquet");
export const counted = json("raw/NIGHT/counted.json", rows);
export const model = folder("models/NIGHT/model");
export const report = json("models/NIGHT/report.json", rows);
export const source = resultOf("extract", z.object({ source: z.string() }));

export const config: Config = configSchema.parse({
  timezone: "UTC",
  dataset: { id: "id", target: { column: "y" } },
  source: { url: "duckdb:x.duckdb", table: "t" },
});

/** Makes the raw files, which validate has to accept. */
export const extract: Stage = defineStage({
  name: "extract",
  summary: "extracts",
  needs: {},
  produces: { table, counted },
  reads: ["source"],
  flags: z.strictObject({}),
  result: recordPart({ source: z.string(), seconds: z.number() }),
  final: { acceptedBy: "validate" },
  run: async () => ({ source: "x.duckdb", seconds: 1 }),
  describe: ({ source }) => `from ${source}`,
});

/** Builds on them, on a part of extract's result and on an earlier night's report. */
export const train: Stage = defineStage({
  name: "train",
  summary: "trains",
  needs: { table, counted, source },
  produces: { model, report },
  previous: { report },
  reads: ["train", "evaluate"],
  flags: z.strictObject({ accept_all: z.boolean().default(false) }),
  result: recordPart({ rows: z.int() }),
  run: async () => ({ rows: 3 }),
  describe: ({ rows }) => `${rows} rows`,
});

/** `idleStage`'s pipeline, in which extract and train have files. */
export const test = records.extend<{ small: Archive }>({
  small: async ({ archive }, use) => {
    const working: readonly Stage[] = [extract, train];
    const stages = archive.stages.map((idle) => working.find(({ name }) => name === idle.name) ?? idle);
    await use({ ...archive, stages });
  },
});

/** Writes a file, as a record has it. */
export async function file(archive: Archive, key: string, content: string): Promise<Reference> {
  return { kind: "file", key, ...(await archive.store.write(key, content)) };
}

/** Leaves a night's raw files and extract's success. */
export async function extracted(archive: Archive, night: string, count = 3): Promise<StageRecord> {
  const record = successOf(night, "extract", {
    versions: VERSIONS,
    config: { source: { url: "duckdb:x.duckdb", table: "t" } },
    outputs: {
      table: await file(archive, `raw/${night}/table.parquet`, `${count} rows`),
      counted: await file(archive, `raw/${night}/counted.json`, jsonText(rows.write({ rows: count }))),
    },
    result: { source: "x.duckdb", seconds: 1 },
  });
  await writeSuccess(archive, record);
  return record;
}

/** Leaves a night's model and train's success at such work; by default what is planned for it. */
export async function trained(archive: Archive, night: string, planned?: Work): Promise<StageRecord> {
  const work = planned ?? (await plan(archive, night));
  const folder = `models/${night}/model`;
  const files = [];
  for (const [name, content] of Object.entries({ MLmodel: "flavors", "model.json": "trees" }))
    files.push({ name, ...(await archive.store.write(`${folder}/${name}`, content)) });
  const record = successOf(night, "train", {
    versions: VERSIONS,
    inputs: work.inputs,
    config: jsonObject.parse(work.config),
    flags: jsonObject.parse(work.flags),
    digest: work.digest,
    outputs: {
      model: { kind: "folder", key: folder, files },
      report: await file(archive, `models/${night}/report.json`, jsonText(rows.write({ rows: 3 }))),
    },
    result: { rows: 3 },
  });
  await writeSuccess(archive, record);
  return record;
}

const jsonObject = z.record(z.string(), z.json());

/** The configuration with such changes, the services that it says, and a day after all nights. */
export function atHand(
  archive: Archive,
  changed: Partial<Config> = {},
): { config: Config; services: Services; today: string } {
  const { store } = archive;
  const whole = { ...config, ...changed };
  const environment = readEnvironment({ HOME: "/nowhere" }, store.address);
  return {
    config: whole,
    today: "2026-12-31",
    services: openServices({ config: whole, root: store.address, store, environment }, () => {}),
  };
}

/** What train would do for a night. */
export async function plan(
  archive: Archive,
  night: string,
  { changed = {}, flags = {} }: { readonly changed?: Partial<Config>; readonly flags?: Record<string, unknown> } = {},
): Promise<Work> {
  return planWork(archive, train, night, atHand(archive, changed), train.flags.parse(flags));
}
