import { expect, test } from "vitest";
import type * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { customerColumns, featureCandidates } from "../../src/lib/prepare/columns.ts";
import type { ColumnKind, DecidedColumn, UnusedReason } from "../../src/lib/source/kinds.ts";

function dataset(types: z.input<typeof configSchema>["dataset"]["types"] = {}) {
  const source = { url: "csv:customers.csv" };
  return configSchema.parse({ dataset: { id: "id", date: "day", target: { column: "churned" }, types }, source })
    .dataset;
}

function column(
  name: string,
  type: string,
  kind: ColumnKind | null,
  unused: UnusedReason | null = null,
): DecidedColumn {
  return { name, type, kind, unused };
}

const columns = [
  column("id", "VARCHAR", "categorical"),
  column("day", "DATE", "date"),
  column("churned", "BIGINT", "numeric"),
  column("price", "DOUBLE", "numeric"),
  column("vip", "BOOLEAN", "boolean"),
  column("plan", "VARCHAR", "categorical"),
  column("since", "DATE", "date", "date"),
  column("email", "VARCHAR", "ignore", "unique text"),
  column("row", "BIGINT", "ignore", "index"),
  column("empty", "VARCHAR", null, "no values"),
  column("zero", "BIGINT", null, "no values"),
  column("same", "BIGINT", "numeric", "constant"),
];

test("a column's role follows from dataset, its kind, or its type while it has none", () => {
  expect(customerColumns(columns, dataset()).map(({ role }) => role)).toEqual([
    "id",
    "date",
    "target",
    "numeric",
    "boolean",
    "categorical",
    "date",
    "ignored",
    "ignored",
    "categorical",
    "numeric",
    "numeric",
  ]);
});

test("a list that churn 1.x kept as text is ignored, unless dataset.types says what it is", () => {
  const tags = [column("tags", "VARCHAR", null)];
  const role = (types: z.input<typeof configSchema>["dataset"]["types"]) =>
    customerColumns(tags, dataset(types), ["tags"]).map((one) => one.role);
  expect(role({})).toEqual(["ignored"]);
  expect(role({ tags: "categorical" })).toEqual(["categorical"]);
  expect(role({ tags: "ignore" })).toEqual(["ignored"]);
});

test("all that is used may become a feature; of a list what it names, and the columns of named categories", () => {
  const candidates = (features: "all" | string[]) =>
    featureCandidates(customerColumns(columns, dataset()), features).map(({ name }) => name);
  expect(candidates("all")).toEqual(["price", "vip", "plan"]);
  expect(candidates(["vip", "plan_gold", "price_per_month"])).toEqual(["vip", "plan"]);
  expect(candidates(["same", "empty_x"])).toEqual(["empty", "same"]);
  expect(candidates(["email_x", "row", "since"])).toEqual([]);
  const named = [...columns, column("plan_age", "BIGINT", "numeric")];
  const roles = customerColumns(named, dataset());
  expect(featureCandidates(roles, ["plan_age"]).map(({ name }) => name)).toEqual(["plan_age"]);
});
