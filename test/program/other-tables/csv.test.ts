import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { customers, featureList } from "../../../src/lib/artifacts/artifacts.ts";
import { parquetFile } from "../../../src/lib/duckdb/parquet.ts";
import { complaint, succeeds } from "../../support/mistake.ts";
import { rowsOf } from "../../support/other-table.ts";
import { churn } from "../../support/program.ts";
import { readArtifact } from "../../support/read-artifact.ts";

// Files as people have had them elsewhere, each beside its clean twin: what was read silently wrong is read right or refused,
// and what was right stays so.

const DAY = "2026-11-23";

/** A workspace with c.csv: fifteen hundred lines, each made of its number, a plan, a tenure, a charge and a label. */
async function workspace(
  header: string,
  line: (number: number, plan: string, tenure: number, charge: number, label: number) => string,
  csv = "",
) {
  const root = await realpath(await mkdtemp(join(tmpdir(), "churn-csv-")));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writeFile(
    join(root, "churn.yaml"),
    `timezone: UTC
dataset: { id: id, date: day, target: { column: churned } }
source: { url: "csv:c.csv"${csv} }
train: { rounds: 5 }
`,
  );
  await writeCsv(root, header, line);
  return root;
}

async function writeCsv(root: string, header: string, line: Parameters<typeof workspace>[1], day = DAY) {
  const between = /[;|\t]/.exec(header)?.[0] ?? ",";
  const lines = Array.from({ length: 1500 }, (_, index) => {
    const tenure = (index * 7919) % 72;
    const label = (index * 31_337) % 100 < (tenure < 24 ? 55 : 12) + (index % 3) * 10 ? 1 : 0;
    const plan = ["gold", "basic", "free"][index % 3] ?? "";
    return line(index, plan, tenure, ((index * 104_729) % 9000) / 100, label);
  });
  await writeFile(
    join(root, "c.csv"),
    `${[header, ...lines].map((text, index) => `${text}${between}${index === 0 ? "day" : day}\n`).join("")}`,
  );
}

const from = (root: string) => parquetFile(join(root, customers.key.replace("NIGHT", DAY)));
const one = async <Value extends z.ZodType>(root: string, sql: string, schema: Value): Promise<z.infer<Value>> => {
  const [row] = await rowsOf(`SELECT ${sql} AS value FROM ${from(root)} LIMIT 1`, z.object({ value: z.unknown() }));
  return schema.parse(row?.value);
};
const run = ["run-all", "--date", DAY];

test("ids that begin with # are customers as all others are", async () => {
  for (const mark of ["#", ""]) {
    const root = await workspace(
      "id,plan,tenure,charge,churned",
      (i, ...rest) => `${i % 10 === 3 ? mark : ""}${1000 + i},${rest.join(",")}`,
    );
    await succeeds(root, [...run, "--to", "features"]);
    expect(await one(root, "count(DISTINCT id)", z.int())).toBe(1500);
  }
});

test("two exports in one file are refused, and lines that may go are counted", async () => {
  const root = await workspace("id,plan,tenure,charge,churned", (i, ...rest) =>
    i === 750
      ? "id,plan,tenure,charge,region,churned"
      : `${1000 + i},${rest.slice(0, 3).join(",")},${i > 750 ? "R1," : ""}${rest[3]}`,
  );
  const refused = complaint(await churn(root, [...run, "--to", "validate"]));
  expect(refused).toMatchObject({
    exitCode: 2,
    error: expect.stringContaining("source.url: c.csv, line 752: 7 fields instead of 6; 750 lines are no rows"),
    next: expect.arrayContaining([expect.stringContaining("source: { csv: { bad_lines: leave_out } } in churn.yaml")]),
  });
  const { stderr } = await succeeds(root, [...run, "--to", "extract", "--set", "source.csv.bad_lines=leave_out"]);
  expect(stderr).toContain("750 customers from c.csv");
  expect(stderr).toContain("c.csv: 750 lines are left out: line 752: 7 fields instead of 6; ");
});

test("an export that was appended to another with all its columns has a header in its midst", async () => {
  const line = (i: number, ...rest: readonly unknown[]) =>
    i === 750 ? "id,plan,tenure,charge,churned" : `${1000 + i},${rest.join(",")}`;
  const root = await workspace("id,plan,tenure,charge,churned", line);
  const text = await readFile(join(root, "c.csv"), "utf8");
  await writeFile(
    join(root, "c.csv"),
    text.replace(`id,plan,tenure,charge,churned,${DAY}`, "id,plan,tenure,charge,churned,day"),
  );
  expect(complaint(await churn(root, [...run, "--to", "validate"])).error).toContain(
    "c.csv, line 752: the header once more",
  );
  const { stderr } = await succeeds(root, [...run, "--to", "validate", "--set", "source.csv.bad_lines=leave_out"]);
  expect(stderr).toContain("1,499 customers from c.csv");
});

