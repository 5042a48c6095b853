import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { customersTrain, featureList, testMatrix, trainMatrix } from "../../src/lib/artifacts/artifacts.ts";
import type { configSchema } from "../../src/lib/config/schema.ts";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { makeSample } from "../../src/lib/sample/snapshots.ts";
import { dataNight, writeDuckdb } from "../support/data-night.ts";

const TEN = [
  "tenure_months",
  "monthly_charges",
  "total_charges",
  "avg_monthly",
  "contract_type_Month-to-month",
  "contract_type_One year",
  "contract_type_Two year",
  "payment_method_Bank transfer",
  "payment_method_Credit card",
  "payment_method_Electronic check",
];
const telco = {
  dataset: { id: "customer_id", date: "snapshot_date", target: { column: "churned", positive: true } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
  transform: { fill: { total_charges: "0" }, derive: { avg_monthly: "total_charges / (tenure_months + 1)" } },
  features: TEN,
};
const small = {
  dataset: { id: "id", target: { column: "left", positive: "ja" }, types: { notes: "ignore" } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
  gates: { row_count: 1, null_rate: false },
  transform: { derive: { "twice x": "2 * x" } },
} satisfies z.input<typeof configSchema>;

async function smallNight(features: z.input<typeof configSchema>["features"], x = "3 * i") {
  const night = await dataNight({ ...small, features });
  await rm(join(night.root, "customers.duckdb"), { force: true });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS id, ['ja', 'nein', NULL][i % 3 + 1] AS "left", ${x} AS x, i % 2 = 0 AS vip,
       ['b', 'a'][i % 2 + 1] AS plan, DATE '2020-01-01' AS since, 'n' AS notes, i AS row,
       'c' || i || '@example.com' AS email, i % 5 AS "score[1]", 7 AS same FROM range(300) AS r(i)`,
  );
  return night;
}

const described = z
  .object({ column_name: z.string(), column_type: z.string() })
  .transform((column) => `${column.column_name} ${column.column_type}`);

test("the sample's matrix has the id, ten float32 features in order, and the label", async () => {
  await using night = await dataNight(telco);
  await makeSample({ file: join(night.root, "customers.duckdb"), date: "2026-11-23" });
  const { line, record } = await night.run("extract", "validate", "transform", "features");
  expect(line).toBe("10 features");
  expect(record.result).toEqual({ n_features: 10, rows: { train: 5608, test: 1435 }, absent: [] });
  for (const artifact of [trainMatrix, testMatrix]) {
    expect(await night.rows(`DESCRIBE FROM '${night.path(artifact)}'`, described)).toEqual([
      "customer_id VARCHAR",
      ...TEN.map((name) => `${name} FLOAT`),
      "churned UTINYINT",
    ]);
  }
  const [difference] = await night.rows(
    `SELECT count(*) AS rows FROM '${night.path(customersTrain)}' AS raw POSITIONAL JOIN '${night.path(trainMatrix)}' AS matrix
     WHERE raw.customer_id <> matrix.customer_id OR matrix.avg_monthly <> (coalesce(raw.total_charges, 0) / (raw.tenure_months + 1))::FLOAT
       OR matrix.churned <> raw.churned::INT`,
    z.object({ rows: z.int() }),
  );
  expect(difference).toEqual({ rows: 0 });
  expect(await night.read(featureList)).toEqual({
    id: "customer_id",
    label: "churned",
    features: TEN,
    absent: [],
    schema_digest: sha256(JSON.stringify(TEN)),
  });
});

test("all features are the numbers, booleans, derived and one-hot columns in the file's order", async () => {
  await using night = await smallNight("all");
  await night.run("extract", "validate", "transform", "features");
  expect((await night.read(featureList)).features).toEqual(["x", "vip", "twice x", "plan_a", "plan_b"]);
  expect(night.warnings).toEqual(["score[1] can't be a feature's name: XGBoost takes no [, ] or <; it is left out"]);
  const [row] = await night.rows(
    `SELECT * FROM read_parquet(['${night.path(trainMatrix)}', '${night.path(testMatrix)}']) WHERE id = 3`,
    z.unknown(),
  );
  expect(row).toEqual({ id: 3, x: 9, vip: 0, "twice x": 18, plan_a: 1, plan_b: 0, left: 1 });
});

test("a column that is the same in every row may be named, and is none of all", async () => {
  await using night = await smallNight(["same", "vip"]);
  await night.run("extract", "validate", "transform", "features");
  expect((await night.read(featureList)).features).toEqual(["same", "vip"]);
});

test("a category that no train customer has is a column of zeros and a warning", async () => {
  await using night = await smallNight(["plan_c", "x"]);
  const { record } = await night.run("extract", "validate", "transform", "features");
  expect(record.result).toMatchObject({ absent: ["plan_c"] });
  expect(night.warnings).toEqual([
    "plan_c is a column of zeros: no train customer has that plan; did you mean plan_a?",
  ]);
  const [sum] = await night.rows(
    `SELECT sum(plan_c) AS sum, typeof(any_value(plan_c)) AS type FROM '${night.path(trainMatrix)}'`,
    z.unknown(),
  );
  expect(sum).toEqual({ sum: 0, type: "FLOAT" });
});

test.each([
  [["y"], "features: there is no column y", "did you mean x?"],
  [["id"], "features: id can't be a feature: the id says nothing about other customers", undefined],
  [["left"], "features: left can't be a feature: it is what is predicted", undefined],
  [["since"], expect.stringMatching(/^features: since can't be a feature: a date is no number/), undefined],
  [["plan"], "features: plan can't be a feature: it is a category; its one-hot columns can be features", undefined],
  [
    ["notes"],
    "features: notes can't be a feature: it is ignored, unique text, or of a type that is no feature",
    undefined,
  ],
  [
    ["row"],
    "features: row can't be a feature: it numbers the rows, or pandas has written it as an index",
    "dataset: { types: { row: numeric } } in churn.yaml makes it one",
  ],
  [
    ["email"],
    "features: email can't be a feature: its texts are unique, or nearly so",
    "dataset: { types: { email: categorical } } in churn.yaml makes it one",
  ],
  [
    ["email_c3@example.com"],
    "features: there is no column email_c3@example.com: email has no categories, since its texts are unique, or nearly so",
    "dataset: { types: { email: categorical } } in churn.yaml makes them categories",
  ],
  [["x", "x"], "features: x is listed twice", undefined],
  [
    ["score[1]"],
    "features: score[1] can't be a feature's name: XGBoost takes no [, ] or <",
    "a derived column can carry it under another name",
  ],
])("a feature that can't be is named: %j", async (features, message, hint) => {
  await using night = await smallNight(features);
  await expect(night.run("extract", "validate", "transform", "features")).rejects.toMatchObject({
    exitCode: 2,
    message,
    hint,
  });
});

test("a number beyond float32 is refused with its column", async () => {
  await using night = await smallNight(["x"], "i * 1e300");
  await expect(night.run("extract", "validate", "transform", "features")).rejects.toMatchObject({
    exitCode: 2,
    message: "features: x has 2.98e+302, which is beyond float32",
    hint: "a derived column, such as ln(x)",
  });
});
