import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { extract } from "../../src/commands/extract.ts";
import { features } from "../../src/commands/features.ts";
import { transform } from "../../src/commands/transform.ts";
import { validate } from "../../src/commands/validate.ts";
import type { JsonArtifact, ParquetArtifact } from "../../src/lib/artifacts/artifact.ts";
import { recordPart } from "../../src/lib/artifacts/format.ts";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { defineStage, type Stage } from "../../src/lib/stage/define.ts";
import { runStage, type StageOutcome } from "../../src/lib/stage/run.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { openServices } from "../../src/lib/workspace/services.ts";
import { readArtifact } from "./read-artifact.ts";

/** Stands for all that comes after the data: its success decides the night. */
const decide = defineStage({
  name: "register",
  summary: "decides the night",
  needs: {},
  produces: {},
  reads: [],
  flags: z.strictObject({}),
  result: recordPart({}),
  run: async () => ({}),
  describe: () => "decided",
});

const STAGES: readonly Stage[] = [extract, validate, transform, features, decide];

/** A workspace in a temporary folder whose data stages run one by one, by the real runtime. */
export interface DataNight extends AsyncDisposable {
  readonly root: string;
  /** what people were warned of, in order */
  readonly warnings: string[];
  /** what people were told while a stage stood still, in order */
  readonly notices: string[];
  config: Config;
  date: string;
  today: string;
  /** each stage gets those that it declares */
  flags: Readonly<Record<string, unknown>>;
  /** Runs stages by name, in order, and returns the last one's outcome. */
  run(...names: string[]): Promise<StageOutcome>;
  /** Marks the night as decided. */
  decide(): Promise<void>;
  read<Schema extends z.ZodObject>(artifact: JsonArtifact<Schema>): Promise<z.infer<Schema>>;
  path(artifact: JsonArtifact | ParquetArtifact): string;
  /** A small result of SQL over files of the night. */
  rows<Schema extends z.ZodType>(sql: string, schema: Schema): Promise<z.infer<Schema>[]>;
}

export async function dataNight(config: z.input<typeof configSchema>): Promise<DataNight> {
  const root = await mkdtemp(join(tmpdir(), "churn-night-"));
  const store = openFolderStore(root);
  let runs = 0;
  const runOne = (stage: Stage) => {
    runs += 1;
    return runStage(stage, {
      archive: { store, workspaceId: "11111111-1111-4111-8111-111111111111", stages: STAGES, redact: String },
      config: night.config,
      services: openServices({ config: night.config, root, store, environment: readEnvironment({}, root) }, () => {}),
      night: nightOf(night.date, 1),
      today: night.today,
      person: "maria",
      runId: `20261123T050000Z-${runs.toString(16).padStart(4, "0")}`,
      command: ["churn", stage.name],
      flags: Object.fromEntries(Object.entries(night.flags).filter(([name]) => name in stage.flags.shape)),
      force: false,
      reporter: {
        log: (level, message) => {
          if (level === "warn") night.warnings.push(message);
        },
        progress: () => {},
        notice: (message) => night.notices.push(message),
      },
    });
  };
  const night: DataNight = {
    root,
    warnings: [],
    notices: [],
    config: configSchema.parse({ timezone: "UTC", ...config }),
    date: "2026-11-23",
    today: "2026-11-23",
    flags: {},
    async run(...names) {
      let outcome: StageOutcome | undefined;
      for (const name of names) {
        const stage = STAGES.find((known) => known.name === name);
        if (stage === undefined) throw new Error(`no stage ${name}`);
        outcome = await runOne(stage);
      }
      if (outcome === undefined) throw new Error("name a stage");
      return outcome;
    },
    decide: async () => void (await runOne(decide)),
    path: ({ key }) => join(root, key.replace("NIGHT", night.date)),
    read: (artifact) => readArtifact(root, artifact, night.date),
    async rows(sql, schema) {
      await using db = await openDatabase();
      return await db.rows(sql, schema);
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  return night;
}

/** Writes a DuckDB file with what the statements make in it. */
export async function writeDuckdb(file: string, ...statements: readonly string[]): Promise<void> {
  await using db = await openDatabase();
  await db.run(`ATTACH ${literal(file)} AS made`);
  await db.run("USE made");
  for (const statement of statements) await db.run(statement);
  await db.run("USE memory.main");
  await db.run("DETACH made");
}
