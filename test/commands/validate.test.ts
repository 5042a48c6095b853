import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type * as z from "zod";
import { validation } from "../../src/lib/artifacts/artifacts.ts";
import type { configSchema } from "../../src/lib/config/schema.ts";
import { ChurnError } from "../../src/lib/errors.ts";
import { makeSample } from "../../src/lib/sample/snapshots.ts";
import { dataNight, writeDuckdb } from "../support/data-night.ts";

const telco = {
  dataset: { id: "customer_id", date: "snapshot_date", target: { column: "churned", positive: true } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
  gates: { ranges: { tenure_months: { min: 0 }, monthly_charges: { min: 0, max: 200 }, total_charges: { min: 0 } } },
};
const small = {
  dataset: { id: "id", target: { column: "churned" } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
};

/** A current-state table of 1,200 customers; the columns are made by SQL over i. */
async function smallNight(columns: string, gates: z.input<typeof configSchema>["gates"] = {}, rows = 1200) {
  const night = await dataNight({ ...small, gates });
  await writeTable(night.root, columns, rows);
  return night;
}

async function writeTable(root: string, columns: string, rows = 1200) {
  await rm(join(root, "customers.duckdb"), { force: true });
  await writeDuckdb(
    join(root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS id, ${columns} FROM range(${rows}) AS r(i)`,
  );
}

test("the sample's gates hold, and those against an earlier night apply from the second one on", async () => {
  await using night = await dataNight(telco);
  await makeSample({ file: join(night.root, "customers.duckdb"), date: "2026-11-23" });
  night.date = "2026-11-22";
  expect((await night.run("extract", "validate")).line).toBe("9 gates hold, 0.0 % nulls, 26.6 % churned");
  expect((await night.read(validation)).gates.filter(({ verdict }) => verdict === "not_applicable")).toHaveLength(4);
  await night.decide();

  night.date = "2026-11-23";
  expect((await night.run("extract", "validate")).line).toBe("13 gates hold, 0.0 % nulls, 26.5 % churned");
  const report = await night.read(validation);
  expect(report).toMatchObject({
    row_count: 7043,
    null_rate: 11 / (7043 * 9),
    duplicate_rate: 0,
    target_distribution: { false: 5174, true: 1869 },
    target_rate: 1869 / 7043,
  });
  expect(report.categories).toEqual({
    contract_type: ["Month-to-month", "One year", "Two year"],
    payment_method: ["Bank transfer", "Credit card", "Electronic check", "Mailed check"],
  });
  expect(report.gates.slice(-4)).toMatchObject([
    {
      gate: "ranges.tenure_months",
      severity: "fail",
      verdict: "passed",
      observed: 0,
      limit: "at least 0",
      detail: null,
    },
    {
      gate: "ranges.monthly_charges",
      severity: "fail",
      verdict: "passed",
      observed: 18.25,
      limit: "0 to 200",
      detail: null,
    },
    {
      gate: "ranges.total_charges",
      severity: "fail",
      verdict: "passed",
      observed: 18.8,
      limit: "at least 0",
      detail: null,
    },
    {
      gate: "leakage",
      severity: "fail",
      verdict: "passed",
      observed: expect.closeTo(0.73987, 5),
      limit: "at most 0.98",
      detail: null,
    },
  ]);
});

test("a failed gate stops the night with exit code 3, still leaves its report and shows every gate, failing ones last", async () => {
  await using night = await smallNight(
    "i = 1 AS churned, CASE WHEN i > 10 THEN 1.5 END AS price, CASE WHEN i < 7 THEN -1 END AS x",
    {
      row_count: 2000,
      ranges: { x: { min: 0 } },
      null_ids: false,
    },
  );
  const error = await night.run("extract", "validate").catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    exitCode: 3,
    message: "3 of 10 quality gates failed on raw/2026-11-23/customers.parquet",
    hint: [
      "look at the source, then read it again:",
      "churn run-all --date 2026-11-23",
      "or let this very file pass:",
      'churn run-all --date 2026-11-23 --accept row_count --accept null_rate --accept ranges.x --reason "…"',
    ].join("\n"),
  });
  expect(error instanceof ChurnError ? error.details : []).toEqual([
    "duplicate_rate                  0.0 %   at most 1.0 %    ok",
    "classes                             2   exactly 2        ok",
    "rows_against_previous               –   half to double   no earlier night",
    "target_rate_against_previous        –   half to double   no earlier night",
    "columns                             –   as before        no earlier night",
    "new_categories                      –   none             no earlier night",
    "leakage                             –   at most 0.98     too few of a class",
    "row_count                       1,200   at least 2,000   failed",
    "null_rate                      25.1 %   at most 10.0 %   failed               x 99.4 %",
    "ranges.x                           -1   at least 0       failed               7 rows",
  ]);
  expect((await night.read(validation)).gates).toHaveLength(10);
});

test("a half-loaded snapshot, a changed column and a new category are seen against the night before", async () => {
  const columns = (plans: string, price: string) =>
    `i % 4 = 0 AS churned, ${plans}[i % 2 + 1] AS plan, ${price} AS price`;
  await using night = await dataNight(small);
  night.date = night.today = "2026-11-22";
  await writeTable(night.root, columns("['a', 'b']", "3 * i"), 3000);
  await night.run("extract", "validate");
  await night.decide();

  night.date = night.today = "2026-11-23";
  await writeTable(night.root, columns("['a', 'c']", "i % 2 = 0"), 1400);
  await expect(night.run("extract", "validate")).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/^2 of/),
  });
  expect((await night.read(validation)).gates.slice(-3)).toMatchObject([
    { gate: "new_categories", severity: "warn", verdict: "failed", observed: 1, limit: "none", detail: 'plan "c"' },
    {
      gate: "rows_against_previous",
      severity: "fail",
      verdict: "failed",
      observed: 1400 / 3000,
      limit: "half to double",
      detail: "1,400 against 3,000",
    },
    {
      gate: "columns",
      severity: "fail",
      verdict: "failed",
      observed: 1,
      limit: "as before",
      detail: "price was numeric, is boolean",
    },
  ]);
});

test("a new column is only named where features is a list, and where that doesn't name it", async () => {
  const second = async (features: string[] | "all") => {
    const night = await dataNight({ ...small, features });
    night.date = night.today = "2026-11-22";
    await writeTable(night.root, "i % 4 = 0 AS churned, i % 7 AS price");
    await night.run("extract", "validate");
    await night.decide();
    night.date = night.today = "2026-11-23";
    await writeTable(night.root, "i % 4 = 0 AS churned, i % 7 AS price, i % 5 AS size, ['a', 'b'][i % 2 + 1] AS plan");
    return night;
  };
  await using listed = await second(["price", "plan_a"]);
  expect((await listed.run("extract", "validate")).line).toContain("10 gates hold");
  expect(listed.warnings).toEqual(["new in the source, and not in features: size"]);
  await using all = await second("all");
  await expect(all.run("extract", "validate")).rejects.toMatchObject({ exitCode: 3 });
  expect((await all.read(validation)).gates.at(-1)).toMatchObject({
    gate: "columns",
    detail: "size is new, plan is new",
  });
  expect(all.warnings).toEqual([]);
});

test("a column that tells the label stops the night, unless no feature comes of it", async () => {
  const columns = "i % 4 = 0 AS churned, CASE WHEN i % 4 = 0 THEN 'moved' END AS reason, i % 7 AS price";
  const leaking = async (features: string[] | "all") => {
    const night = await dataNight({ ...small, features, gates: { null_rate: false } });
    await writeTable(night.root, columns);
    return night;
  };
  for (const features of ["all" as const, ["price", "reason_moved"]]) {
    await using night = await leaking(features);
    await expect(night.run("extract", "validate")).rejects.toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining("dataset: { types: { COLUMN: ignore } }"),
    });
    expect((await night.read(validation)).gates.at(-1)).toMatchObject({
      gate: "leakage",
      observed: 1,
      detail: "reason null 1.000",
    });
  }
  await using spared = await leaking(["price"]);
  expect((await spared.run("extract", "validate")).line).toContain("gates hold");
});

test("a gate that warns lets the night go on and says so", async () => {
  await using night = await smallNight("i = 1 AS churned", { row_count: { limit: 2000, severity: "warn" } });
  expect((await night.run("extract", "validate")).line).toBe("4 gates hold, 1 warns, 0.0 % nulls, 0.1 % churned");
  expect(night.warnings).toEqual(["gate row_count 1,200 at least 2,000 warns"]);
});

test.each([
  ["true and false", "i % 2 = 0", true, 600],
  ["Yes and No", "['Yes', 'No'][i % 2 + 1]", "Yes", 600],
  ["ja and nein with padding", "['ja  ', 'nein'][i % 2 + 1]", "ja", 600],
  ["1 and 0 as numbers", "i % 2", 1, 600],
  ["1 and 0 with the default", "i % 2", true, 600],
  ["1.0 and 0.0", "(i % 2)::DOUBLE", 1, 600],
  ["text of numbers", "(i % 2)::VARCHAR", 1, 600],
  ["numbers asked for as text", "i % 2", "1", 600],
  ["text of booleans", "upper((i % 2 = 0)::VARCHAR)", true, 600],
  ["Churned and Stayed, some null", "CASE WHEN i % 3 > 0 THEN ['Churned', 'Stayed'][i % 3] END", "Churned", 400],
])("labels: %s", async (_, sql, positive, churned) => {
  await using night = await smallNight(`${sql} AS churned`, { null_rate: 0.5 });
  night.config = { ...night.config, dataset: { ...night.config.dataset, target: { column: "churned", positive } } };
  await night.run("extract", "validate");
  const { target_rate, target_distribution } = await night.read(validation);
  const labelled = Object.values(target_distribution).reduce((sum, rows) => sum + rows, 0);
  expect((target_rate ?? 0) * labelled).toBeCloseTo(churned, 9);
});

test.each([
  ["one class", "true", true, 'there is "true"'],
  ["three classes", "['a', 'b', 'c'][i % 3 + 1]", "a", 'there are "a", "b", "c"'],
  ["another spelling", "['Yes', 'No'][i % 2 + 1]", "yes", 'dataset.target.positive is none of "No", "Yes"'],
  ["no label at all", "NULL::VARCHAR", "a", "every label is null"],
])("the classes gate refuses %s", async (_, sql, positive, detail) => {
  await using night = await smallNight(`${sql} AS churned`, { null_rate: false });
  night.config = { ...night.config, dataset: { ...night.config.dataset, target: { column: "churned", positive } } };
  await expect(night.run("extract", "validate")).rejects.toMatchObject({ exitCode: 3 });
  expect((await night.read(validation)).gates.at(-1)).toMatchObject({ gate: "classes", verdict: "failed", detail });
});

test.each([
  [{ prise: { min: 0 } }, "gates.ranges: the customers have no column prise", "did you mean price?"],
  [
    { plan: { min: 0 } },
    "gates.ranges: plan is of type VARCHAR, a range needs numbers",
    "dataset: { types: { plan: numeric } } reads text as numbers",
  ],
])("a range that can't be checked is a mistake in churn.yaml: %j", async (ranges, message, hint) => {
  await using night = await smallNight("i = 1 AS churned, i AS price, 'a' AS plan", { ranges });
  await expect(night.run("extract", "validate")).rejects.toMatchObject({ exitCode: 2, message, hint });
});

test("duplicates and missing ids are counted apart", async () => {
  await using night = await dataNight({ ...small, gates: { null_rate: false } });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    "CREATE TABLE customers AS SELECT CASE WHEN i >= 5 THEN greatest(i, 25) END AS id, i % 2 = 0 AS churned FROM range(2000) AS r(i)",
  );
  await expect(night.run("extract", "validate")).rejects.toMatchObject({ exitCode: 3 });
  const { duplicate_rate, gates } = await night.read(validation);
  expect(duplicate_rate).toBe(20 / 2000);
  expect(gates.filter(({ verdict }) => verdict === "failed")).toMatchObject([
    { gate: "null_ids", severity: "fail", verdict: "failed", observed: 5, limit: "at most 0", detail: null },
  ]);
});

const waived = { accept: ["row_count"], reason: "two branches were closed" };
const few = "i % 4 = 0 AS churned, i AS price";

test("a gate that failed is let pass for that very file, also by a later attempt that nobody asks for it", async () => {
  await using night = await smallNight(few, { row_count: 2000 });
  await expect(night.run("extract", "validate")).rejects.toMatchObject({ exitCode: 3 });

  night.flags = waived;
  const { line, record } = await night.run("validate");
  expect(line).toMatch(/^\d+ gates hold, 1 waived, /);
  expect(night.warnings).toEqual(["gate row_count waived by maria: two branches were closed"]);
  const verdict = {
    gate: "row_count",
    verdict: "failed",
    waived: { by: "maria", host: hostname(), reason: waived.reason },
  };
  const report = await night.read(validation);
  expect(report.gates.at(-1)).toMatchObject(verdict);
  expect(record.result).toMatchObject({
    gates: expect.arrayContaining([expect.objectContaining({ gate: "row_count" })]),
  });
  await night.run("transform");

  night.flags = {};
  expect((await night.run("validate")).line).toBe(line);
  expect(await night.read(validation), "who said it, and when").toEqual(report);
  // A person who says it once more changes nothing of that.
  night.flags = { ...waived, reason: "another word" };
  await night.run("validate");
  expect(await night.read(validation)).toEqual(report);
});

test("other customers of the same date are judged anew", async () => {
  await using night = await smallNight(few, { row_count: 2000 });
  await expect(night.run("extract", "validate")).rejects.toMatchObject({ exitCode: 3 });
  await writeTable(night.root, few, 1201);
  night.flags = waived;
  await expect(night.run("extract", "validate")).rejects.toMatchObject({ exitCode: 3 });
  expect(night.warnings).toEqual([
    expect.stringMatching(
      /^the source has other customers by now \(sha256 \w{12}…, \w{12}… was stopped\): nothing is waived for them$/,
    ),
  ]);
  // Now a person has seen these as well.
  expect((await night.run("validate")).line).toContain("1 waived");
});

test("in a night that nobody has judged yet, what fails then is let pass, and nothing else", async () => {
  await using night = await smallNight(few, { row_count: 2000 });
  night.flags = waived;
  expect((await night.run("extract", "validate")).line).toContain("1 waived");

  await using other = await smallNight(few, { row_count: 2000, null_rate: 0 });
  other.flags = { ...waived, accept: ["row_count", "null_rate"] };
  expect((await other.run("extract", "validate")).line).toContain("1 waived");
  expect(other.warnings).toContain("--accept null_rate: this gate holds, so nothing was waived");
  const { gates } = await other.read(validation);
  expect(gates.filter((gate) => gate.waived !== null).map(({ gate }) => gate)).toEqual(["row_count"]);

  // What fails besides stops it as ever.
  await using third = await smallNight(few, { row_count: 2000 });
  third.flags = { ...waived, accept: ["null_rate"] };
  await expect(third.run("extract", "validate")).rejects.toMatchObject({ exitCode: 3 });
});

test("a gate that is not let pass stops the night beside one that is, and both need not be named again", async () => {
  await using night = await smallNight(`${few}, CASE WHEN i < 10 THEN 1.5 END AS empty`, { row_count: 2000 });
  night.flags = waived;
  const error = await night.run("extract", "validate").catch((caught: unknown) => caught);
  expect(error).toMatchObject({ exitCode: 3, message: expect.stringMatching(/^1 of \d+ quality gates failed/) });
  const table = error instanceof ChurnError ? error.details : [];
  expect(table.filter((row) => /waived|failed/.test(row)).map((row) => row.replaceAll(/ {2,}/g, " "))).toEqual([
    "row_count 1,200 at least 2,000 waived",
    "null_rate 24.8 % at most 10.0 % failed empty 99.2 %",
  ]);
  night.flags = { accept: ["null_rate"], reason: "the tariff is gone" };
  expect((await night.run("validate")).line).toContain("2 waived");
});
