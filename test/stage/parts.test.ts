import { expect, test } from "vitest";
import * as z from "zod";
import { recordPart, upgrade } from "../../src/lib/artifacts/format.ts";
import { readCheckpoint, readResult } from "../../src/lib/stage/parts.ts";
import type { StageRecord } from "../../src/lib/stage/record.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";

const rowsOf1 = z.strictObject({ rows: z.int() });
const rowsOf2 = z.strictObject({ train: z.int(), test: z.int() });
const part = recordPart(rowsOf2.shape, { 1: upgrade(rowsOf1, rowsOf2, ({ rows }) => ({ train: rows, test: 0 })) });

const record: StageRecord = {
  workspace: "00000000-0000-4000-8000-000000000000",
  stage: "count",
  night: "2026-11-23",
  run: "20261123T050000Z-0001",
  status: "succeeded",
  started_at: "2026-11-23T05:00:00.000Z",
  ended_at: "2026-11-23T05:00:01.000Z",
  versions: { churn: "9.4.0" },
  node: "v20.20.2",
  command: ["churn", "count"],
  reason: "has not run yet",
  config: {},
  flags: {},
  digest: "0",
  inputs: {},
  outputs: {},
  checkpoint: null,
  result: null,
  error: null,
  peak_memory_bytes: null,
  cpu_seconds: null,
  tries: 1,
  taken_over_from: null,
};

test("a result and a checkpoint of an older form are read in the present one", () => {
  expect(readResult(part, { ...record, result: { rows: 3 } })).toEqual({ train: 3, test: 0 });
  expect(readCheckpoint(part, { ...record, checkpoint: { rows: 3 } })).toEqual({ train: 3, test: 0 });
});

test("an attempt that saved no checkpoint has none", () => {
  expect(readCheckpoint(part, record)).toBeUndefined();
});

test("of a newer form they name the churn that the record names", () => {
  const newer = { schema_version: 3, rows: {} };
  expect(() => readResult(part, { ...record, result: newer })).toThrow(
    `the result in records/2026-11-23/count.json was written by churn 9.4.0, this is churn ${VERSIONS.churn}`,
  );
  expect(() => readCheckpoint(part, { ...record, checkpoint: newer })).toThrow(
    `the checkpoint in records/2026-11-23/attempts/20261123T050000Z-0001/count.json was written by churn 9.4.0, this is churn ${VERSIONS.churn}`,
  );
});

test("a damaged one names its record and the field", () => {
  expect(() => readResult(part, { ...record, result: { rows: "3" } })).toThrow(
    expect.objectContaining({
      exitCode: 4,
      message:
        "the result in records/2026-11-23/count.json is damaged: rows: Invalid input: expected number, received string",
    }),
  );
});
