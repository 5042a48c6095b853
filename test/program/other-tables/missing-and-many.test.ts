import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { writeDuckdb } from "../../support/data-night.ts";
import { type Company, openCompany } from "../../support/other-table.ts";

const BEFORE = "2026-11-22";
const DAY = "2026-11-23";

const trained = z.object({
  result: z.object({ rows: z.int(), parameters: z.object({ tree_method: z.string(), base_score: z.string() }) }),
});

/** A company whose customers leave early in their tenure; `tenure` is SQL over i, the customer's number. */
async function companyOf(days: Readonly<Record<string, { customers: number; tenure?: string }>>): Promise<Company> {
  const company = await openCompany({
    dataset: { id: "id", date: "day", target: { column: "churned" } },
    source: { url: "duckdb:customers.duckdb", table: "customers" },
    train: { rounds: 2 },
    evaluate: { threshold: 0.3 },
  });
  const tables = Object.entries(days).map(
    ([day, { customers, tenure = "i % 72" }]) =>
      `SELECT DATE '${day}' AS day, i AS id, ${tenure} AS tenure, (hash(i) % 9000) / 100 AS charge,
         ['gold', 'basic'][1 + i % 2] AS plan, hash(i + 1) % 10 < (CASE WHEN i % 72 < 20 THEN 6 ELSE 1 END) AS churned
       FROM range(${customers}) AS n(i)`,
  );
  await writeDuckdb(join(company.root, "customers.duckdb"), `CREATE TABLE customers AS ${tables.join(" UNION ALL ")}`);
  return company;
}

async function trainRecord({ root }: Company, night: string) {
  return trained.parse(JSON.parse(await readFile(join(root, "records", night, "train.json"), "utf8"))).result;
}

test("one null in one of 4,870 customers stops no night, and no fill is asked of anybody", async () => {
  await using company = await companyOf({
    [BEFORE]: { customers: 4_870 },
    [DAY]: { customers: 4_870, tenure: "CASE WHEN i <> 77 THEN i % 72 END" },
  });
  await company.churn("run-all", "--date", BEFORE);
  await company.churn("promote", "--version", "1", "--yes");
  const { stderr } = await company.churn("run-all", "--date", DAY);
  expect(stderr).toMatch(/✔ train .* 2 trees \(exact\), ml-xgboost 1\.1\.2, log loss 0\.\d+/);
});

test("130,000 customers train in bins, which screen, log and record say", async () => {
  await using company = await companyOf({ [DAY]: { customers: 160_000 } });
  const { stderr } = await company.churn("run-all", "--date", DAY, "--to", "train");
  expect(stderr).toMatch(/✔ train .* 2 trees \(hist\), ml-xgboost 1\.1\.2, log loss 0\.\d+/);
  const { rows, parameters } = await trainRecord(company, DAY);
  expect(rows).toBeGreaterThan(125_000);
  expect(parameters).toEqual({ tree_method: "hist", base_score: "0.5" });
  const [log = ""] = (await readdir(join(company.root, "logs"), { recursive: true })).filter((file) =>
    /jsonl$/.test(file),
  );
  expect(await readFile(join(company.root, "logs", log), "utf8")).toContain('"tree_method":"hist"');
});
