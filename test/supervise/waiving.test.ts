import { expect } from "vitest";
import { extract } from "../../src/commands/extract.ts";
import { validate } from "../../src/commands/validate.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { attemptKey, type StageRecord, writeRecord } from "../../src/lib/stage/record.ts";
import { requireJudge, requireWaivable } from "../../src/lib/supervise/waiving.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { idleStage, successOf, test, writeSuccess } from "../support/records.ts";

const NIGHT = "2026-11-23";
const [A, B] = ["a".repeat(64), "b".repeat(64)];
const stages = [extract, validate, idleStage("train")];
const ask = (archive: Archive, gates: readonly string[], isDecided = false) =>
  requireWaivable({ ...archive, stages }, nightOf(NIGHT, 1), { gates, reason: "why" }, isDecided);

function extracted(sha256: string): StageRecord {
  const customers = { kind: "file" as const, key: `raw/${NIGHT}/customers.parquet`, size_bytes: 1, sha256 };
  return successOf(NIGHT, "extract", { outputs: { customers } });
}

async function attempted(archive: Archive, run: string, change: Partial<StageRecord>): Promise<void> {
  await writeRecord(archive, attemptKey(NIGHT, run, "validate"), successOf(NIGHT, "validate", { run, ...change }));
}

test("a run that leaves out validate can waive nothing", () => {
  expect(() => requireJudge(stages, undefined)).not.toThrow();
  expect(() => requireJudge(stages, "validate")).not.toThrow();
  for (const [some, from] of [
    [stages.slice(0, 1), undefined],
    [stages, "train"],
  ] as const)
    expect(() => requireJudge(some, from)).toThrow("--accept is for the gates of validate, which this run leaves out");
});

test("what is known to hold is refused before anything runs, and what nobody has judged is not", async ({
  archive,
}) => {
  await ask(archive, ["leakage"]);
  await writeSuccess(archive, extracted(A));
  const stopped = { sha256: A, gates: ["row_count"] };
  await attempted(archive, "20261123T050000Z-0001", { status: "failed", checkpoint: { stopped, waivers: [] } });
  // One that failed before it judged anything.
  await attempted(archive, "20261123T050000Z-0002", { status: "failed" });
  await ask(archive, ["row_count"]);
  await expect(ask(archive, ["leakage"])).rejects.toMatchObject({
    exitCode: 2,
    message: "--accept leakage: this gate has not failed, there is nothing to waive",
    hint: "what can be waived: row_count",
  });
  // Others have been read since.
  await writeSuccess(archive, extracted(B));
  await ask(archive, ["leakage"]);
});

test("a decided night is as it is, with what was waived for it", async ({ archive }) => {
  const waived = { by: "maria", host: "vm-ml-1", at: "2026-11-23T05:00:00.000Z", reason: "why" };
  const check = { severity: "fail", verdict: "failed", observed: 1, limit: "at least 2", detail: null };
  const result = {
    schema_version: 2,
    row_count: 1,
    null_rate: 0,
    null_rate_by_column: {},
    target_distribution: {},
    target_rate: 0.5,
    duplicate_rate: 0,
    gates: [
      { gate: "row_count", ...check, waived },
      { gate: "leakage", ...check, verdict: "passed", waived: null },
    ],
  };
  await writeSuccess(archive, successOf(NIGHT, "validate", { result }));
  await ask(archive, ["row_count"], true);
  await expect(ask(archive, ["row_count", "leakage"], true)).rejects.toMatchObject({
    exitCode: 2,
    message: `the night of ${NIGHT} is decided: nothing of it can be waived any more`,
    hint: `churn run-all --date ${NIGHT} --again decides anew`,
  });
});
