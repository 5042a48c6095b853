import * as z from "zod";
import { whole } from "../cli/numbers.ts";
import { suggestion } from "../cli/suggestions.ts";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import { countEach } from "../source/column-facts.ts";
import { isReserved, RESERVED } from "../source/dataset-columns.ts";
import { isUnique } from "../source/decide.ts";
import type { CustomerColumn } from "./columns.ts";
import { findUsable, ROW, type UsableCustomers } from "./customers.ts";
import { type DerivedColumn, type FilledRelation, fillAndDerive } from "./derived.ts";
import { enumOf, type FittingRows, fitCategories, type OneHot, refuseClashes } from "./encode.ts";
import { labelCondition } from "./label.ts";
import { allColumns, encodeQuery, runExpressions } from "./prepare.ts";
import type { ColumnRole, Preprocessing } from "./preprocessing.ts";
import {
  fitSplit,
  isBelowCut,
  onTestSide,
  requireBothSides,
  requireSplitColumn,
  type SideCounts,
  splitHash,
} from "./split.ts";

export interface FitRequest {
  readonly customersPath: string;
  /** of customers.parquet */
  readonly columns: readonly CustomerColumn[];
  readonly config: Pick<Config, "dataset" | "transform" | "split">;
}

export interface FittedCustomers {
  readonly preprocessing: Preprocessing;
  readonly loaded: UsableCustomers;
  readonly train: SideCounts;
  readonly test: SideCounts;
  /** derived columns that are no feature, columns with more categories than transform.max_categories, as sentences */
  readonly warnings: readonly string[];
  /**
   * Customers of a side or of both, ordered by id, as a query of the same database.
   *
   * @param names  of raw, derived or one-hot columns; without them all but the ignored ones
   */
  side(name: "train" | "test" | "both", names?: readonly string[]): string;
}

/** The usable customers while the preprocessing is fitted: no more of them than that takes. */
const FITTING = "__churn_fitting";
const LABEL = "__churn_label";
const TEST = "__churn_test";
/** A customer's place in a stratified split. */
const PLACE = "__churn_place";
/** Of each side, which rows of the file are on it: a bit a row. */
const SIDES = "__churn_sides";

/**
 * Fits the preprocessing: fills and derived columns are expressions of one row, the split is by the customer's hash, and the
 * categories are those of the train side alone.
 *
 * @throws {UsageError} when transform names a column that isn't there, an expression is refused, or two columns would have
 * one name, or a side is empty
 * @throws {QualityGateError} when the train side has one class only
 */
