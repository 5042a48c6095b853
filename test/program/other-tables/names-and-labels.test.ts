import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { comparison, evaluation, predictions } from "../../../src/lib/artifacts/artifacts.ts";
import { literal } from "../../../src/lib/duckdb/sql.ts";
import { writeDuckdb } from "../../support/data-night.ts";
import { complaint } from "../../support/mistake.ts";
import { type Company, type ConfigInput, openCompany, rowsOf } from "../../support/other-table.ts";
import { churn } from "../../support/program.ts";

const NIGHT = "2026-11-23";
const dated = ["--date", NIGHT] as const;

const config: ConfigInput = {
  dataset: { id: "id", date: "day", target: { column: "churned" } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
  train: { rounds: 3 },
  notify: { channels: ["file"] },
};

/** 1,200 customers of one day with some columns more. */
async function companyWith(columns: string, changes: ConfigInput = {}): Promise<Company> {
  const company = await openCompany({ ...config, ...changes });
  await writeDuckdb(
    join(company.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS id, DATE '${NIGHT}' AS day, (hash(i) % 100)::INTEGER AS x,
       ['a', 'b', 'c'][1 + (hash(i + 7) % 3)::INTEGER] AS plan, ${columns},
       hash(i + 3) % 100 < 20 + (hash(i) % 100) / 2 AS churned FROM range(1200) AS r(i)`,
  );
  return company;
}

test("columns may have the names that churn, SQL and JavaScript use themselves", async () => {
  const names = ["score_row", "probability", "predicted", "row", "label", "scores", "main"];
  const taken = ["constructor", "toString", "hasOwnProperty", "__proto__"];
  const columns = [...names, ...taken].map((name, index) => `(hash(i + ${index}) % 7)::INTEGER AS "${name}"`);
  await using company = await companyWith(columns.join(", "));
  await company.churn("run-all", ...dated);
  expect(await company.modelFeatures(NIGHT)).toEqual(expect.arrayContaining([...names, ...taken]));
  const [told] = await rowsOf(
    `SELECT count(*) AS rows, count(DISTINCT probability) AS different FROM ${literal(company.path(predictions, NIGHT))}`,
    z.object({ rows: z.int(), different: z.int() }),
  );
  expect(told?.different).toBeGreaterThan(8);
  // compare reads the predictions back.
  const { metrics } = await company.read(evaluation, NIGHT);
  expect((await company.read(comparison, NIGHT)).new.metrics).toEqual(metrics);
});

test("a CSV file's labels are what it says, and not what they might be taken for", async () => {
  await using company = await openCompany({
    ...config,
    dataset: { id: "id", target: { column: "left us", positive: "Yes" } },
    source: { url: "csv:customers.csv" },
  });
  const lines = Array.from(
    { length: 1200 },
    (_, i) => `${String(i).padStart(5, "0")},${i % 7},${i % 3 === 0 ? "Yes" : "No"}`,
  );
  await writeFile(join(company.root, "customers.csv"), `id,x,left us\n${lines.join("\n")}\n`);
  const { stdout } = await company.churn("run-all", "--to", "validate", "--json");
  expect(stdout).toContain('"target_distribution":{"No":800,"Yes":400}');
});

test("numbers of more than 64 bits, and integers that a double would round", async () => {
  await using company = await companyWith(
    "'99999999999999999999999'::BIGNUM AS longest, 9007199254740993 + i AS snowflake",
  );
  await company.churn("run-all", ...dated, "--to", "features");
  expect((await company.churn("preview", "--rows", "1")).stdout).toMatch(/^ +snowflake +9007199254740993$/m);
});

test("what an expression hides is refused before anything runs", async () => {
  await using company = await companyWith("1 AS one", { transform: { derive: { told: "churned.hash()" } } });
  expect(complaint(await churn(company.root, ["run-all", ...dated]))).toMatchObject({
    exitCode: 2,
    error: "transform.derive.told: churned.hash() hides what it is over, write hash(churned)",
  });
});

test("a model in production whose column goes beyond float32, or whose label meant the opposite, is for a person", async () => {
  await using company = await companyWith("(1.5 + i % 7)::DOUBLE AS z");
  await company.churn("run-all", ...dated);
  await company.churn("promote", "--version", "1", "--yes");
  const problem = async (...settings: string[]) => {
    await company.churn("run-all", ...dated, "--again", ...settings.flatMap((setting) => ["--set", setting]));
    const { production, outcome } = await company.read(comparison, await newestNight(company));
    expect(outcome).toBe("champion_unscorable");
    return production?.problem;
  };
  expect(await problem("dataset.target.positive=false")).toBe("it predicts churned = true, today's is churned = false");
  await writeDuckdb(join(company.root, "customers.duckdb"), "UPDATE customers SET z = 1e300");
  expect(await problem("features=[x, plan_a]")).toBe("version 1 can't score z: 1.00e+300 is beyond float32");
});

async function newestNight(company: Company): Promise<string> {
  const [newest] = await rowsOf(
    `SELECT night FROM read_json(${literal(join(company.root, "records/*/compare.json"))}) ORDER BY ended_at DESC LIMIT 1`,
    z.object({ night: z.string() }),
  );
  return newest?.night ?? "";
}

test("control characters of the source never reach the terminal", async () => {
  await using company = await companyWith(`'v' || i % 400 AS "sly\u001b[32mname"`);
  const { stderr } = await company.churn("run-all", ...dated, "--to", "transform");
  expect(stderr).toContain("sly�[32mname has ");
  expect(stderr).not.toContain("\u001b");
});

test("columns that changed on purpose are let through for a night", async () => {
  await using company = await companyWith("1 AS one");
  await company.churn("run-all", ...dated);
  await writeDuckdb(
    join(company.root, "customers.duckdb"),
    "INSERT INTO customers SELECT * REPLACE (DATE '2026-11-24' AS day) FROM customers",
  );
  const next = ["run-all", "--date", "2026-11-24", "--set", "dataset.exclude=[one]"];
  const told = complaint(await churn(company.root, next));
  expect(told).toMatchObject({
    exitCode: 3,
    next: expect.arrayContaining([
      "columns that changed on purpose: churn run-all --date 2026-11-24 --set 'dataset.exclude=[one]' --set gates.columns=warn",
    ]),
  });
  await company.churn(...next, "--set", "gates.columns=warn");
});
