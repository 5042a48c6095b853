import { suggestion } from "../cli/suggestions.ts";
import { own } from "../config/own.ts";
import type { Database } from "../duckdb/database.ts";
import { describeColumns, type TypedColumn } from "../duckdb/describe.ts";
import { firstLine, withoutValues } from "../duckdb/errors.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";
import { InputError, UsageError } from "../errors.ts";
import { measureConstants } from "../source/column-facts.ts";
import { spelled, spelledNumber, spelledText } from "../source/spelling.ts";
import { roleOfType } from "./columns.ts";
import { findUsable, ROW } from "./customers.ts";
import { type FilledRelation, fillAndDerive } from "./derived.ts";
import { encodeSql, isOneHotName, type OneHot } from "./encode.ts";
import { checkExpression } from "./expression.ts";
import type { Preprocessing } from "./preprocessing.ts";

export interface PrepareRequest {
  /** customers.parquet */
  readonly customersPath: string;
  readonly preprocessing: Preprocessing;
  /** the columns that must come out; undefined: all of them */
  readonly features?: readonly string[];
  /** whose id and label say which rows are usable; the preprocessing's own where it isn't said */
  readonly rows?: Pick<Preprocessing["dataset"], "id" | "target">;
  /** a query of ids: who else is in the file is left out. Undefined: nobody is */
  readonly among?: string;
  /** raw columns that nothing may be made of: the target, which would tell a model the answer */
  readonly unseen?: readonly string[];
  /** where the preprocessing stands, for messages: "preprocessing.json of version 3" */
  readonly where: string;
  /** foreign: from a model folder that another machine may have written. SQL then reaches no file and no network any more. */
  readonly trust: "own" | "foreign";
}

/** The usable customers, before anything is made of them. */
const CUSTOMERS = "__churn_customers";
/** The table that `prepare` makes. */
const PREPARED = "prepared";

/**
 * Turns raw customers into a model's columns, as its preprocessing says: the one way there is, for today's model and for an
 * older one alike. The table has the id first and a row a usable customer, in the file's order.
 *
 * @returns the table, quoted for SQL
 * @throws {InputError} when a raw column that is needed is missing, must not be seen, or can't be cast to what it was
 * @throws {UsageError} when an expression is refused or fails, or a feature can't exist
 */
export async function prepare(db: Database, request: PrepareRequest): Promise<string> {
  const { customersPath, preprocessing, where, trust } = request;
  const rows = request.rows ?? preprocessing.dataset;
  const wanted = request.features ?? allColumns(preprocessing);
  const plan = await planColumns(db, preprocessing, wanted, where);

  refuseUnseen(plan.raw, request.unseen ?? [], where);
  const present = await describeColumns(db, parquetFile(customersPath));
  const empty = await emptyColumns(db, customersPath, differing(plan.raw, present));
  const raw = plan.raw.map((column) => readColumn(column, present, empty, where));
  const columns = raw.some(({ name }) => name === rows.id)
    ? raw
    : [{ name: rows.id, type: typeOf(rows.id, present), sql: identifier(rows.id) }, ...raw];
  const { usable } = await findUsable(db, customersPath, present, rows);
  const list = columns.map(({ name, sql }) => `${sql} AS ${identifier(name)}`);
  const among = request.among === undefined ? "" : ` WHERE ${identifier(rows.id)} IN (${request.among})`;
  await db.run(`CREATE TABLE ${CUSTOMERS} AS SELECT ${[ROW, ...list].join(", ")} FROM ${usable}${among}`);
  if (trust === "foreign") await db.shutOutside();

  const filled = await fillAndDerive(db, {
    relation: CUSTOMERS,
    columns,
    extra: [ROW],
    expressions: { fill: plan.fill, derive: plan.derive },
    // Which columns are withheld by now an older preprocessing can't know.
    withheld: new Set(columns.map(({ name }) => name)),
    where,
  });
  const names = [rows.id, ...wanted.filter((name) => name !== rows.id)];
  await runExpressions(
    db,
    { where, alone: filled.alone },
    `CREATE TABLE ${PREPARED} AS ${encodeQuery(filled, respelled(plan.oneHot), names)} ORDER BY ${ROW}`,
  );
  await db.run(`DROP TABLE ${CUSTOMERS}`);
  return PREPARED;
}

