import { expect, test } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { checkExpression } from "../../src/lib/prepare/expression.ts";

const columns = ["total_charges", "tenure_months", "order", 'say "hi"', "signup_date", "snapshot_date", "plan"];
const key = "transform.derive.avg_monthly";

test.each([
  ["total_charges / (tenure_months + 1)", ["total_charges", "tenure_months"]],
  ["0", []],
  [
    "coalesce(total_charges, 0) + ifnull(tenure_months, 1) - nullif(tenure_months, 2)",
    ["total_charges", "tenure_months"],
  ],
  ["CASE WHEN plan LIKE 'a%' OR plan IN ('b', 'c') THEN 1 ELSE 0 END", ["plan"]],
  ["TRY_CAST(plan AS INTEGER) BETWEEN 1 AND 2", ["plan"]],
  ["date_diff('month', signup_date, snapshot_date)", ["signup_date", "snapshot_date"]],
  ["extract(year FROM signup_date) + year(age(snapshot_date, signup_date))", ["signup_date", "snapshot_date"]],
  ['"order" + length("say ""hi""")', ["order", 'say "hi"']],
  ["Total_Charges -- per month", ["total_charges"]],
  ["list_max([total_charges, tenure_months])", ["total_charges", "tenure_months"]],
  ["fdiv(tenure_months, 12)", ["tenure_months"]],
  ["plan || ';'", ["plan"]],
])("%s is one expression over a row", async (expression, named) => {
  await using db = await openDatabase();
  expect([...(await checkExpression(db, { key, expression, columns }))]).toEqual(named);
});

test.each([
  ["current_date", "current_date is not deterministic"],
  ["CURRENT_TIMESTAMP", "is not deterministic"],
  ["localtime", "is not deterministic"],
  ["now()", "now() is not deterministic"],
  ["today() - signup_date", "today() is not deterministic"],
  ["age(signup_date)", "age() is not deterministic"],
  ["random()", "random() is not deterministic"],
  ["epoch(current_localtimestamp())", "current_localtimestamp() is not deterministic"],
  ["version()", "version() looks outside the row"],
  ["plan.upper()", "plan.upper() hides what it is over, write upper(plan)"],
  ["plan.upper().lower()", "plan.upper() hides what it is over, write upper(plan)"],
  ["t.plan.upper()", "t.plan.upper() hides what it is over, write upper(t.plan)"],
  ["plan COLLATE NOCASE", "a collation makes one of texts that differ, lower() does it openly"],
  ["RANDOM()", "random() is not deterministic"],
  ["uuid()", "uuid() is not deterministic"],
  ["nextval('s')", "nextval() is not deterministic"],
  ["ago(INTERVAL 1 DAY)", "ago(): "],
  ["sum(total_charges)", "sum() is an aggregate, it looks at other rows"],
  ["count(*)", "is an aggregate"],
  ["geomean(total_charges)", "geomean(): "],
  ["total_charges / avg(total_charges) OVER ()", "a window looks at other rows"],
  ["row_number() OVER ()", "a window looks at other rows"],
  ["(SELECT 1)", "a sub-query looks at other rows"],
  ["total_charges IN (SELECT 1)", "a sub-query looks at other rows"],
  ["EXISTS (SELECT 1)", "a sub-query looks at other rows"],
  ["format_type(1, 2)", "format_type(): "],
  ["read_text('/etc/passwd')", "read_text() reads a table or a file"],
  ["unnest([1, 2])", "unnest() reads a table or a file"],
  ["getvariable('x')", "getvariable() looks outside the row"],
  ["current_setting('temp_directory')", "current_setting() looks outside the row"],
  ["getenv('HOME')", "getenv() looks outside the row"],
  ["nonsense(1)", "there is no function nonsense()"],
  ["list_transform([1], lambda x: x + 1)", "a lambda is not supported"],
  ["*", "* stands for many columns"],
  ["COLUMNS('a')", "* stands for many columns"],
  ["#1", "# counts columns, name one instead"],
  ["$1", "a parameter has no value here"],
  ["1; DROP TABLE x", "a semicolon begins another statement"],
  ["1; SELECT 2", "a semicolon begins another statement"],
  ["1, 2", "it is more than one expression"],
  ["1 AS x", "it is more than one expression"],
  ["1 FROM range(3)", "it is more than one expression"],
  ["1) + (2", "syntax error"],
  ["1 /*", "unterminated /* comment"],
  ["1 UNION SELECT 2", "it is more than one expression"],
  ["1 WHERE true", "it is more than one expression"],
  ["DISTINCT 1", "it is more than one expression"],
  ["", "SELECT clause without selection list"],
  ["total_charge", "there is no column total_charge"],
  ["customers.plan", "there is no column customers.plan"],
])("%s is refused with the reason", async (expression, reason) => {
  await using db = await openDatabase();
  const refused = checkExpression(db, { key, expression, columns });
  await expect(refused).rejects.toMatchObject({ exitCode: 2 });
  await expect(refused).rejects.toThrow(`${key}: `);
  await expect(refused).rejects.toThrow(reason);
});

test("an unknown column comes with the one that was probably meant", async () => {
  await using db = await openDatabase();
  await expect(checkExpression(db, { key, expression: "tenure_month + 1", columns })).rejects.toMatchObject({
    message: "transform.derive.avg_monthly: there is no column tenure_month",
    hint: "did you mean tenure_months?",
  });
});