test("dates mean the same with one customer more in the file", async () => {
  const dates = (last: string) => (i: number, plan: string, _tenure: number, _charge: number, label: number) =>
    `${1000 + i},${plan},${i === 1499 ? last : `${String(1 + (i % 12)).padStart(2, "0")}/0${1 + (i % 9)}/2024`},${label}`;
  const since = (root: string) => one(root, "any_value(since::VARCHAR) FILTER (WHERE id = '1010')", z.string());
  const ambiguous = await workspace("id,plan,since,churned", dates("10/11/2024"));
  expect(complaint(await churn(ambiguous, [...run, "--to", "extract"]))).toMatchObject({
    exitCode: 2,
    error: expect.stringContaining("dates of since can be read in two ways: is 10/01/2024"),
    next: expect.arrayContaining([
      expect.stringContaining('source: { csv: { date_format: "%d/%m/%Y" } } in churn.yaml, or "%m/%d/%Y", says it'),
    ]),
  });
  await succeeds(ambiguous, [...run, "--to", "extract", "--set", "source.csv.date_format=%m/%d/%Y"]);
  expect(await since(ambiguous)).toBe("2024-11-02");

  const clear = await workspace("id,plan,since,churned", dates("12/25/2024"));
  await succeeds(clear, [...run, "--to", "extract"]);
  expect(await since(clear)).toBe("2024-11-02");

  const iso = await workspace(
    "id,plan,since,churned",
    (i, plan, _tenure, _charge, label) => `${1000 + i},${plan},2024-11-0${1 + (i % 9)},${label}`,
  );
  await succeeds(iso, [...run, "--to", "extract"]);
  expect(await since(iso)).toBe("2024-11-02");
});

test("a decimal comma, NA and empty fields are numbers and nulls, and no categories", async () => {
  const root = await workspace(
    "id;plan;tenure;price;churned",
    (i, plan, tenure, _charge, label) =>
      `${1000 + i};${plan};${i % 20 === 0 ? "NA" : tenure};${i % 50 === 7 ? "" : `${9 + (i % 40)},90`};${label}`,
  );
  const { stderr } = await succeeds(root, [...run, "--to", "features"]);
  expect(stderr).toContain("read as null (empty, NA and the like): tenure 75, price 30");
  expect((await readArtifact(root, featureList, DAY)).features).toEqual([
    "tenure",
    "price",
    "plan_basic",
    "plan_free",
    "plan_gold",
  ]);
  expect(await one(root, "max(price)", z.number())).toBe(48.9);

  const twin = await workspace(
    "id,plan,tenure,price,churned",
    (i, plan, tenure, _charge, label) => `${1000 + i},${plan},${tenure},${9 + (i % 40)}.90,${label}`,
  );
  await succeeds(twin, [...run, "--to", "features"]);
  expect((await readArtifact(twin, featureList, DAY)).features).toEqual([
    "tenure",
    "price",
    "plan_basic",
    "plan_free",
    "plan_gold",
  ]);
  expect(await one(twin, "max(price)", z.number())).toBe(48.9);
});

test("a file that is still being written is for later, and the same file whole is read", async () => {
  const root = await workspace(
    "id,plan,tenure,churned",
    (i, plan, tenure, _charge, label) => `${1000 + i},${plan},${tenure},${label}`,
  );
  const { readFile } = await import("node:fs/promises");
  const text = await readFile(join(root, "c.csv"), "utf8");
  await writeFile(join(root, "c.csv"), text.slice(0, -3));
  expect(complaint(await churn(root, [...run, "--to", "validate"]))).toMatchObject({
    exitCode: 75,
    error: expect.stringContaining("c.csv: the last line has no end, so its last value may be cut"),
  });
  await writeFile(join(root, "c.csv"), text);
  await succeeds(root, [...run, "--to", "validate"]);
});

test("preview reads as tonight would", async () => {
  const root = await workspace(
    "id;plan;price;churned",
    (i, plan, _tenure, charge, label) => `${1000 + i};${plan};${String(charge).replace(".", ",")};${label}`,
  );
  const { stdout } = await succeeds(root, ["preview", "--rows", "1"]);
  expect(stdout).toMatch(/price +0\n/);
  await writeCsv(
    root,
    "id;plan;price;churned",
    (i, plan, _tenure, _charge, label) => `${1000 + i};${plan};${i < 1499 ? "" : "x"};${label}`,
  );
  expect((await succeeds(root, ["preview", "--rows", "1", "--json"])).stdout).toContain('"warnings":[');
});
