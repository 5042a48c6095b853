import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect } from "vitest";
import * as z from "zod";
import { json, parquet, resultOf } from "../../src/lib/artifacts/artifact.ts";
import { recordPart, upgrade } from "../../src/lib/artifacts/format.ts";
import {
  digestOf,
  findArtifact,
  keyOf,
  verifiedPath,
  verify,
  whatChanged,
  whatGcRemoved,
} from "../../src/lib/stage/inputs.ts";
import { type Reference, recordKey } from "../../src/lib/stage/record.ts";
import { writeRemoved } from "../../src/lib/stage/removed.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { idleStage, succeeded, successOf, writeSuccess } from "../support/records.ts";
import { counted, extracted, file, model, report, source, table, test, trained } from "../support/small-pipeline.ts";

const NIGHT = "2026-11-23";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("an artifact's key has the night's name", () => {
  expect(keyOf(table, `${NIGHT}.2`)).toBe("raw/2026-11-23.2/table.parquet");
});

describe("an artifact is found by the record of the stage that made it", () => {
  test("as a file or a folder", async ({ small }) => {
    const { outputs } = await extracted(small, NIGHT);
    expect(await findArtifact(small, table, NIGHT)).toEqual(outputs.table);
    expect(await findArtifact(small, counted, NIGHT)).toEqual(outputs.counted);
    const made = await trained(small, NIGHT);
    expect(await findArtifact(small, model, NIGHT)).toEqual(made.outputs.model);
    expect(await findArtifact(small, report, NIGHT)).toEqual(made.outputs.report);
  });

  test("wherever the files lie: they may have been taken over", async ({ small }) => {
    const record = await extracted(small, NIGHT);
    await writeSuccess(small, { ...record, night: `${NIGHT}.2`, taken_over_from: NIGHT });
    expect(await findArtifact(small, table, `${NIGHT}.2`)).toMatchObject({ key: "raw/2026-11-23/table.parquet" });
  });

  test("as a part of its result, of which nothing else counts", async ({ small }) => {
    await extracted(small, NIGHT);
    expect(await findArtifact(small, source, NIGHT)).toEqual({
      kind: "result",
      key: "records/2026-11-23/extract.json",
      value: { source: "x.duckdb" },
      sha256: sha256('{"source":"x.duckdb"}'),
    });
  });

  test("as the present churn has the result, whichever wrote it", async ({ small }) => {
    const [old, next] = [z.strictObject({ rows: z.int() }), z.strictObject({ customers: z.int() })];
    const result = recordPart(next.shape, { 1: upgrade(old, next, ({ rows }) => ({ customers: rows })) });
    const stages = small.stages.map((stage) => (stage.name === "train" ? { ...stage, result } : stage));
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    expect(await findArtifact({ ...small, stages }, resultOf("train", next), NIGHT)).toMatchObject({
      value: { customers: 3 },
    });
  });

  test("and one that no stage makes is a defect", async ({ small }) => {
    await expect(findArtifact(small, parquet("raw/NIGHT/other.parquet"), NIGHT)).rejects.toThrow(
      new Error("no stage produces raw/NIGHT/other.parquet"),
    );
    await expect(findArtifact(small, resultOf("extra", z.object({})), NIGHT)).rejects.toThrow(
      new Error("no stage produces the result of extra"),
    );
  });
});

describe("an artifact that isn't there", () => {
  test("names the stage that has to run", async ({ small }) => {
    await expect(findArtifact(small, table, NIGHT)).rejects.toMatchObject({
      exitCode: 4,
      message: "raw/2026-11-23/table.parquet is missing: extract has not succeeded for 2026-11-23",
      hint: "churn extract --date 2026-11-23",
    });
    await expect(findArtifact(small, source, NIGHT)).rejects.toMatchObject({
      message: "records/2026-11-23/extract.json is missing: extract has not succeeded for 2026-11-23",
    });
  });

  test("though its stage has succeeded is made anew", async ({ small }) => {
    await writeSuccess(small, successOf(NIGHT, "extract", { result: { source: "x", seconds: 1 } }));
    await expect(findArtifact(small, table, NIGHT)).rejects.toMatchObject({
      exitCode: 4,
      message: "records/2026-11-23/extract.json names no table",
      hint: "churn extract --date 2026-11-23 --force",
    });
  });

  test("of a decided night lost its record, which the attempt still has", async ({ small }) => {
    await extracted(small, NIGHT);
    await succeeded(small, NIGHT, "register");
    await small.store.remove(recordKey(NIGHT, "extract"));
    await expect(findArtifact(small, table, NIGHT)).rejects.toMatchObject({
      exitCode: 4,
      message: "records/2026-11-23/extract.json is missing",
      hint: "cp records/2026-11-23/attempts/20261123T050000Z-0001/extract.json records/2026-11-23/extract.json restores it: the attempt's record is the same",
    });
  });

  test("nor its attempt, comes from a backup, or the night is decided anew", async ({ small }) => {
    await succeeded(small, `${NIGHT}.2`, "register");
    await expect(findArtifact(small, table, `${NIGHT}.2`)).rejects.toMatchObject({
      exitCode: 4,
      message: "records/2026-11-23.2/extract.json is missing",
      hint: "restore it from a backup, or decide that night anew: churn run-all --date 2026-11-23 --again",
    });
  });

  test("of the deciding stage itself is no lost record", async ({ small }) => {
    const registration = json("models/NIGHT/registration.json", recordPart({}));
    const register = { ...idleStage("register"), produces: { registration } };
    const stages = small.stages.map((stage) => (stage.name === "register" ? register : stage));
    await expect(findArtifact({ ...small, stages }, registration, NIGHT)).rejects.toMatchObject({
      message: "models/2026-11-23/registration.json is missing: register has not succeeded for 2026-11-23",
    });
  });
});

