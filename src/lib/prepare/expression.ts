import * as z from "zod";
import { closest } from "../cli/suggestions.ts";
import type { Database } from "../duckdb/database.ts";
import { UsageError } from "../errors.ts";

export interface ExpressionRequest {
  /** where it stands, for messages: transform.derive.avg_monthly */
  readonly key: string;
  readonly expression: string;
  /** what it may name; undefined where that isn't known yet */
  readonly columns: readonly string[] | undefined;
  /** the column that is predicted, which no expression may name: its model would be told the answer */
  readonly target?: string;
}

/** What an expression is to be. */
export const EXPRESSION_HINT =
  "one expression over the columns of one row, such as total_charges / (tenure_months + 1)";

/**
 * Checks that an expression is one scalar, deterministic expression over one row, without running it: no window, aggregate,
 * sub-query, table function or parameter, nothing that reads the clock, chance, files or settings.
 *
 * @returns the columns that it names
 * @throws {UsageError} with the reason
 */
export async function checkExpression(db: Database, request: ExpressionRequest): Promise<ReadonlySet<string>> {
  // Alone it must be a whole expression, and within brackets on lines of their own too: that is how it is run.
  await parse(db, request, `SELECT ${request.expression}\n`);
  const tree = await parse(db, request, `SELECT (${request.expression}\n)`);
  const walk = new Walk(request);
  walk.visit(tree);
  await checkFunctions(db, request, walk.functions);
  return walk.columns;
}

const node = z.looseObject({ class: z.string(), alias: z.string().optional(), column_names: z.unknown().optional() });
const list = z.array(z.unknown());
const statement = z.strictObject({
  node: z.looseObject({
    type: z.literal("SELECT_NODE"),
    modifiers: list.length(0),
    cte_map: z.looseObject({ map: list.length(0) }),
    select_list: list.length(1),
    from_table: z.looseObject({ type: z.literal("EMPTY") }),
    where_clause: z.null(),
    group_expressions: list.length(0),
    having: z.null(),
    qualify: z.null(),
    sample: z.null(),
  }),
  named_param_map: z.unknown().optional(),
});
const serialized = z.union([
  z.looseObject({ error: z.literal(true), error_message: z.string() }),
  z.looseObject({ error: z.literal(false), statements: z.array(z.unknown()) }),
]);

/** DuckDB's own parser, asked for the tree of the one expression. */
async function parse(db: Database, { key }: ExpressionRequest, sql: string): Promise<unknown> {
  const [row] = await db.rows(
    "SELECT json_serialize_sql(CAST($sql AS VARCHAR)) AS tree",
    z.object({ tree: z.string() }),
    { sql },
  );
  const parsed = serialized.parse(parseTree(row?.tree ?? "", key));
  if (parsed.error) {
    const message = parsed.error_message.startsWith("Only SELECT")
      ? "a semicolon begins another statement"
      : (parsed.error_message.split("\n")[0] ?? "");
    throw new UsageError(`${key}: ${message}`, EXPRESSION_HINT);
  }
  if (parsed.statements.length !== 1)
    throw new UsageError(`${key}: a semicolon begins another statement`, EXPRESSION_HINT);
  const single = statement.safeParse(parsed.statements[0]);
  const expression = single.success ? node.safeParse(single.data.node.select_list[0]) : undefined;
  if (!expression?.success || expression.data.alias !== "") {
    throw new UsageError(`${key}: it is more than one expression`, EXPRESSION_HINT);
  }
  return expression.data;
}

function parseTree(tree: string, key: string): unknown {
  try {
    return JSON.parse(tree);
  } catch (error) {
    // 1e400 stands in the tree as Infinity, which is no JSON.
    throw new UsageError(`${key}: it has a number beyond what a double holds`, EXPRESSION_HINT, { cause: error });
  }
}

const ALLOWED: ReadonlySet<string> = new Set([
  "COLUMN_REF",
  "CONSTANT",
  "FUNCTION",
  "OPERATOR",
  "COMPARISON",
  "CONJUNCTION",
  "CASE",
  "CAST",
  "BETWEEN",
]);
const REFUSED: Readonly<Record<string, string>> = {
  WINDOW: "a window looks at other rows",
  SUBQUERY: "a sub-query looks at other rows",
  STAR: "* stands for many columns",
  PARAMETER: "a parameter has no value here",
  POSITIONAL_REFERENCE: "# counts columns, name one instead",
  LAMBDA: "a lambda is not supported",
  COLLATE: "a collation makes one of texts that differ, lower() does it openly",
};

/** Bare names that DuckDB reads as calls, where there is no such column. */
const CLOCK = /^(current_(date|time|timestamp)|localtime|localtimestamp)$/i;
const SESSION = /^(current_(catalog|database|role|schema|user)|session_user|user)$/i;

/** Operators are functions too, and all of DuckDB's are consistent: the catalogue, which is slow to ask, need not be. */
const OPERATOR = /^[^\w]+$/;

interface Call {
  readonly name: string;
  readonly parameters: number;
}

/** Visits every node of the tree and gathers what it names. */
class Walk {
  readonly columns = new Set<string>();
  readonly functions: Call[] = [];
  readonly #request: ExpressionRequest;

  constructor(request: ExpressionRequest) {
    this.#request = request;
  }

  visit(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    const parsed = node.safeParse(value);
    if (parsed.success) this.#visitNode(parsed.data);
    for (const child of Object.values(value)) this.visit(child);
  }

