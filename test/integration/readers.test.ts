import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import * as z from "zod";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { runPython } from "./support/python.ts";
import { codeBlock, readmeSection } from "./support/readme.ts";

const workspace = inject("twoNights");
const verdict = z.object({
  night: z.string(),
  outcome: z.string(),
  f1: z.number(),
  prod_f1: z.number().nullable(),
  reason: z.string(),
});

test("the README's Python scores the test customers as churn did", async () => {
  const snippet = codeBlock(await readmeSection("Reading the files"), "python");
  const script = `${snippet}
import json
print(json.dumps({"customer_id": test.customer_id.tolist(), "probability": probability.tolist()}))`;
  const scored = await runPython("newest", await temporaryFile("readme.py", script), {
    schema: z.object({ customer_id: z.array(z.string()), probability: z.array(z.number()) }),
    cwd: workspace,
  });

  await using db = await openDatabase();
  const file = `read_parquet('${join(workspace, "models", secondNight, "predictions.parquet")}')`;
  const ids = await db.rows(`SELECT customer_id FROM ${file}`, z.object({ customer_id: z.string() }));
  const { columns } = await db.columns(`SELECT probability FROM ${file}`);
  expect(scored.customer_id).toEqual(ids.map(({ customer_id }) => customer_id));
  const apart = scored.probability.map((value, row) => Math.abs(value - (columns[0]?.[row] ?? Number.NaN)));
  expect(Math.max(...apart)).toBeLessThanOrEqual(1e-6);
});

test("the README's SQL tells how each night was decided", async () => {
  const sql = codeBlock(await readmeSection("Reading the files"), "sql");
  const script = `import duckdb, json
rows = duckdb.sql(open(${JSON.stringify(await temporaryFile("readme.sql", sql))}).read())
print(json.dumps([dict(zip(rows.columns, row)) for row in rows.fetchall()], default=str))`;
  const verdicts = await runPython("newest", await temporaryFile("readme.py", script), {
    schema: z.array(verdict),
    cwd: workspace,
  });

  const expected = [firstNight, secondNight].map(async (night) => {
    const { outcome, reason, production, new: newcomer } = await readArtifact(workspace, comparison, night);
    return { night, outcome, f1: newcomer.metrics.f1, prod_f1: production?.metrics?.f1 ?? null, reason };
  });
  expect(verdicts).toEqual(await Promise.all(expected));
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(["first_model", "better"]);
});

async function temporaryFile(name: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "churn-readme-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), content);
  return join(folder, name);
}
