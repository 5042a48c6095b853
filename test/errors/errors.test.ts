import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ChurnError } from "../../src/lib/errors.ts";
import { errorSites } from "../support/error-sites.ts";
import { artifacts } from "./artifacts.ts";
import { backfill } from "./backfill.ts";
import { border } from "./border.ts";
import { cache } from "./cache.ts";
import { cli } from "./cli.ts";
import { commands } from "./commands.ts";
import { compare } from "./compare.ts";
import { config } from "./config.ts";
import { doctor } from "./doctor.ts";
import { duckdb } from "./duckdb.ts";
import { engine } from "./engine.ts";
import { files } from "./files.ts";
import { http } from "./http.ts";
import { init } from "./init.ts";
import { logs } from "./logs.ts";
import { matrix } from "./matrix.ts";
import { modelRows } from "./model.ts";
import { prepareRows } from "./prepare.ts";
import { quality } from "./quality.ts";
import type { Row } from "./row.ts";
import { s3 } from "./s3.ts";
import { schedule } from "./schedule.ts";
import { source } from "./source.ts";
import { sourceCommand } from "./source-command.ts";
import { sourceCsv } from "./source-csv.ts";
import { sourceDuckdb } from "./source-duckdb.ts";
import { sourceFiles } from "./source-files.ts";
import { sourceMysql } from "./source-mysql.ts";
import { sourcePostgres } from "./source-postgres.ts";
import { sourceQuery } from "./source-query.ts";
import { sourceS3 } from "./source-s3.ts";
import { sourceServer } from "./source-server.ts";
import { sourceWaiting } from "./source-waiting.ts";
import { stage } from "./stage.ts";
import { store } from "./store.ts";
import { storeBucket } from "./store-bucket.ts";
import { supervise } from "./supervise.ts";
import { tracking } from "./tracking.ts";
import { watchdog } from "./watchdog.ts";
import { why } from "./why.ts";
import { workspace } from "./workspace.ts";

/** Every sentence with which churn ends, by the room that says it: what causes it, the next step, the exit code. */
const table: Readonly<Record<string, readonly Row[]>> = {
  "cli.ts": border,
  commands,
  artifacts,
  backfill,
  cache,
  cli,
  compare,
  config,
  doctor,
  duckdb,
  engine,
  files,
  http,
  init,
  logs,
  matrix,
  model: modelRows,
  prepare: prepareRows,
  quality,
  s3,
  schedule,
  source: [
    ...source,
    ...sourceCommand,
    ...sourceCsv,
    ...sourceDuckdb,
    ...sourceFiles,
    ...sourceMysql,
    ...sourcePostgres,
    ...sourceQuery,
    ...sourceS3,
    ...sourceServer,
    ...sourceWaiting,
  ],
  stage,
  store: [...store, ...storeBucket],
  supervise,
  tracking,
  why,
  watchdog,
  workspace,
};

describe.each(Object.entries(table))("%s", (_, rows) => {
  test.each(rows)("$cause", async ({ by, code, says, next }) => {
    if (typeof by === "string") {
      // That test holds them; this one holds that it does.
      const text = await readFile(resolve(by), "utf8");
      for (const part of [says, next ?? ""].flatMap((sentence) => sentence.split("…"))) expect(text).toContain(part);
      return;
    }
    const folder = await realpath(await mkdtemp(join(tmpdir(), "churn-error-")));
    try {
      expect(await saidBy(() => by(folder), folder)).toEqual({
        code,
        says: expect.stringMatching(asPattern(says)),
        next: next === undefined ? undefined : expect.stringMatching(asPattern(next)),
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function saidBy(act: () => unknown, folder: string) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    const named = (text: string) => text.replaceAll(folder, "FOLDER");
    return { code: error.exitCode, says: named(error.message), next: error.hint && named(error.hint) };
  }
  throw new Error("nothing was said");
}

/** … stands for any text. */
function asPattern(sentence: string): RegExp {
  const parts = sentence.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(`^${parts.join("[\\s\\S]*")}$`);
}

/** Where a sentence is only handed on, put together, or said by a signal: their rows say so, where one can. */
const CARRIERS = [
  "cli.ts",
  "backfill/backfill.ts",
  "cli/output/terminal.ts",
  "commands/get.ts",
  "commands/notify.ts",
  "config/problems.ts",
  "source/command/reading.ts",
  "source/csv/columns.ts",
  "source/postgres/errors.ts",
  "notify/undelivered.ts",
  "source/ready.ts",
  "source/s3/reading.ts",
  "stage/known-registry.ts",
  "stage/record.ts",
  "stage/removed.ts",
  "store/bucket/lease.ts",
  "store/id.ts",
  "supervise/interruption.ts",
  "supervise/report.ts",
  "supervise/stage-command.ts",
  "tracking/rest/answers.ts",
  "tracking/rest/runs.ts",
  "workspace/hold.ts",
  "workspace/known-store.ts",
];

test("every sentence of src stands in its room's part of the table", async () => {
  const sites = await errorSites(resolve("src"));
  expect(sites.length).toBeGreaterThan(200);
  const missing = sites
    .filter(({ file, sentences }) => {
      const rows = table[file.split("/")[0] ?? ""] ?? [];
      return sentences?.some((sentence) => !rows.some(({ says }) => sentence.test(says)));
    })
    .map(({ file, line }) => `${file}:${line}`);
  expect(missing).toEqual([]);
  const handed = sites.filter(({ sentences }) => sentences === undefined).map(({ file }) => file);
  expect(new Set(handed)).toEqual(new Set(CARRIERS));
});