describe("files are as the record has them", () => {
  test("or the first that differs is named", async ({ small }) => {
    await extracted(small, NIGHT);
    const { outputs } = await trained(small, NIGHT);
    const { model, report } = outputs;
    if (model === undefined || report === undefined) throw new Error("train has two outputs");
    const changes = async () => [await whatChanged(small.store, model), await whatChanged(small.store, report)];
    expect(await changes()).toEqual([undefined, undefined]);
    await small.store.write("models/2026-11-23/model/model.json", "other");
    await small.store.remove("models/2026-11-23/report.json");
    expect(await changes()).toEqual([
      "models/2026-11-23/model/model.json was changed",
      "models/2026-11-23/report.json was removed",
    ]);
    await small.store.remove("models/2026-11-23/model/MLmodel");
    expect(await whatChanged(small.store, model)).toBe("models/2026-11-23/model/MLmodel was removed");
  });

  test("and a part of a result has none that could differ", async ({ small }) => {
    await extracted(small, NIGHT);
    const reference = await findArtifact(small, source, NIGHT);
    await small.store.remove(recordKey(NIGHT, "extract"));
    expect(await whatChanged(small.store, reference)).toBeUndefined();
  });

  test("or the stage that made them has to run again", async ({ small }) => {
    await extracted(small, NIGHT);
    const reference = await findArtifact(small, counted, NIGHT);
    await verify(small, counted, reference, NIGHT);
    await file(small, "raw/2026-11-23/counted.json", "{}");
    const refusal = {
      exitCode: 4,
      message: "raw/2026-11-23/counted.json was changed since extract wrote it",
      hint: "churn extract --date 2026-11-23 --force",
    };
    await expect(verify(small, counted, reference, NIGHT)).rejects.toMatchObject(refusal);

    await succeeded(small, NIGHT, "register");
    await expect(verify(small, counted, reference, NIGHT)).rejects.toMatchObject({
      ...refusal,
      hint: "restore it from a backup, or decide that night anew: churn run-all --date 2026-11-23 --again",
    });
  });

  test("unless churn gc has removed them, and then another way is told", async ({ small }) => {
    const { outputs } = await extracted(small, NIGHT);
    const reference = await findArtifact(small, table, NIGHT);
    const key = "raw/2026-11-23/table.parquet";
    const sha256 = outputs.table?.kind === "file" ? outputs.table.sha256 : "";
    const removed = { key, size_bytes: 6, sha256, removed_at: "2026-12-24T05:00:00.000Z", limit: "--keep 30d" };
    await writeRemoved(small, NIGHT, { finished: [], files: [removed] });
    expect(await whatGcRemoved(small, reference)).toBeUndefined();
    await small.store.remove(key);
    const refusal = { exitCode: 4, message: `${key} was removed by churn gc on 2026-12-24` };
    const anew = { ...refusal, hint: "churn run-all --date 2026-11-23 makes it anew" };
    await expect(verify(small, table, reference, NIGHT)).rejects.toMatchObject(anew);
    await expect(verifiedPath(small, table, reference, NIGHT)).rejects.toMatchObject(anew);
    await succeeded(small, NIGHT, "register");
    await expect(verify(small, table, reference, NIGHT)).rejects.toMatchObject({
      ...refusal,
      hint: "restore it from a backup, or decide that night anew: churn run-all --date 2026-11-23 --again",
    });
  });

  test("and then a program may open them by their path", async ({ small }) => {
    await extracted(small, NIGHT);
    const reference = await findArtifact(small, table, NIGHT);
    expect(await verifiedPath(small, table, reference, NIGHT)).toBe(
      join(small.store.address, "raw/2026-11-23/table.parquet"),
    );
    await small.store.remove("raw/2026-11-23/table.parquet");
    await expect(verifiedPath(small, table, reference, NIGHT)).rejects.toMatchObject({
      exitCode: 4,
      message: "raw/2026-11-23/table.parquet was removed since extract wrote it",
      hint: "churn extract --date 2026-11-23 --force",
    });
  });

  test("which a folder has not, and a store that fails tells itself", async ({ small }) => {
    await extracted(small, NIGHT);
    await trained(small, NIGHT);
    await expect(verifiedPath(small, table, await findArtifact(small, model, NIGHT), NIGHT)).rejects.toThrow(
      new Error("models/2026-11-23/model is recorded as a folder, not as a file"),
    );
    const lost = { ...openFolderStore(small.store.address), local: () => Promise.reject(new TypeError("a defect")) };
    const reference = await findArtifact(small, table, NIGHT);
    await expect(verifiedPath({ ...small, store: lost }, table, reference, NIGHT)).rejects.toThrow(
      new TypeError("a defect"),
    );
  });
});

describe("one digest stands for a reference", () => {
  const digest = "d".repeat(64);

  test("a file's and a result's own", () => {
    expect(digestOf({ kind: "file", key: "a", size_bytes: 1, sha256: digest })).toBe(digest);
    expect(digestOf({ kind: "result", key: "a", value: 1, sha256: digest })).toBe(digest);
  });

  test("a folder's over its files' names and digests, wherever it lies", () => {
    const folder = (key: string, ...names: string[]): Reference => ({
      kind: "folder",
      key,
      files: names.map((name) => ({ name, size_bytes: 1, sha256: digest })),
    });
    expect(digestOf(folder("a", "x", "y"))).toBe(sha256(`x ${digest}\ny ${digest}\n`));
    expect(digestOf(folder("b", "x", "y"))).toBe(digestOf(folder("a", "x", "y")));
  });
});
