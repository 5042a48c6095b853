import { describe, expect } from "vitest";
import { InputError, QualityGateError } from "../../src/lib/errors.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import {
  attemptKey,
  failureOf,
  lastAttempt,
  readAttempts,
  readOutline,
  readSuccess,
  recordKey,
  restoring,
  type StageRecord,
  writeRecord,
} from "../../src/lib/stage/record.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { succeeded, successOf, test, WORKSPACE, writeSuccess } from "../support/records.ts";

const NIGHT = "2026-11-23";
const KEY = "records/2026-11-23/train.json";
const RUNS = ["20261123T050000Z-0001", "20261123T060000Z-0002", "20261124T050000Z-0000"] as const;

async function attempted(archive: Archive, run: string, change: Partial<StageRecord> = {}): Promise<void> {
  await writeRecord(archive, attemptKey(NIGHT, run, "train"), successOf(NIGHT, "train", { run, ...change }));
}

test("records lie by night and stage, attempts by run as well", () => {
  expect(recordKey(NIGHT, "train")).toBe(KEY);
  expect(attemptKey(NIGHT, RUNS[0], "train")).toBe("records/2026-11-23/attempts/20261123T050000Z-0001/train.json");
});

describe("a success", () => {
  test("is read as it was written, and undefined while there is none", async ({ archive }) => {
    expect(await readSuccess(archive, NIGHT, "train")).toBeUndefined();
    await succeeded(archive, NIGHT, "train");
    expect(await readSuccess(archive, NIGHT, "train")).toEqual(successOf(NIGHT, "train"));
    expect((await archive.store.read(KEY))?.toString()).toMatch(
      /^\{\n {2}"schema_version": 2,\n {2}"churn_version": "[^"]+",\n {2}"workspace": "/,
    );
  });

  test("that is damaged is restored from the attempt that wrote it", async ({ archive }) => {
    await succeeded(archive, NIGHT, "train");
    await archive.store.write(KEY, "{");
    await expect(readSuccess(archive, NIGHT, "train")).rejects.toMatchObject({
      exitCode: 4,
      message: `${KEY} is damaged: it is not whole JSON`,
      hint: `cp records/2026-11-23/attempts/20261123T050000Z-0001/train.json ${KEY} restores it: the attempt's record is the same`,
      cause: expect.any(InputError),
    });
  });

  test("has an outline, which says of what is damaged or another's the same", async ({ archive }) => {
    expect(await readOutline(archive, NIGHT, "train")).toBeUndefined();
    await succeeded(archive, NIGHT, "train");
    const { stage, outputs, started_at, ended_at } = successOf(NIGHT, "train");
    expect(await readOutline(archive, NIGHT, "train")).toMatchObject({ stage, outputs, started_at, ended_at });
    const text = String(await archive.store.read(KEY));
    for (const harmed of [
      "{",
      text.replace('"outputs": {', '"outputs": { "x": 1,'),
      text.replace(WORKSPACE, "another"),
    ]) {
      await archive.store.write(KEY, harmed);
      const whole = await readSuccess(archive, NIGHT, "train").catch((error: unknown) => error);
      expect(whole).toBeInstanceOf(Error);
      await expect(readOutline(archive, NIGHT, "train")).rejects.toEqual(whole);
    }
    // Of an older version there are fewer fields.
    const { schema_version: _, cpu_seconds: __, tries: ___, ...older } = JSON.parse(text);
    await archive.store.write(KEY, JSON.stringify({ schema_version: 1, ...older }));
    expect(await readOutline(archive, NIGHT, "train")).toEqual(await readSuccess(archive, NIGHT, "train"));
  });

  test("that is damaged and without such an attempt is made anew", async ({ archive }) => {
    await attempted(archive, RUNS[0], { status: "failed" });
    await archive.store.write(KEY, JSON.stringify({ ...successOf(NIGHT, "train"), night: 23 }));
    await expect(readSuccess(archive, NIGHT, "train")).rejects.toMatchObject({
      exitCode: 4,
      message: `${KEY} is damaged: night: Invalid input: expected string, received number`,
      hint: "churn train --date 2026-11-23 --force",
    });
  });

  test("of another workspace is refused, and both are named", async ({ archive }) => {
    const workspace = "11111111-0000-4000-8000-000000000000";
    await writeSuccess(archive, successOf(NIGHT, "train", { workspace }));
    await expect(readSuccess(archive, NIGHT, "train")).rejects.toMatchObject({
      exitCode: 2,
      message: `${KEY} belongs to workspace ${workspace}, but this store's workspace.json says ${WORKSPACE}`,
      hint: "were folders of two workspaces mixed? give each its own store",
    });
  });

  test("of a churn before 1.10 has no CPU seconds, and was one try", async ({ archive }) => {
    const { cpu_seconds: _, tries: __, ...old } = successOf(NIGHT, "train");
    await archive.store.write(KEY, JSON.stringify({ schema_version: 1, ...old }));
    expect(await readSuccess(archive, NIGHT, "train")).toEqual({ ...old, cpu_seconds: null, tries: 1 });
  });

  test("of a newer churn names both", async ({ archive }) => {
    const versions = { churn: "9.4.0" };
    const { workspace: _, ...unknown } = successOf(NIGHT, "train", { versions });
    await archive.store.write(KEY, JSON.stringify({ schema_version: 3, ...unknown }));
    const sentence = `, this is churn ${VERSIONS.churn}`;
    await expect(readSuccess(archive, NIGHT, "train")).rejects.toMatchObject({
      exitCode: 2,
      message: `${KEY} was written by churn 9.4.0${sentence}`,
    });
    await archive.store.write(KEY, JSON.stringify({ schema_version: 3 }));
    await expect(readSuccess(archive, NIGHT, "train")).rejects.toMatchObject({
      message: `${KEY} was written by a newer churn${sentence}`,
    });
  });
});

