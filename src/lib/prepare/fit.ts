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
import { CUSTOMERS, type LoadedCustomers, loadCustomers, ROW } from "./customers.ts";
import { type DerivedColumn, type FilledRelation, fillAndDerive } from "./derived.ts";
import { fitCategories, type OneHot, refuseClashes } from "./encode.ts";
import { labelCondition } from "./label.ts";
import { allColumns, encodeQuery, runExpressions } from "./prepare.ts";
import type { Preprocessing } from "./preprocessing.ts";
import { fitSplit, onTestSide, requireBothSides, requireSplitColumn, type SideCounts } from "./split.ts";

export interface FitRequest {
  readonly customersPath: string;
  /** of customers.parquet */
  readonly columns: readonly CustomerColumn[];
  readonly config: Pick<Config, "dataset" | "transform" | "split">;
}

export interface FittedCustomers {
  readonly preprocessing: Preprocessing;
  readonly loaded: LoadedCustomers;
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

const FILLED = "__churn_filled";
/** Of the train side, while its categories are counted. */
const CATEGORICAL = "__churn_categorical";
const LABEL = "__churn_label";
const TEST = "__churn_test";

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

  const raw = columns.map(({ name, type }) => ({ name, type, sql: identifier(name) }));
  const loaded = await loadCustomers(db, request.customersPath, { columns: raw, dataset });
  const filled = await fillAndDerive(db, {
    relation: CUSTOMERS,
    columns: raw,
    extra: [ROW],
    expressions: { fill: transform.fill, derive },
    withheld: new Set(columns.filter(({ role }) => role === "ignored").map(({ name }) => name)),
    where: "transform",
  });
  const split = await splitCustomers(db, filled, { ...request, columns });
  const { train, test } = await countSides(db);
  requireBothSides(train, test, split);

  const unique = await uniqueTexts(db, filled.derived);
  const derived = filled.derived.map((column) =>
    unique.includes(column.name) ? { ...column, role: "ignored" as const } : column,
  );
  const { oneHot, warnings } = await fitOneHot(db, derived, { ...request, columns });
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
      const condition = { train: `NOT ${TEST}`, test: TEST, both: "true" }[name];
      const sql = `SELECT * FROM ${FILLED} WHERE ${condition}`;
      return `${encodeQuery({ ...filled, sql }, oneHot, names)} ORDER BY ${ROW}`;
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

/** Makes the table of filled customers with their label and side. */
async function splitCustomers(db: Database, filled: FilledRelation, { columns, config }: FitRequest) {
  const { dataset } = config;
  const type = columns.find(({ name }) => name === dataset.target.column)?.type ?? "VARCHAR";
  const labelled = "__churn_labelled";
  await runExpressions(
    db,
    { where: "transform", alone: filled.alone },
    `CREATE TABLE ${labelled} AS
      SELECT *, ${labelCondition(dataset.target, type)} AS ${LABEL} FROM (${filled.sql}) ORDER BY ${ROW}`,
  );
  await db.run(`DROP TABLE ${CUSTOMERS}`);
  const id = identifier(dataset.id);
  const split = await fitSplit(db, { relation: labelled, id, label: LABEL, split: config.split });
  await db.run(
    `CREATE VIEW ${FILLED} AS SELECT *, ${onTestSide(split, { id, label: LABEL, types: columns })} AS ${TEST} FROM ${labelled}`,
  );
  return split;
}

async function countSides(db: Database): Promise<{ train: SideCounts; test: SideCounts }> {
  const [counts] = await db.rows(
    `SELECT count(*) AS rows, count(*) FILTER (WHERE ${LABEL}) AS churned,
       count(*) FILTER (WHERE ${TEST}) AS test_rows, count(*) FILTER (WHERE ${TEST} AND ${LABEL}) AS test_churned
     FROM ${FILLED}`,
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
  const counts = await countEach(db, FILLED, texts);
  return texts.map(({ name }) => name).filter((name) => isUnique(counts.get(name)));
}

async function fitOneHot(db: Database, derived: readonly DerivedColumn[], { columns, config }: FitRequest) {
  const { max_categories: max } = config.transform;
  const categorical = [...columns, ...derived].filter(({ role }) => role === "categorical");
  const oneHot: OneHot[] = [];
  const warnings: string[] = [];
  if (categorical.length === 0) return { oneHot, warnings };
  // A question for each column, of a table of them alone: each is bound to all columns of what it is asked of.
  const list = categorical.map(({ name }) => identifier(name)).join(", ");
  await db.run(`CREATE TABLE ${CATEGORICAL} AS SELECT ${list} FROM ${FILLED} WHERE NOT ${TEST}`);
  for (const { name } of categorical) {
    const { distinct, ...fitted } = await fitCategories(db, CATEGORICAL, name, max);
    oneHot.push(fitted);
    if (fitted.other !== null) {
      warnings.push(
        `${name} has ${whole(distinct)} categories: ${max === 1 ? "the most frequent one has a column" : `the ${whole(max)} most frequent have columns`}, the rest share ${fitted.other}`,
      );
    }
  }
  await db.run(`DROP TABLE ${CATEGORICAL}`);
  return { oneHot, warnings };
}
