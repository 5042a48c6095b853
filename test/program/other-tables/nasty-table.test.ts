import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import {
  comparison,
  customersTest,
  customersTrain,
  featureList,
  predictions,
  preprocessing,
  registration,
} from "../../../src/lib/artifacts/artifacts.ts";
import { identifier, literal } from "../../../src/lib/duckdb/sql.ts";
import { digests, mayDiffer } from "../../support/churn.ts";
import { writeDuckdb } from "../../support/data-night.ts";
import { DATE, DAY, ID, LABEL, LABEL_KINDS, type NastyTable, nastyTable } from "../../support/nasty-table.ts";
import { type ConfigInput, copyTo, filesThatName, openCompany, rowsOf } from "../../support/other-table.ts";
import { sweep } from "../../support/sweep.ts";

const BEFORE = "2026-11-22";
const ROWS = 1200;
const EXCLUDED = ["charges in €", "brackets", "semi;colon"];

/** Two of the nights fill their nulls; in the others they stay missing. */
const FILL = { total: "0", "sometimes nan": "0.5", newsletter: "false", "all null number": "0" };

interface Night {
  readonly table: NastyTable;
  /** where the table lies */
  readonly kind: "duckdb" | "parquet" | "csv";
  readonly config: ConfigInput;
  /** the first night's model has a threshold that few customers reach */
  readonly weakAtFirst?: boolean;
  /** the first night is run in another folder too */
  readonly twice?: boolean;
}

function configOf({ table, kind, config, weakAtFirst }: Night): ConfigInput {
  return {
    dataset: {
      id: ID,
      date: table.date === "none" ? null : DATE,
      target: { column: LABEL, positive: LABEL_KINDS[table.label].positive },
      exclude: EXCLUDED,
      ...(config.dataset?.types && { types: config.dataset.types }),
    },
    source:
      kind === "duckdb" ? { url: "duckdb:customers.duckdb", table: "customers" } : { url: `${kind}:days-*.${kind}` },
    train: { rounds: 20 },
    evaluate: { threshold: 0.3 },
    // These columns say little of who leaves: what is asked of a first model is asked elsewhere.
    compare: { first: { min_auc: 0 }, ...(weakAtFirst === true ? {} : { min_improvement: 1 }) },
    ...Object.fromEntries(Object.entries(config).filter(([section]) => section !== "dataset")),
  };
}

/** Both days' customers as SQL; a table without days shows one of them. */
const dayOf = (table: NastyTable, day: string) =>
  nastyTable({ ...table, day, seed: table.seed + (day === DAY ? 100 : 0) });

async function writeDay(root: string, { table, kind }: Night, day: string): Promise<void> {
  const sql = dayOf(table, day);
  if (kind !== "duckdb") {
    const fits = kind === "csv" ? `SELECT * EXCLUDE (tags, address, photo) FROM (${sql})` : sql;
    await copyTo(
      join(root, `days-${day}.${kind}`),
      fits,
      kind === "csv" ? "FORMAT csv, HEADER, FORCE_QUOTE *" : "FORMAT parquet",
    );
    return;
  }
  const file = join(root, "customers.duckdb");
  if (table.date === "none") await rm(file, { force: true });
  const first = table.date === "none" || day === BEFORE;
  await writeDuckdb(file, first ? `CREATE TABLE customers AS ${sql}` : `INSERT INTO customers ${sql}`);
}

async function openNasty(night: Night) {
  const company = await openCompany(configOf(night));
  await writeDay(company.root, night, BEFORE);
  return company;
}

const customer = z.object({ id: z.string(), churned: z.boolean() });

/** The split as the documentation says it, in JavaScript: who has to be on the test side. */
async function expectedSides({ table, config }: Night, day: string) {
  const { salt = "churn", test: share = 0.2, method = "customer" } = config.split ?? {};
  const { positive } = LABEL_KINDS[table.label];
  const customers = await rowsOf(
    `SELECT rtrim(${identifier(ID)}::VARCHAR) AS id, ${identifier(LABEL)} = ${typeof positive === "string" ? literal(positive) : positive} AS churned
     FROM (${dayOf(table, day)}) WHERE ${identifier(LABEL)} IS NOT NULL`,
    customer,
  );
  const placed = customers.map(({ id, churned }) => {
    const hash = createHash("sha256")
      .update(salt + id)
      .digest("hex")
      .slice(0, 8);
    return { id, churned, place: Number.parseInt(hash, 16) };
  });
  const chosen =
    method === "customer"
      ? placed.filter(({ place }) => place % 10_000 < share * 10_000)
      : [true, false].flatMap((side) => {
          const ofClass = placed.filter(({ churned }) => churned === side).sort((a, b) => a.place - b.place);
          return ofClass.slice(0, Math.round(ofClass.length * share));
        });
  return { test: chosen.map(({ id }) => id).sort(), rows: customers.length };
}

const idsOf = async (path: string) =>
  (await rowsOf(`SELECT ${identifier(ID)}::VARCHAR AS id FROM ${literal(path)}`, z.object({ id: z.string() })))
    .map(({ id }) => id)
    .sort();

