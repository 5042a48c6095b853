import { join } from "node:path";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { checkExpression } from "../../src/lib/prepare/expression.ts";
import { prepare } from "../../src/lib/prepare/prepare.ts";
import { EIGHT, recipe } from "../support/contest.ts";
import { night } from "./night.ts";
import type { Row } from "./row.ts";

const derived = (expression: string) => night({ transform: { derive: { d: expression } } });

/** Prepares today's customers for an older model. */
function older(customers: string, features: readonly string[] = ["tenure"], unseen: readonly string[] = []) {
  return async (root: string) => {
    const path = join(root, "customers.parquet");
    await using db = await openDatabase();
    await writeParquet(db, { sql: customers }, path);
    await prepare(db, {
      customersPath: path,
      preprocessing: recipe(),
      features,
      unseen,
      where: "preprocessing.json of version 3",
      trust: "foreign",
    });
  };
}

export const prepareRows: readonly Row[] = [
  // Expressions
  {
    cause: "an expression that can't be parsed",
    by: derived("tenure +"),
    code: 2,
    says: "transform.derive.d: syntax error at end of input",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "two statements",
    by: derived("tenure; SELECT 1"),
    code: 2,
    says: "transform.derive.d: a semicolon begins another statement",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "two expressions",
    by: derived("tenure, plan"),
    code: 2,
    says: "transform.derive.d: it is more than one expression",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a number that no double holds",
    by: derived("tenure + 1e400"),
    code: 2,
    says: "transform.derive.d: it has a number beyond what a double holds",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a window",
    by: derived("sum(tenure) OVER ()"),
    code: 2,
    says: "transform.derive.d: a window looks at other rows",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a sub-query",
    by: derived("(SELECT 1)"),
    code: 2,
    says: "transform.derive.d: a sub-query looks at other rows",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a star",
    by: derived("*"),
    code: 2,
    says: "transform.derive.d: * stands for many columns",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a parameter",
    by: derived("tenure + $1"),
    code: 2,
    says: "transform.derive.d: a parameter has no value here",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a position",
    by: derived("#1"),
    code: 2,
    says: "transform.derive.d: # counts columns, name one instead",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a lambda",
    by: derived("list_transform([tenure], x -> x)"),
    code: 2,
    says: "transform.derive.d: a lambda is not supported",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a collation",
    by: derived("plan COLLATE NOCASE"),
    code: 2,
    says: "transform.derive.d: a collation makes one of texts that differ, lower() does it openly",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a method of a column",
    by: derived("plan.upper()"),
    code: 2,
    says: "transform.derive.d: plan.upper() hides what it is over, write upper(plan)",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "the target",
    by: async () => {
      await using db = await openDatabase();
      const asked = { key: "transform.derive.d", expression: "churned", columns: ["churned"], target: "churned" };
      await checkExpression(db, asked);
    },
    code: 2,
    says: "transform.derive.d: churned is what is predicted, a model that is told it learns nothing else",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "the clock",
    by: derived("current_date"),
    code: 2,
    says: "transform.derive.d: current_date is not deterministic",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "the clock where columns aren't known yet",
    by: async () => {
      await using db = await openDatabase();
      await checkExpression(db, { key: "transform.derive.d", expression: "localtime", columns: undefined });
    },
    code: 2,
    says: "transform.derive.d: localtime is not deterministic",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "chance",
    by: derived("random()"),
    code: 2,
    says: "transform.derive.d: random() is not deterministic",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a column that isn't there",
    by: derived("tenur + 1"),
    code: 2,
    says: "transform.derive.d: there is no column tenur",
    next: "did you mean tenure?",
  },
  {
    cause: "a function that looks outside",
    by: derived("getenv('HOME')"),
    code: 2,
    says: "transform.derive.d: getenv() looks outside the row",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "an aggregate",
    by: derived("max(tenure)"),
    code: 2,
    says: "transform.derive.d: max() is an aggregate, it looks at other rows",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a function that reads a table",
    by: derived("read_csv('x.csv')"),
    code: 2,
    says: "transform.derive.d: read_csv() reads a table or a file",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "a function that isn't there",
    by: derived("uper(plan)"),
    code: 2,
    says: "transform.derive.d: there is no function uper()",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "types that don't fit",
    by: derived("tenure + plan::DATE"),
    code: 2,
    says: "transform.derive.d: Binder Error: No function matches the given name and argument types '+(BIGINT, DATE)'. You might need to add explicit type casts.",
    next: "one expression over the columns of one row, such as total_charges / (tenure_months + 1)",
  },
  {
    cause: "an expression of a list",
    by: derived("[tenure]"),
    code: 2,
    says: "transform.derive.d: it gives BIGINT[]; a number, boolean, text, date or timestamp is needed",
    next: "CAST(… AS DOUBLE), say, makes one of it",
  },
  {
    cause: "a value that an expression can't take",
    by: derived("CAST(plan AS INTEGER)"),
    code: 2,
    says: "transform.derive.d fails on these customers: Conversion Error: Could not convert string 'gold' to INT32 when casting from source column plan",
    next: "TRY_CAST gives null where a value can't be read",
  },
  {
    cause: "an expression that a value is out of range of",
    by: derived("ln(tenure - 3)"),
    code: 2,
    says: "transform.derive.d fails on these customers: Out of Range Error: cannot take logarithm of a negative number",
    next: "TRY(…) gives null where an expression fails",
  },
  {
    cause: "a fill of another kind",
    by: night({ transform: { fill: { active: "2" } } }, ", i % 2 = 0 AS active"),
    code: 2,
    says: "transform.fill.active: it makes BIGINT of the column, which is BOOLEAN",
    next: "a value of the column's own type, BOOLEAN, which dataset.types in churn.yaml can change",
  },

  // Columns
  {
    cause: "a derived column of a name that is taken",
    by: night({ transform: { derive: { plan: "1" } } }),
    code: 2,
    says: "transform.derive.plan: the customers have a column plan already",
    next: "give the derived column another name",
  },
  {
    cause: "a derived column of churn's own name",
    by: night({ transform: { derive: { __churn_plan: "1" } } }),
    code: 2,
    says: "transform.derive.__churn_plan: names that begin with __churn_ are churn's own",
    next: "give the derived column another name",
  },
  {
    cause: "a fill of a column that isn't there",
    by: night({ transform: { fill: { tenur: "0" } } }),
    code: 2,
    says: "transform.fill: the customers have no column tenur",
    next: "did you mean tenure?",
  },
  {
    cause: "a fill of the id",
    by: night({ transform: { fill: { id: "0" } } }),
    code: 2,
    says: "transform.fill: id is never filled: rows without an id are left out",
    next: "take it out of transform.fill in churn.yaml",
  },
  {
    cause: "a fill of the label",
    by: night({ transform: { fill: { churned: "true" } } }),
    code: 2,
    says: "transform.fill: churned is never filled: rows without a label are left out",
    next: "take it out of transform.fill in churn.yaml",
  },
  {
    cause: "a fill of the column that says who is a test customer",
    by: night(
      { split: { method: "column", column: "part", test_value: "test" }, transform: { fill: { part: "'test'" } } },
      ", CASE WHEN i % 5 = 0 THEN 'test' END AS part",
    ),
    code: 2,
    says: "transform.fill: part is never filled: it says who is a test customer, and no value means train",
    next: "take it out of transform.fill in churn.yaml",
  },
  {
    cause: "two categories of one name",
    by: night({}, ", ['a', 'A'][i % 2 + 1] AS kind"),
    code: 2,
    says: 'transform: kind "A" and kind "a" would both be the column kind_A and kind_a, which differ in case alone',
    next: "dataset: { types: { kind: ignore } } and a derived column of its own, such as lower(kind)",
  },
  {
    cause: "a category of a column's name",
    by: night({}, ", i % 5 AS plan_gold"),
    code: 2,
    says: 'transform: the column plan_gold and plan "gold" would both be the column plan_gold',
    next: "dataset: { types: { plan: ignore } } and a derived column of its own, such as lower(plan)",
  },

  // The split
  {
    cause: "no customer on the test side",
    by: night({ split: { test: 0.0001 } }, "", { rows: 40 }),
    code: 2,
    says: "the test side is empty: split.test is 0.0001 of 40 customers",
    next: "a larger split.test in churn.yaml",
  },
  {
    cause: "a train side where nobody churned",
    by: night({}, "", { churned: "i < 0" }),
    code: 3,
    says: "0 of 319 train customers churned: there is nothing to learn",
    next: "look at the source; with few customers split: { method: stratified } puts both classes on both sides",
  },
  {
    cause: "one where everybody did",
    by: night({}, "", { churned: "i >= 0" }),
    code: 3,
    says: "319 of 319 train customers churned: there is nothing to learn",
    next: "look at the source; with few customers split: { method: stratified } puts both classes on both sides",
  },

  // An older model's preprocessing on today's customers
  {
    cause: "a column that is gone",
    by: older(`SELECT id, plan, churned FROM (${EIGHT})`),
    code: 4,
    says: "preprocessing.json of version 3 needs the column tenure, which the customers don't have any more",
    next: "have the source give it again: dataset.exclude in churn.yaml, or the table",
  },
  {
    cause: "a column of another kind",
    by: older(`SELECT id, 'long' AS tenure, plan, churned FROM (${EIGHT})`),
    code: 4,
    says: "preprocessing.json of version 3 needs tenure as DOUBLE, it is VARCHAR now",
    next: "dataset: { types: { tenure: … } } in churn.yaml says what it is",
  },
  {
    cause: "a feature that the preprocessing doesn't make",
    by: older(EIGHT, ["age"]),
    code: 2,
    says: "preprocessing.json of version 3: there is no column age",
    next: "there are id, tenure, plan, churned, plan_basic, plan_plus",
  },
  {
    cause: "a feature that is the target",
    by: older(EIGHT, ["tenure"], ["Tenure"]),
    code: 4,
    says: "preprocessing.json of version 3 makes a feature of tenure, which is what is predicted",
    next: undefined,
  },
  {
    cause: "a split by a column that there is none of",
    by: "test/prepare/split.test.ts",
    code: 2,
    says: "split.column: the customers have no column prat",
    next: "did you mean part?",
  },
  {
    cause: "a split by the id",
    by: "test/prepare/split.test.ts",
    code: 2,
    says: "split.column: … is the customers' …",
    next: "name the column that says who is a test customer",
  },
  {
    cause: "a split by a column with one side",
    by: "test/prepare/split.test.ts",
    code: 2,
    says: 'the test side is empty: part is "test" for none of 10 customers',
    next: "look at split.test_value in churn.yaml",
  },
];