export async function fitCustomers(db: Database, request: FitRequest): Promise<FittedCustomers> {
  const { config } = request;
  const { dataset, transform } = config;
  requireSplitColumn(config.split, request.columns, dataset);
  // What says who is a test customer is no feature.
  const columns = request.columns.map((column) =>
    column.name === config.split.column ? { ...column, role: "ignored" as const } : column,
  );
  const derive = Object.entries(transform.derive).map(([name, expression]) => ({ name, expression }));
  requireNewNames(columns, config);
  requireFillable(columns, config);
  refuseClashes(
    [...columns, ...derive].map(({ name }) => name),
    [],
  );

  const raw = columns.map(({ name, type }) => ({ name, type }));
  const loaded = await findUsable(db, request.customersPath, raw, dataset);
  const filled = await fillAndDerive(db, {
    relation: loaded.usable,
    columns: raw,
    extra: [ROW],
    expressions: { fill: transform.fill, derive },
    withheld: new Set(columns.filter(({ role }) => role === "ignored").map(({ name }) => name)),
    where: "transform",
  });
  const { split, isTest } = await splitCustomers(db, { filled, loaded }, { ...request, columns });
  const { train, test } = await countSides(db, isTest);
  requireBothSides(train, test, split);

  const unique = await uniqueTexts(db, filled.derived);
  const derived = filled.derived.map((column) =>
    unique.includes(column.name) ? { ...column, role: "ignored" as const } : column,
  );
  const { oneHot, coded, warnings } = await fitOneHot(
    db,
    { relation: FITTING, isTrain: `NOT ${isTest}` },
    categoricalColumns(columns, derived),
    config.transform,
  );
  await db.run(`DROP TABLE ${FITTING}`);
  refuseClashes(
    [...columns, ...derive].map(({ name }) => name),
    oneHot,
  );
  const preprocessing: Preprocessing = {
    dataset: { id: dataset.id, date: dataset.date, target: dataset.target },
    columns: columns.map(({ name, type, role, unused }) => ({ name, type, role, unused })),
    fill: transform.fill,
    derive: derived.map(({ name, expression, role }) => ({ name, expression, role })),
    one_hot: oneHot,
    split,
  };
  return {
    preprocessing,
    loaded,
    train,
    test,
    warnings: [...unique.map((name) => `${name} is unique text: it is no feature, and in no file`), ...warnings],
    side: (name, names = allColumns(preprocessing)) => {
      const sides = name === "both" ? (["train", "test"] as const) : [name];
      const rows = `(SELECT * FROM ${loaded.numbered} WHERE ${sides.map(isOnSide).join(" OR ")})`;
      const needed = new Set([...names, ...oneHot.map(({ column }) => column)]);
      const plain = [...filled.columns, ...filled.derived].filter((column) => needed.has(column.name));
      // Texts take most of what is sorted: a category is a byte meanwhile.
      const list = plain.map((column) => {
        const type = coded.get(column.name);
        const text = identifier(column.name);
        return type === undefined ? text : `CAST(${text} AS ${type}) AS ${text}`;
      });
      const sql = `SELECT ${list.join(", ")} FROM (${filled.over(rows)}) ORDER BY ${ROW}`;
      return encodeQuery({ ...filled, sql }, oneHot, names, coded);
    },
  };
}

function requireNewNames(columns: readonly CustomerColumn[], { transform }: FitRequest["config"]): void {
  for (const name of Object.keys(transform.derive)) {
    if (isReserved(name)) {
      throw new UsageError(
        `transform.derive.${name}: names that begin with ${RESERVED} are churn's own`,
        "give the derived column another name",
      );
    }
    const taken = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
    if (taken === undefined) continue;
    throw new UsageError(
      `transform.derive.${name}: the customers have a column ${taken.name} already`,
      "give the derived column another name",
    );
  }
}

function requireFillable(
  columns: readonly CustomerColumn[],
  { dataset, transform, split }: FitRequest["config"],
): void {
  const names = [...columns.map(({ name }) => name), ...Object.keys(transform.derive)];
  for (const name of Object.keys(transform.fill)) {
    if (!names.includes(name)) {
      throw new UsageError(`transform.fill: the customers have no column ${name}`, suggestion(name, names));
    }
    if (name === split.column) {
      throw new UsageError(
        `transform.fill: ${name} is never filled: it says who is a test customer, and no value means train`,
        "take it out of transform.fill in churn.yaml",
      );
    }
    if (name === dataset.id || name === dataset.target.column) {
      throw new UsageError(
        `transform.fill: ${name} is never filled: rows without ${name === dataset.id ? "an id" : "a label"} are left out`,
        "take it out of transform.fill in churn.yaml",
      );
    }
  }
}

/**
 * Reckons all expressions, and puts each customer on a side. Customers are kept as little as that takes: to read the file again
 * costs less than a table of them, which may be larger than memory.
 */