describe("a record that is lost", () => {
  const restores = (run: string) =>
    `cp records/2026-11-23/attempts/${run}/train.json ${KEY} restores it: the attempt's record is the same`;

  test("is the newest attempt's that succeeded", async ({ archive }) => {
    expect(await restoring(archive, NIGHT, "train")).toBeUndefined();
    await attempted(archive, RUNS[0]);
    await attempted(archive, RUNS[1]);
    await attempted(archive, RUNS[2], { status: "failed" });
    expect(await restoring(archive, NIGHT, "train")).toBe(restores(RUNS[1]));
    expect(await restoring(archive, NIGHT, "extract")).toBeUndefined();
  });

  test("is no damaged attempt's, nor another workspace's or a newer churn's", async ({ archive }) => {
    await attempted(archive, RUNS[0]);
    await attempted(archive, RUNS[1], { workspace: "another" });
    await archive.store.write(attemptKey(NIGHT, RUNS[2], "train"), "{");
    expect(await restoring(archive, NIGHT, "train")).toBe(restores(RUNS[0]));
    await archive.store.write(attemptKey(NIGHT, RUNS[2], "train"), '{"schema_version": 3}');
    expect(await restoring(archive, NIGHT, "train")).toBe(restores(RUNS[0]));
  });

  test("but a disk that fails is told", async ({ archive }) => {
    await attempted(archive, RUNS[0]);
    const store = { ...archive.store, read: () => Promise.reject(new TypeError("a defect")) };
    await expect(restoring({ ...archive, store }, NIGHT, "train")).rejects.toThrow(new TypeError("a defect"));
  });
});