const NIGHTS: Record<string, Night & { outcome: string; features?: readonly string[] }> = {
  "UUIDs, Yes and No, a DATE": {
    table: { seed: 21, rows: ROWS, id: "uuid", label: "yesNo", date: "DATE" },
    kind: "duckdb",
    config: {
      transform: {
        fill: FILL,
        derive: { 'per "month"': '"order by" / (tenure + 1)', "is vip": "CASE WHEN vip THEN 'yes' ELSE 'no' END" },
      },
    },
    weakAtFirst: true,
    twice: true,
    outcome: "better",
  },
  "integers, 1 and 0, a TIMESTAMP, another salt and share, types and a list": {
    table: { seed: 22, rows: ROWS, id: "integer", label: "oneZero", date: "TIMESTAMP" },
    kind: "duckdb",
    config: {
      dataset: {
        id: ID,
        target: { column: LABEL },
        types: { constant: "categorical", select: "categorical", tenure: "numeric", huge: "ignore" },
      },
      split: { salt: "another company", test: 0.35 },
      transform: { fill: { newsletter: "false" } },
      features: ["vip", "order by", "tenure", "newsletter", "constant_42", "kind_x", "plan_😀", "plan_Gold 'new'"],
    },
    features: ["vip", "order by", "tenure", "newsletter", "constant_42", "kind_x", "plan_😀", "plan_Gold 'new'"],
    outcome: "not_better",
  },
  "padded text, ja and nein, days as text, stratified, Parquet": {
    table: { seed: 23, rows: ROWS, id: "padded", label: "jaNein", date: "VARCHAR" },
    kind: "parquet",
    config: {
      split: { method: "stratified", test: 0.25 },
      transform: { max_categories: 10 },
    },
    twice: true,
    outcome: "not_better",
  },
  "accents, Churned and Stayed, CSV": {
    table: { seed: 24, rows: ROWS, id: "accented", label: "words", date: "DATE" },
    kind: "csv",
    // A column that is empty throughout tells a CSV file's reader nothing.
    config: {
      dataset: { id: ID, target: { column: LABEL }, types: { "all null number": "numeric" } },
      transform: { fill: FILL, max_categories: 10 },
    },
    twice: true,
    outcome: "not_better",
  },
  "integers, true and false, no snapshot column": {
    table: { seed: 25, rows: ROWS, id: "integer", label: "boolean", date: "none" },
    kind: "duckdb",
    config: { transform: { max_categories: 10 } },
    weakAtFirst: true,
    outcome: "better",
  },
};

const nightOfJson = z.object({ night: z.string() });

test.each(sweep(Object.entries(NIGHTS), 3))("two nights on 35 awkward columns: %s", async (_, night) => {
  await using company = await openNasty(night);
  const { root, churn } = company;
  const dated = night.table.date !== "none";
  const firstNight = [
    ...["run-all", "--json", ...(dated ? ["--date", BEFORE] : [])],
    ...(night.weakAtFirst ? ["--set", "evaluate.threshold=0.6"] : []),
  ];

  const first = nightOfJson.parse(JSON.parse((await churn(...firstNight)).stdout)).night;
  expect(await company.read(registration, first)).toMatchObject({
    registered: true,
    version: 1,
    outcome: "first_model",
  });
  await churn("promote", "--version", "1", "--yes");
  await writeDay(root, night, DAY);
  const words = dated ? ["--date", DAY] : ["--date", first, "--again"];
  const second = nightOfJson.parse(JSON.parse((await churn("run-all", "--json", ...words)).stdout)).night;

  for (const [name, day] of [
    [first, BEFORE],
    [second, DAY],
  ] as const) {
    const sides = await expectedSides(night, day);
    expect(await idsOf(company.path(predictions, name))).toEqual(sides.test);
    expect(await idsOf(company.path(customersTest, name))).toEqual(sides.test);
    expect(await idsOf(company.path(customersTrain, name))).toHaveLength(sides.rows - sides.test.length);
    const { features } = await company.read(featureList, name);
    expect(await company.modelFeatures(name)).toEqual(features);
    if (night.features !== undefined) expect(features).toEqual(night.features);
    else expect(features.length).toBeGreaterThan(30);
  }

  const judged = await company.read(comparison, second);
  expect(judged).toMatchObject({ outcome: night.outcome, production: { version: 1, problem: null } });
  const [now, then] = [judged.new.metrics.f1, judged.production?.metrics?.f1 ?? 0];
  expect(judged.should_deploy).toBe(now > then * (1 + (judged.min_improvement ?? Number.NaN)));
  expect(await company.read(registration, second)).toMatchObject({ registered: judged.should_deploy });

  const notOurs = /\.duckdb$|^days-|^churn\.yaml$/;
  expect(await filesThatName(root, EXCLUDED, notOurs)).toEqual([]);
  expect(await filesThatName(root, ["huge"], notOurs)).toContain(`raw/${first}/customers.parquet`);
  const recipe = await company.read(preprocessing, second);
  expect(recipe.dataset.id).toBe(ID);

  if (!night.twice) return;
  await using twin = await openNasty(night);
  await twin.churn(...firstNight, "--to", "compare");
  const ofFirst = async (folder: string) =>
    Object.fromEntries(Object.entries(await digests(folder, mayDiffer)).filter(([key]) => key.includes(`/${first}/`)));
  const files = await ofFirst(root);
  expect(Object.keys(files)).toContain(`models/${first}/model/model.json`);
  expect(await ofFirst(twin.root)).toEqual(files);
});
