import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { decidedColumn } from "../../../src/lib/source/kinds.ts";
import { writeDuckdb } from "../../support/data-night.ts";
import { openGym } from "../../support/gym.ts";
import { DATE, ID, LABEL, nastyTable } from "../../support/nasty-table.ts";
import { openCompany } from "../../support/other-table.ts";

const lengths = (text: string) => text.split("\n").map((line) => [...line].length);

test("35 awkward columns fit in 80, whatever is in them", async () => {
  await using company = await openCompany({
    dataset: {
      id: ID,
      date: DATE,
      target: { column: LABEL, positive: "Churned" },
      exclude: ["photo"],
      types: { "three thousand": "categorical" },
    },
    source: { url: "duckdb:customers.duckdb", table: "customers" },
    transform: { derive: { 'per "month"': '"order by" / (tenure + 1)', long: "rtrim(repeat('very ', 100))" } },
  });
  await writeDuckdb(
    join(company.root, "customers.duckdb"),
    `CREATE TABLE customers AS ${nastyTable({ seed: 31, rows: 1200, id: "accented", label: "words", date: "TIMESTAMP" })}`,
  );
  const { stdout, stderr } = await company.churn("preview", "--rows", "3");
  expect(stdout.match(/ side$/gm)).toHaveLength(3);
  expect(Math.max(...lengths(stdout))).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/^ {12}empty or null +(""|" "|full|null)$/m);
  expect(stdout).toMatch(/^ {2}derived {3}per "month" +[\d.]+$/m);
  expect(stdout).toMatch(/^ {12}long +very very .*…$/m);
  expect(stdout).not.toContain("photo");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(stderr).toContain("! three thousand has ");
  expect(stderr).toContain("\nnot used (constant): one value, constant, tab�here\n");
  expect(await readdir(company.root)).toEqual(["churn.yaml", "customers.duckdb"]);
});

test("a query's customers are those of today, and five unless told", async () => {
  await using gym = await openGym();
  const { stdout } = await gym.churn("preview");
  expect(stdout.match(/ side$/gm)).toHaveLength(5);
  expect(Math.max(...lengths(stdout))).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/^ {2}derived {3}beitrag_pro_besuch +[\d.]+$/m);
  expect(stdout).toMatch(/^ {12}tarif_(Basis|Komfort|Premium Plus) +1$/m);
});

test("what the newest decided earlier night called a category is one tonight", async () => {
  await using company = await openCompany({
    dataset: { id: "id", date: "day", target: { column: "churned" } },
    source: { url: "duckdb:customers.duckdb", table: "customers" },
    train: { rounds: 2 },
  });
  const write = (day: string, code: string) =>
    writeDuckdb(
      join(company.root, "customers.duckdb"),
      `CREATE OR REPLACE TABLE customers AS SELECT i AS id, DATE '${day}' AS day, i % 5 = 0 AS churned, ${code} AS code FROM range(1200) AS r(i)`,
    );
  const kind = async () => {
    const { stdout } = await company.churn("preview", "--rows", "1", "--json");
    const { columns } = z.object({ columns: z.array(decidedColumn) }).parse(JSON.parse(stdout));
    return columns.find(({ name }) => name === "code")?.kind;
  };
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await write(yesterday, "(i % 3)::DOUBLE");
  expect(await kind()).toBe("numeric");
  await write(yesterday, "'A' || i % 3");
  await company.churn("run-all", "--date", yesterday);
  await write(yesterday, "(i % 3)::DOUBLE");
  expect(await kind()).toBe("categorical");
});