/** DuckDB doesn't tell names apart by case. */
function refuseUnseen(raw: readonly { readonly name: string }[], unseen: readonly string[], where: string): void {
  const names = new Set(unseen.map((name) => name.toLowerCase()));
  const seen = raw.find(({ name }) => names.has(name.toLowerCase()));
  if (seen === undefined) return;
  throw new InputError(`${where} makes a feature of ${seen.name}, which is what is predicted`);
}

/** Raw, derived and one-hot columns of a preprocessing, in the files' order; those that are ignored stay in raw. */
export function allColumns({ columns, derive, one_hot }: Preprocessing): string[] {
  const kept = [...columns, ...derive].filter(({ role }) => role !== "ignored");
  return [...kept, ...encodeSql(one_hot).columns].map(({ name }) => name);
}

/**
 * The named columns of a filled relation with its one-hot columns; a category that nobody has is a column of zeros.
 *
 * @param coded  texts that the relation has as ENUMs, as `encodeSql` takes them
 */
export function encodeQuery(
  filled: FilledRelation,
  oneHot: readonly OneHot[],
  names: readonly string[],
  coded: ReadonlyMap<string, unknown> = new Map(),
): string {
  const encoded = encodeSql(oneHot, coded);
  const plain = new Set([...filled.columns, ...filled.derived].map(({ name }) => name));
  const bySql = new Map(encoded.columns.map(({ name, sql }) => [name, sql]));
  const list = names.map((name) => {
    if (coded.has(name)) return `CAST(${identifier(name)} AS VARCHAR) AS ${identifier(name)}`;
    if (plain.has(name)) return identifier(name);
    return `${bySql.get(name) ?? "CAST(0 AS UTINYINT)"} AS ${identifier(name)}`;
  });
  const all = ["*", ...encoded.codes].join(", ");
  return `SELECT ${list.join(", ")} FROM (SELECT ${all} FROM (${filled.sql}))`;
}

/** The categorical column that a one-hot column belongs to, or would belong to if a customer had that category. */
export function oneHotColumnOf(name: string, oneHot: readonly OneHot[]): OneHot | undefined {
  return oneHot
    .filter(({ column }) => isOneHotName(name, column))
    .reduce<OneHot | undefined>(
      (best, candidate) => (best === undefined || candidate.column.length > best.column.length ? candidate : best),
      undefined,
    );
}

/** What the wanted columns need, and nothing else: a raw column that no feature uses may be gone. */
async function planColumns(db: Database, recipe: Preprocessing, wanted: readonly string[], where: string) {
  const rawNames = recipe.columns.map(({ name }) => name);
  const needed = new Set<string>();
  const oneHot = new Set<OneHot>();
  const encoded = new Map(
    recipe.one_hot.flatMap((entry) => encodeSql([entry]).columns.map(({ name }): [string, OneHot] => [name, entry])),
  );
  for (const name of wanted) {
    const isPlain = rawNames.includes(name) || recipe.derive.some((column) => column.name === name);
    const entry = isPlain ? undefined : (encoded.get(name) ?? oneHotColumnOf(name, recipe.one_hot));
    if (!isPlain && entry === undefined)
      throw new UsageError(`${where}: there is no column ${name}`, suggestion(name, [...rawNames, ...encoded.keys()]));
    if (entry !== undefined) oneHot.add(entry);
    needed.add(entry?.column ?? name);
  }
  // Later derived columns may use earlier ones, so they are walked backwards.
  for (const [index, { name, expression }] of [...recipe.derive.entries()].reverse()) {
    if (!needed.has(name)) continue;
    const columns = [...rawNames, ...recipe.derive.slice(0, index).map((earlier) => earlier.name)];
    for (const text of [expression, own(recipe.fill, name)]) {
      if (text === undefined) continue;
      const key = `${where}.derive.${name}`;
      for (const column of await checkExpression(db, { key, expression: text, columns })) needed.add(column);
    }
  }
  // Fills see the columns as they came: what only a fill names need not be filled itself.
  const filled = new Set(needed);
  for (const name of rawNames.filter((column) => filled.has(column))) {
    const expression = own(recipe.fill, name);
    if (expression === undefined) continue;
    const key = `${where}.fill.${name}`;
    for (const column of await checkExpression(db, { key, expression, columns: rawNames })) needed.add(column);
  }
  return {
    raw: recipe.columns.filter(({ name }) => needed.has(name)),
    fill: Object.fromEntries(Object.entries(recipe.fill).filter(([name]) => filled.has(name))),
    derive: recipe.derive.filter(({ name }) => needed.has(name)),
    oneHot: [...oneHot],
  };
}