async function splitCustomers(
  db: Database,
  { filled, loaded }: { readonly filled: FilledRelation; readonly loaded: UsableCustomers },
  { columns, config }: FitRequest & { readonly columns: readonly CustomerColumn[] },
) {
  const { dataset, transform } = config;
  const id = identifier(dataset.id);
  const label = labelCondition(
    dataset.target,
    columns.find(({ name }) => name === dataset.target.column)?.type ?? "VARCHAR",
  );
  const categorical = categoricalColumns(columns, filled.derived).map(({ name }) => identifier(name));
  // All that is reckoned is looked at, so that what fails fails here.
  const reckoned = new Set([...Object.keys(transform.fill), ...filled.derived.map(({ name }) => name)]);
  const isReckoned = reckoned.size === 0 ? "true" : `hash(${[...reckoned].map(identifier).join(", ")}) = 0`;
  const isStratified = config.split.method === "stratified";
  const place = isStratified
    ? `${splitHash(id, config.split.salt)} AS ${PLACE}`
    : `${onTestSide({ ...config.split, cuts: null }, { id, label: LABEL, types: columns })} AS ${TEST}`;
  await runExpressions(
    db,
    { where: "transform", alone: filled.alone },
    `CREATE TABLE ${FITTING} AS
      SELECT ${[ROW, `${label} AS ${LABEL}`, place, `${isReckoned} AS __churn_reckoned`, ...categorical].join(", ")} FROM (${filled.sql})`,
  );
  const split = await fitSplit(db, { relation: FITTING, place: PLACE, label: LABEL, split: config.split });
  const isTest = split.cuts === null ? TEST : isBelowCut(PLACE, { label: LABEL, cuts: split.cuts });
  const rowsOf = (side: string) => `bitstring_agg(${ROW}, 0, ${loaded.fileRows}) FILTER (WHERE ${side})`;
  await db.run(
    `SET VARIABLE ${SIDES} = (SELECT {train: ${rowsOf(`NOT ${isTest}`)}, test: ${rowsOf(isTest)}} FROM ${FITTING})`,
  );
  return { split, isTest };
}

/** Whether a row of the file is on a side, as SQL. */
function isOnSide(side: "train" | "test"): string {
  return `get_bit(getvariable('${SIDES}').${side}, CAST(${ROW} AS INTEGER)) = 1`;
}

async function countSides(db: Database, isTest: string): Promise<{ train: SideCounts; test: SideCounts }> {
  const [counts] = await db.rows(
    `SELECT count(*) AS rows, count(*) FILTER (WHERE ${LABEL}) AS churned,
       count(*) FILTER (WHERE ${isTest}) AS test_rows, count(*) FILTER (WHERE ${isTest} AND ${LABEL}) AS test_churned
     FROM ${FITTING}`,
    z.object({ rows: z.int(), churned: z.int(), test_rows: z.int(), test_churned: z.int() }),
  );
  const { rows = 0, churned = 0, test_rows = 0, test_churned = 0 } = counts ?? {};
  return {
    train: { rows: rows - test_rows, churned: churned - test_churned },
    test: { rows: test_rows, churned: test_churned },
  };
}

/** Derived columns whose texts are unique, or nearly so: a step on the way to another column, but no category. */
async function uniqueTexts(db: Database, derived: readonly DerivedColumn[]): Promise<string[]> {
  const texts = derived.filter(({ role }) => role === "categorical");
  const counts = await countEach(db, FITTING, texts);
  return texts.map(({ name }) => name).filter((name) => isUnique(counts.get(name)));
}

async function fitOneHot(
  db: Database,
  rows: FittingRows,
  columns: readonly { readonly name: string }[],
  { max_categories: max }: Config["transform"],
) {
  const oneHot: OneHot[] = [];
  const coded = new Map<string, string>();
  const warnings: string[] = [];
  for (const { name } of columns) {
    const fitted = await fitCategories(db, rows, name, max);
    oneHot.push(fitted.oneHot);
    if (fitted.values !== undefined) coded.set(name, enumOf(fitted.values));
    const { other } = fitted.oneHot;
    if (other !== null) {
      warnings.push(
        `${name} has ${whole(fitted.distinct)} categories: ${max === 1 ? "the most frequent one has a column" : `the ${whole(max)} most frequent have columns`}, the rest share ${other}`,
      );
    }
  }
  return { oneHot, coded, warnings };
}

function categoricalColumns(
  ...columns: readonly (readonly { readonly name: string; readonly role: ColumnRole }[])[]
): readonly { readonly name: string }[] {
  return columns.flat().filter(({ role }) => role === "categorical");
}
