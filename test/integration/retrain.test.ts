import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import * as z from "zod";
import { succeeds } from "../support/mistake.ts";
import { TABLE_DAY, TABLES, writeWorkspace } from "../support/three-tables.ts";
import { secondNight } from "./support/nights.ts";
import { type PythonName, runPython } from "./support/python.ts";

const pythons: readonly PythonName[] = ["newest", "old"];
const schema = z.object({
  rows: z.int(),
  missing: z.int(),
  f1: z.number(),
  auc_roc: z.number(),
  ours: z.object({ f1: z.number(), auc_roc: z.number() }),
});

/** Holds F1 and AUC of a model that Python trains on the night's own Parquet to churn's. */
async function holdRetrained(workspace: string, night: string): Promise<number> {
  let missing = 0;
  for (const python of pythons) {
    const retrained = await runPython(python, "retrain.py", { args: [workspace, night], schema });
    expect(Math.abs(retrained.f1 - retrained.ours.f1), `F1 by xgboost ${python}`).toBeLessThanOrEqual(1e-6);
    expect(Math.abs(retrained.auc_roc - retrained.ours.auc_roc), `AUC by xgboost ${python}`).toBeLessThanOrEqual(1e-6);
    missing = retrained.missing;
  }
  return missing;
}

test("xgboost trains the sample's model anew from churn's Parquet, with the same F1 and AUC", async () => {
  expect(await holdRetrained(inject("twoNights"), secondNight)).toBe(0);
});

test.for(TABLES)("xgboost trains the model of $name anew, missing values and all", async (table) => {
  const root = await mkdtemp(join(tmpdir(), "churn-retrain-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writeWorkspace(root, table);
  await succeeds(root, ["run-all", "--date", TABLE_DAY]);
  expect(await holdRetrained(root, TABLE_DAY)).toBeGreaterThan(0);
});