function typeOf(name: string, present: readonly TypedColumn[]): string {
  return present.find((column) => column.name === name)?.type ?? "VARCHAR";
}

/** Names of columns that are of another role by their type today than the preprocessing knows. */
function differing(columns: readonly TypedColumn[], present: readonly TypedColumn[]): string[] {
  const before = new Map(columns.map(({ name, type }) => [name, roleOfType(type)]));
  return present.filter(({ name, type }) => (before.get(name) ?? roleOfType(type)) !== roleOfType(type)).map(nameOf);
}

/** Those of some columns that have no value today. */
async function emptyColumns(db: Database, path: string, names: readonly string[]): Promise<ReadonlySet<string>> {
  const columns = names.map((name) => ({ name, expression: identifier(name) }));
  const constants = await measureConstants(db, parquetFile(path), columns);
  return new Set(names.filter((name) => constants.get(name) === "no values"));
}

/**
 * Today's column as the preprocessing knows it: another width of number is the same, a number can be a category, in its one
 * spelling, and a column without a value can be anything; another kind of value is another column under the old name.
 */
function readColumn(
  { name, type, role }: Preprocessing["columns"][number],
  present: readonly TypedColumn[],
  empty: ReadonlySet<string>,
  where: string,
) {
  const today = present.find((candidate) => candidate.name === name)?.type;
  if (today === undefined) {
    throw new InputError(
      `${where} needs the column ${name}, which the customers don't have any more`,
      "have the source give it again: dataset.exclude in churn.yaml, or the table",
    );
  }
  const column = identifier(name);
  const [was, is] = [roleOfType(type), roleOfType(today)];
  if (was !== is && empty.has(name)) return { name, type, sql: `CAST(NULL AS ${type})` };
  if (was === "numeric" && is === "numeric") return { name, type: today, sql: column };
  if (was === "categorical" && is === "numeric") {
    return { name, type, sql: today === "DOUBLE" ? spelledNumber(column) : `CAST(${column} AS VARCHAR)` };
  }
  if (was !== is)
    throw new InputError(
      `${where} needs ${name} as ${type}, it is ${today} now`,
      `dataset: { types: { ${name}: … } } in churn.yaml says what it is`,
    );
  if (role === "categorical") return { name, type, sql: spelledText(column) };
  return { name, type, sql: today === type ? column : `CAST(${column} AS ${type})` };
}

function nameOf({ name }: TypedColumn): string {
  return name;
}

/**
 * Categories in their one spelling: churn 1.x has written 1.0 where a column of floats was one. Of two that are the same value
 * the one that was spelled so keeps its customers; which of them the other had can't be told any more.
 */
function respelled(oneHot: readonly OneHot[]): OneHot[] {
  return oneHot.map(({ categories, ...entry }) => {
    const taken = new Set(categories.map(({ value }) => value));
    const named = categories.map(({ value, name }) => {
      const today = spelled(value);
      if (taken.has(today)) return { value, name };
      taken.add(today);
      return { value: today, name };
    });
    return { ...entry, categories: named };
  });
}

/**
 * Runs what reckons a relation's expressions.
 *
 * @param where  for messages: where the expressions stand, "transform"
 * @throws {UsageError} when an expression can't take a value (text that is no number, say): a mistake in the expression,
 * which is named
 */
export async function runExpressions(
  db: Database,
  { where, alone }: Pick<FilledRelation, "alone"> & { readonly where: string },
  sql: string,
): Promise<void> {
  try {
    await db.run(sql);
  } catch (error) {
    if (!isValueError(error)) throw error;
    for (const { key, sql: single, withheld } of alone) {
      const failure = await db.run(single).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (failure !== undefined && isValueError(failure)) throw failedExpression(key, failure, withheld);
    }
    throw failedExpression(`${where}: an expression`, error, true);
  }
}

function isValueError(error: unknown): boolean {
  return /^(Conversion|Out of Range|Invalid Input|Mismatch Type|Not implemented) Error/.test(firstLine(error));
}

/** @param withheld  the message is cut where a value may stand in it: in quotes, in brackets, or called one */
function failedExpression(which: string, cause: unknown, withheld: boolean): UsageError {
  const reason = firstLine(cause);
  return new UsageError(
    `${which} fails on these customers: ${withheld ? withoutValues(reason) : reason}`,
    reason.startsWith("Conversion Error: ")
      ? "TRY_CAST gives null where a value can't be read"
      : "TRY(…) gives null where an expression fails",
    { cause },
  );
}
