import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { labelOf } from "../../src/lib/matrix/matrix.ts";
import { night } from "./night.ts";
import type { Row } from "./row.ts";

const features = (...names: string[]) => night({ features: names }, ", 'c' || i AS email, DATE '2026-01-01' AS since");

export const matrix: readonly Row[] = [
  {
    cause: "a matrix of which a customer has no label",
    by: async () => {
      await using db = await openDatabase();
      await labelOf(db, "(VALUES (0), (NULL), (1)) AS t(churned)", "churned");
    },
    code: 4,
    says: "churned is neither 0 nor 1 for 1 customer",
    next: "churn features --force",
  },
  {
    cause: "a feature that is listed twice",
    by: features("tenure", "tenure"),
    code: 2,
    says: "features: tenure is listed twice",
    next: "take one of the two out of features in churn.yaml",
  },
  {
    cause: "a feature whose name XGBoost doesn't take",
    by: night({ features: ["score[1]"] }, ', i % 9 AS "score[1]"'),
    code: 2,
    says: "features: score[1] can't be a feature's name: XGBoost takes no [, ] or <",
    next: "a derived column can carry it under another name",
  },
  {
    cause: "the id as a feature",
    by: features("id"),
    code: 2,
    says: "features: id can't be a feature: the id says nothing about other customers",
    next: "take it out of features in churn.yaml",
  },
  {
    cause: "the label as a feature",
    by: features("churned"),
    code: 2,
    says: "features: churned can't be a feature: it is what is predicted",
    next: "take it out of features in churn.yaml",
  },
  {
    cause: "a date as a feature",
    by: features("since"),
    code: 2,
    says: "features: since can't be a feature: a date is no number; a derived column can make one of it, such as date_diff('month', signup_date, snapshot_date)",
    next: "take it out of features in churn.yaml",
  },
  {
    cause: "a category as a feature",
    by: features("plan"),
    code: 2,
    says: "features: plan can't be a feature: it is a category; its one-hot columns can be features",
    next: "take it out of features in churn.yaml",
  },
  {
    cause: "unique text as a feature",
    by: features("email"),
    code: 2,
    says: "features: email can't be a feature: its texts are unique, or nearly so",
    next: "dataset: { types: { email: categorical } } in churn.yaml makes it one",
  },
  {
    cause: "a feature that isn't there",
    by: features("tenur"),
    code: 2,
    says: "features: there is no column tenur",
    next: "did you mean tenure?",
  },
  {
    cause: "a category of unique text as a feature",
    by: features("email_c1"),
    code: 2,
    says: "features: there is no column email_c1: email has no categories, since its texts are unique, or nearly so",
    next: "dataset: { types: { email: categorical } } in churn.yaml makes them categories",
  },
  {
    cause: "no column that can be a feature",
    by: night({ dataset: { id: "id", target: { column: "churned" }, exclude: ["tenure", "plan"] } }),
    code: 2,
    says: "features: the customers have no column that can be a feature",
    next: "numbers, booleans and text can be; dataset.types in churn.yaml says what a column is",
  },
  {
    cause: "a number beyond float32",
    by: night({}, ", CASE WHEN i = 7 THEN 1e300 ELSE i END AS big"),
    code: 2,
    says: "features: big has 1.00e+300, which is beyond float32",
    next: "a derived column, such as ln(big)",
  },
];