describe("attempts", () => {
  test("come newest first, those of the stage alone", async ({ archive }) => {
    expect(await lastAttempt(archive, NIGHT, "train")).toBeUndefined();
    for (const run of RUNS) await attempted(archive, run);
    await succeeded(archive, NIGHT, "extract");
    const runs: string[] = [];
    for await (const { run } of readAttempts(archive, NIGHT, "train")) runs.push(run);
    expect(runs).toEqual([...RUNS].reverse());
    expect(await lastAttempt(archive, NIGHT, "train")).toMatchObject({ run: RUNS[2] });
    expect(await lastAttempt(archive, NIGHT, "extract")).toMatchObject({ run: RUNS[0] });
    expect(await lastAttempt(archive, "2026-11-22", "train")).toBeUndefined();
  });

  test("that are damaged may go: nothing is built on them", async ({ archive }) => {
    await attempted(archive, RUNS[0]);
    const key = attemptKey(NIGHT, RUNS[1], "train");
    await archive.store.write(key, "{");
    await expect(lastAttempt(archive, NIGHT, "train")).rejects.toMatchObject({
      exitCode: 4,
      message: `${key} is damaged: it is not whole JSON`,
      hint: `rm ${key}  (the history of one attempt: nothing is built on it)`,
    });
  });
});

describe("a failure in a record", () => {
  test("is churn's own error", () => {
    expect(failureOf(new QualityGateError("a gate failed", "look at it"))).toEqual({
      name: "QualityGateError",
      message: "a gate failed",
      hint: "look at it",
      exit_code: 3,
    });
    expect(failureOf(new InputError("gone"))).toEqual({
      name: "InputError",
      message: "gone",
      hint: null,
      exit_code: 4,
    });
  });

  test("is what the machine refuses, in words", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", path: "/srv/churn" });
    expect(failureOf(full)).toEqual({
      name: "ServiceError",
      message: "/srv/churn: the disk is full",
      hint: "free some space, then run it again",
      exit_code: 5,
    });
  });

  test("is a defect otherwise, whatever was thrown", () => {
    expect(failureOf(new TypeError("it is undefined"))).toEqual({
      name: "TypeError",
      message: "TypeError: it is undefined",
      hint: null,
      exit_code: 1,
    });
    expect(failureOf("thrown")).toEqual({ name: "unknown", message: "thrown", hint: null, exit_code: 1 });
  });
});

describe("a record that is written", () => {
  const key = recordKey(NIGHT, "extract");
  const said = { name: "ServiceError", message: "s3cret failed", hint: "look at s3cret", exit_code: 5 };

  test("has no secret in what people read", async ({ archive }) => {
    await writeRecord(
      archive,
      key,
      successOf(NIGHT, "extract", {
        command: ["churn", "extract", "--set", "source.url=duckdb:s3cret/x"],
        reason: "s3cret changed",
        config: { source: { url: "duckdb:s3cret/x", files: ["s3cret"] } },
        flags: { note: "s3cret" },
        error: said,
        result: { source: "s3cret/x", receipts: [{ channel: "file", detail: "to s3cret" }], bytes: 7 },
      }),
    );
    expect(await readSuccess(archive, NIGHT, "extract")).toMatchObject({
      command: ["churn", "extract", "--set", "source.url=duckdb:***/x"],
      reason: "*** changed",
      config: { source: { url: "duckdb:***/x", files: ["***"] } },
      flags: { note: "***" },
      error: { message: "*** failed", hint: "look at ***" },
      result: { source: "***/x", receipts: [{ channel: "file", detail: "to ***" }], bytes: 7 },
    });
  });

  test("is read again, though a secret has a word for its value that stages go by", async ({ archive }) => {
    const named = { ...archive, redact: (text: string) => text.replaceAll(/succeeded|train|churn|model/g, "***") };
    const record = successOf(NIGHT, "train", { result: { mlflow_run_id: "train", model_uri: "file:///srv/model" } });
    await writeRecord(named, recordKey(NIGHT, "train"), record);
    expect(await readSuccess(named, NIGHT, "train")).toEqual({
      ...record,
      command: ["***", "***"],
      result: { mlflow_run_id: "train", model_uri: "file:///srv/***" },
    });
  });
});
