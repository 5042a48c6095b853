import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";
import * as z from "zod";
import { recordPart } from "../../src/lib/artifacts/format.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { defineStage, type Stage } from "../../src/lib/stage/define.ts";
import { attemptKey, recordKey, type StageRecord, writeRecord } from "../../src/lib/stage/record.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";

export const WORKSPACE = "00000000-0000-4000-8000-000000000000";

/** A stage that does nothing, in a pipeline of which only the order matters. */
export function idleStage(name: string): Stage {
  return defineStage({
    name,
    summary: `does ${name}`,
    needs: {},
    produces: {},
    reads: [],
    flags: z.strictObject({}),
    result: recordPart({}),
    run: async () => ({}),
    describe: () => `${name} is done`,
  });
}

/** An archive over a store in a temporary folder, with stages named as the pipeline's. */
export const test = base.extend<{ archive: Archive }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  archive: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-archive-"));
    const stages = ["extract", "validate", "train", "register", "notify"].map(idleStage);
    await use({
      store: openFolderStore(root),
      workspaceId: WORKSPACE,
      stages,
      redact: (text) => text.replace("s3cret", "***"),
    });
    await rm(root, { recursive: true, force: true });
  },
});

/** A record as a stage that succeeded leaves it. */
export function successOf(night: string, stage: string, change: Partial<StageRecord> = {}): StageRecord {
  return {
    workspace: WORKSPACE,
    stage,
    night,
    run: "20261123T050000Z-0001",
    status: "succeeded",
    started_at: "2026-11-23T05:00:00.000Z",
    ended_at: "2026-11-23T05:00:01.000Z",
    versions: { churn: "1.1.0" },
    node: "v20.20.2",
    command: ["churn", stage],
    reason: "has not run yet",
    config: {},
    flags: {},
    digest: "d".repeat(64),
    inputs: {},
    outputs: {},
    checkpoint: null,
    result: {},
    error: null,
    peak_memory_bytes: 1,
    cpu_seconds: 1,
    tries: 1,
    taken_over_from: null,
    ...change,
  };
}

/** Writes success records of stages for a night, and their attempts. */
export async function succeeded(archive: Archive, night: string, ...stages: readonly string[]): Promise<void> {
  for (const stage of stages) await writeSuccess(archive, successOf(night, stage));
}

export async function writeSuccess(archive: Archive, record: StageRecord): Promise<void> {
  await writeRecord(archive, attemptKey(record.night, record.run, record.stage), record);
  await writeRecord(archive, recordKey(record.night, record.stage), record);
}