  #visitNode(expression: z.infer<typeof node>): void {
    const { key } = this.#request;
    if (!ALLOWED.has(expression.class)) {
      throw new UsageError(
        `${key}: ${REFUSED[expression.class] ?? `${expression.class} is not supported`}`,
        EXPRESSION_HINT,
      );
    }
    if (expression.class === "COLUMN_REF") {
      this.#visitColumn(z.array(z.string()).parse(expression.column_names).join("."));
    }
    if (expression.class === "FUNCTION") {
      const {
        function_name: name,
        schema,
        catalog,
        children,
      } = z
        .looseObject({
          function_name: z.string(),
          schema: z.string(),
          catalog: z.string(),
          children: z.array(z.unknown()),
        })
        .parse(expression);
      this.#visitSchema(name, [catalog, schema].filter(Boolean).join("."));
      if (!OPERATOR.test(name)) this.functions.push({ name: name.toLowerCase(), parameters: children.length });
    }
  }

  /** plan.upper() is upper(plan) to DuckDB, whose tree names the column as a schema; its parser itself writes main. */
  #visitSchema(call: string, schema: string): void {
    const { key, columns } = this.#request;
    const isColumn = columns?.some((column) => sameName(column, schema)) ?? false;
    if (["", "main", "pg_catalog"].includes(schema) && !isColumn) return;
    throw new UsageError(
      `${key}: ${schema}.${call}() hides what it is over, write ${call}(${schema})`,
      EXPRESSION_HINT,
    );
  }

  #visitColumn(name: string): void {
    const { key, columns, expression, target } = this.#request;
    if (target !== undefined && sameName(name, target)) {
      throw new UsageError(
        `${key}: ${name} is what is predicted, a model that is told it learns nothing else`,
        EXPRESSION_HINT,
      );
    }
    if (columns === undefined) {
      // In quotes it can only be a column.
      if (CLOCK.test(name) && !expression.includes(`"${name}"`))
        throw new UsageError(`${key}: ${name} is not deterministic`, EXPRESSION_HINT);
      return;
    }
    const found = columns.find((column) => column === name) ?? columns.find((column) => sameName(column, name));
    if (found !== undefined) {
      this.columns.add(found);
      return;
    }
    if (CLOCK.test(name) || SESSION.test(name))
      throw new UsageError(`${key}: ${name} is not deterministic`, EXPRESSION_HINT);
    const meant = closest(name, columns);
    throw new UsageError(
      `${key}: there is no column ${name}`,
      meant === undefined ? `there are ${columns.slice(0, 12).join(", ")}` : `did you mean ${meant}?`,
    );
  }
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Scalar functions that DuckDB calls consistent although they look outside the row. */
const OUTSIDE: ReadonlySet<string> = new Set(["current_setting", "getenv", "getvariable", "vector_type", "version"]);
/** Likewise, although they read the clock. */
const CLOCKS: ReadonlySet<string> = new Set(["current_localtime", "current_localtimestamp"]);

const functionRow = z.object({
  name: z.string(),
  kind: z.string(),
  stability: z.string().nullable(),
  definition: z.string().nullable(),
  parameters: z.string(),
});

/** Asks DuckDB's catalogue what each function is; a macro is what its definition is. */
async function checkFunctions(db: Database, request: ExpressionRequest, calls: readonly Call[]): Promise<void> {
  if (calls.length === 0) return;
  const { key } = request;
  const known = await db.rows(
    `SELECT DISTINCT function_name AS name, function_type AS kind, stability, macro_definition AS definition,
       to_json(parameters)::VARCHAR AS parameters
     FROM duckdb_functions() WHERE list_contains(from_json(CAST($names AS VARCHAR), '["VARCHAR"]'), function_name) ORDER BY ALL`,
    functionRow,
    { names: JSON.stringify(calls.map(({ name }) => name)) },
  );
  for (const { name, parameters } of calls) {
    const found = known.filter((row) => row.name === name);
    const scalar = found.filter(({ kind }) => kind === "scalar");
    const macro = found.filter(({ kind }) => kind === "macro");
    const call = `${name}()`;
    // age(x) measures up to the current date, age(x, y) doesn't.
    if (OUTSIDE.has(name)) throw new UsageError(`${key}: ${call} looks outside the row`, EXPRESSION_HINT);
    const moves = scalar.some(({ stability }) => stability !== "CONSISTENT") || CLOCKS.has(name);
    if (moves || (name === "age" && parameters === 1)) {
      throw new UsageError(`${key}: ${call} is not deterministic`, EXPRESSION_HINT);
    }
    if (scalar.length > 0) continue;
    if (macro.length > 0) {
      await checkMacro(db, request, name, macro);
      continue;
    }
    if (found.some(({ kind }) => kind === "aggregate")) {
      throw new UsageError(`${key}: ${call} is an aggregate, it looks at other rows`, EXPRESSION_HINT);
    }
    if (found.length > 0) throw new UsageError(`${key}: ${call} reads a table or a file`, EXPRESSION_HINT);
    throw new UsageError(`${key}: there is no function ${call}`, EXPRESSION_HINT);
  }
}

async function checkMacro(
  db: Database,
  request: ExpressionRequest,
  name: string,
  definitions: readonly z.infer<typeof functionRow>[],
): Promise<void> {
  for (const { definition, parameters } of definitions) {
    const columns = z.array(z.string()).parse(JSON.parse(parameters));
    await checkExpression(db, { key: `${request.key}: ${name}()`, expression: definition ?? "", columns });
  }
}
