import { own } from "../config/own.ts";
import type { Database } from "../duckdb/database.ts";
import { describeColumns, type TypedColumn } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import { type CanonicalType, familyOf, formOfKind, ownForm } from "../source/canonical.ts";
import { spelledText } from "../source/spelling.ts";
import { roleOfType } from "./columns.ts";
import { checkExpression, EXPRESSION_HINT } from "./expression.ts";
import type { ColumnRole } from "./preprocessing.ts";

export interface DerivedColumn extends TypedColumn {
  readonly expression: string;
  readonly role: ColumnRole;
}

/** Fills and derived columns of a relation. */
export interface Expressions {
  /** column: SQL expression that replaces its nulls */
  readonly fill: Readonly<Record<string, string>>;
  /** in order: a later one may use an earlier one */
  readonly derive: readonly { readonly name: string; readonly expression: string }[];
}

/** A relation with fills done and derived columns added. */
export interface FilledRelation {
  readonly sql: string;
  /** the same of other rows: those of a relation of the same columns */
  over(relation: string): string;
  readonly columns: readonly TypedColumn[];
  readonly derived: readonly DerivedColumn[];
  /** each expression by itself, as a query that gives one row: to find the one that fails */
  readonly alone: readonly Alone[];
}

interface Alone {
  readonly key: string;
  readonly sql: string;
  /** whether it may meet values that are in no file but raw */
  readonly withheld: boolean;
}

/**
 * Fills nulls and adds derived columns to a relation, as SQL; each expression is checked before it can run. Fills see the
 * columns as they came, derived columns see them filled.
 *
 * @param columns   of the relation; those of `extra` are handed through untouched
 * @param withheld  columns whose values are in no file but raw: no message may show one
 * @param where     for messages: where the expressions stand, "transform"
 * @throws {UsageError} when an expression is refused, doesn't bind, or gives a type that the column can't have
 */
export async function fillAndDerive(
  db: Database,
  {
    relation,
    columns,
    extra,
    expressions: { fill, derive },
    withheld,
    where,
  }: {
    readonly relation: string;
    readonly columns: readonly TypedColumn[];
    readonly extra: readonly string[];
    readonly expressions: Expressions;
    readonly withheld: ReadonlySet<string>;
    readonly where: string;
  },
): Promise<FilledRelation> {
  const names = columns.map(({ name }) => name);
  const alone: Alone[] = [];
  const secret = new Set(withheld);
  const isSecret = (used: ReadonlySet<string>) => [...used].some((name) => secret.has(name));

  const filled: { column: TypedColumn; sql: string }[] = [];
  for (const column of columns) {
    const expression = own(fill, column.name);
    if (expression === undefined) {
      filled.push({ column, sql: identifier(column.name) });
      continue;
    }
    const key = `${where}.fill.${column.name}`;
    const made = await fillColumn(db, relation, { column, expression, names, key });
    filled.push(made);
    alone.push({ key, sql: hashOf(made.sql, relation), withheld: isSecret(made.used) });
  }
  const list = [...extra.map(identifier), ...filled.map(({ column, sql }) => `${sql} AS ${identifier(column.name)}`)];
  const steps = [(from: string) => `SELECT ${list.join(", ")} FROM ${from}`];
  const over = (rows: string) => steps.reduce((from, step) => step(from), rows);
  const present = filled.map(({ column }) => column);

  const derived: DerivedColumn[] = [];
  for (const { name, expression } of derive) {
    const sql = over(relation);
    const key = `${where}.derive.${name}`;
    const known = [...present, ...derived].map((column) => column.name);
    const used = await checkExpression(db, { key, expression, columns: known });
    // What is made of them may show them.
    if (isSecret(used)) secret.add(name);
    const column = identifier(name);
    const made = await canonicalOf(db, sql, { raw: `(${expression}\n)`, key, name });
    alone.push({ key, sql: hashOf(`(${expression}\n)`, `(${sql})`), withheld: secret.has(name) });
    steps.push(
      (from) =>
        `SELECT * REPLACE (${made.sql} AS ${column}) FROM (SELECT *, (${expression}\n) AS ${column} FROM (${from}))`,
    );
    derived.push({ name, expression, type: made.type, role: roleOfType(made.type) });

    const filling = own(fill, name);
    if (filling === undefined) continue;
    const filler = {
      column: { name, type: made.type },
      expression: filling,
      names: known,
      key: `${where}.fill.${name}`,
    };
    const unfilled = `(${over(relation)})`;
    const whole = await fillColumn(db, unfilled, filler);
    alone.push({ key: filler.key, sql: hashOf(whole.sql, unfilled), withheld: isSecret(whole.used) });
    steps.push((from) => `SELECT * REPLACE (${whole.sql} AS ${column}) FROM (${from})`);
  }
  return { sql: over(relation), over, columns: present, derived, alone };
}

/** Reckons an expression for each row, and nothing else of the relation: DuckDB leaves out what isn't asked for. */
function hashOf(sql: string, relation: string): string {
  return `SELECT max(hash(${sql})) FROM ${relation}`;
}

async function fillColumn(
  db: Database,
  relation: string,
  {
    column,
    expression,
    names,
    key,
  }: { column: TypedColumn; expression: string; names: readonly string[]; key: string },
) {
  const used = await checkExpression(db, { key, expression, columns: names });
  const raw = `coalesce(${identifier(column.name)}, (${expression}\n))`;
  const hint = `a value of the column's own type, ${column.type}, which dataset.types in churn.yaml can change`;
  const { type } = await canonicalOf(db, `SELECT * FROM ${relation}`, { raw, key, name: column.name, hint });
  if (roleOfType(type) !== roleOfType(column.type)) {
    throw new UsageError(`${key}: it makes ${type} of the column, which is ${column.type}`, hint);
  }
  // The column's own values have their one spelling already.
  const sql =
    type === "VARCHAR"
      ? `coalesce(${identifier(column.name)}, ${spelledText(`CAST((${expression}\n) AS VARCHAR)`)})`
      : `CAST(${raw} AS ${type})`;
  return { column: { name: column.name, type }, sql, used: new Set([...used, column.name]) };
}

/** An expression's canonical type, found by binding it; nothing is run. */
async function canonicalOf(
  db: Database,
  relation: string,
  { raw, key, name, hint }: { raw: string; key: string; name: string; hint?: string },
): Promise<{ type: CanonicalType; sql: string }> {
  let type: string;
  try {
    const [column] = await describeColumns(db, `(SELECT ${raw} AS value FROM (${relation}))`);
    type = column?.type ?? "";
  } catch (error) {
    throw new UsageError(`${key}: ${firstLine(error)}`, hint ?? EXPRESSION_HINT, { cause: error });
  }
  const family = familyOf(type);
  if (family === "other") {
    throw new UsageError(
      `${key}: it gives ${type}; a number, boolean, text, date or timestamp is needed`,
      "CAST(… AS DOUBLE), say, makes one of it",
    );
  }
  const column = { name, type, fits: false };
  // Text that an expression makes is a category, and a category has one spelling.
  const form = family === "text" || family === "uuid" ? formOfKind("categorical", column) : ownForm(column);
  return { type: form.type, sql: form.expression };
}
