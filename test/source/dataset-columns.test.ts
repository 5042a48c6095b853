import { expect, test } from "vitest";
import type * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import {
  chosenColumns,
  dateColumn,
  idForm,
  requireReadable,
  roleOf,
  textColumns,
} from "../../src/lib/source/dataset-columns.ts";
import type { ColumnKind, UnusedReason } from "../../src/lib/source/kinds.ts";
import { unpaddedText } from "../../src/lib/source/spelling.ts";

type Changed = Partial<z.input<typeof configSchema>["dataset"]>;

/** The dataset of these tests, with what a test says otherwise. */
function dataset(changed: Changed = {}) {
  const source = { url: "duckdb:customers.duckdb", table: "customers" };
  const plain = { id: "id", date: "day", target: { column: "churned" } };
  return configSchema.parse({ dataset: { ...plain, ...changed }, source }).dataset;
}

const columns = [
  { name: "id", type: "VARCHAR" },
  { name: "churned", type: "BOOLEAN" },
  { name: "day", type: "DATE" },
  { name: "price", type: "DOUBLE" },
];
const place = "table customers in customers.duckdb";

test.each([
  [{}, ["id"]],
  [{ target: { column: "churned", positive: "Yes" } }, ["id", "churned"]],
  [{ target: { column: "churned", positive: "TRUE" } }, ["id"]],
  [{ target: { column: "churned", positive: 1 } }, ["id"]],
  [{ types: { plan: "categorical", price: "numeric" } }, ["id", "plan"]],
] as const)("the id, a label in words and categories are text in any file: %j", (changed, text) => {
  expect(textColumns(dataset(changed))).toEqual(text);
});

test("all columns but the excluded ones leave the source, in its order", () => {
  const names = (changed: Changed) => chosenColumns(columns, dataset(changed), place).map(({ name }) => name);
  expect(names({})).toEqual(["id", "churned", "day", "price"]);
  expect(names({ exclude: ["price"] })).toEqual(["id", "churned", "day"]);
  expect(names({ exclude: ["price", "day"], date: null })).toEqual(["id", "churned"]);
});

const takeOut = "take it out of that list in churn.yaml";

test.each<[Changed, string, string]>([
  [{ id: "idd" }, `dataset.id: ${place} has no column idd`, "did you mean id?"],
  [
    { target: { column: "gone" } },
    `dataset.target.column: ${place} has no column gone`,
    "there are id, churned, day, price",
  ],
  [{ date: "dya" }, `dataset.date: ${place} has no column dya`, "did you mean day?"],
  [{ exclude: ["prise"] }, `dataset.exclude: ${place} has no column prise`, "did you mean price?"],
  [{ types: { prize: "numeric" } }, `dataset.types: ${place} has no column prize`, "did you mean price?"],
  [{ exclude: ["id"] }, "dataset.exclude: id can't be excluded, it is dataset.id", takeOut],
  [{ exclude: ["churned"] }, "dataset.exclude: churned can't be excluded, it is dataset.target.column", takeOut],
  [{ exclude: ["day"] }, "dataset.exclude: day can't be excluded, it is dataset.date", takeOut],
])("a column that dataset names wrongly is named: %j", (changed, message, hint) => {
  expect(() => chosenColumns(columns, dataset(changed), place)).toThrow(
    expect.objectContaining({ exitCode: 2, message, hint }),
  );
});

test("a column with one of churn's own names is named, unless it stays in the source", () => {
  const taken = [...columns, { name: "__Churn_label", type: "BIGINT" }];
  expect(() => chosenColumns(taken, dataset(), place)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: `${place} has a column __Churn_label; names that begin with __churn_ are churn's own`,
      hint: "dataset.exclude in churn.yaml leaves it in the source, and source.query can give it another name",
    }),
  );
  expect(chosenColumns(taken, dataset({ exclude: ["__Churn_label"] }), place)).toEqual(columns);
});

test("two names that DuckDB takes for one are named, unless one stays in the source", () => {
  const twice = [...columns, { name: "Price", type: "VARCHAR" }];
  expect(() => chosenColumns(twice, dataset(), place)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: `${place} has two columns price and Price, which differ in capitals alone`,
      hint: "dataset.exclude in churn.yaml leaves one in the source, and source.query can give it another name",
    }),
  );
  expect(chosenColumns(twice, dataset({ exclude: ["Price"] }), place)).toEqual(columns);
  // These are two to DuckDB as well.
  const accents = [...columns, { name: "é", type: "VARCHAR" }, { name: "É", type: "VARCHAR" }];
  expect(chosenColumns(accents, dataset(), place)).toEqual(accents);
});

test.each([
  ["DATE", "date"],
  ["TIMESTAMP_NS", "timestamp"],
  ["TIMESTAMP WITH TIME ZONE", "timestamptz"],
  ["VARCHAR", "text"],
])("a column of type %s holds dates", (type, kind) => {
  expect(dateColumn([{ name: "day", type }], dataset(), "Europe/Berlin")).toEqual({
    name: "day",
    kind,
    timezone: "Europe/Berlin",
  });
});

test("a column of another type holds none, and without dataset.date there is none", () => {
  expect(() => dateColumn([{ name: "day", type: "BOOLEAN" }], dataset(), "UTC")).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "dataset.date: day is of type BOOLEAN; DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
      hint: "source.query in churn.yaml can cast it",
    }),
  );
  expect(dateColumn(columns, dataset({ date: null }), "UTC")).toBeUndefined();
});

test("what an earlier night called a category or unique text is text too, unless dataset says otherwise", () => {
  const earlier = [
    column("plan", "VARCHAR", "categorical"),
    column("email", "VARCHAR", "ignore", "unique text"),
    column("note", "VARCHAR", "ignore", "dataset.types"),
    column("months", "BIGINT", "numeric"),
    column("empty", "VARCHAR", null, "no values"),
    column("churned", "VARCHAR", "categorical"),
  ];
  expect(textColumns(dataset(), earlier)).toEqual(["id", "plan", "email"]);
  expect(textColumns(dataset({ types: { plan: "numeric", email: "categorical" } }), earlier)).toEqual(["id", "email"]);
});

test.each(["INTEGER", "HUGEINT", "DOUBLE", "VARCHAR", "UUID"])("a column of type %s may hold ids", (type) => {
  expect(() => requireReadable([{ name: "id", type }], dataset())).not.toThrow();
});

test.each(["DATE", "BLOB", "BOOLEAN"])(
  "a column of type %s holds none, which is known before a row is read",
  (type) => {
    expect(() => requireReadable([{ name: "id", type }], dataset())).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `dataset.id: id is of type ${type}; an id is an integer, text or a UUID`,
      }),
    );
  },
);

test("a type that can't become what dataset.types asks is refused before a row is read", () => {
  expect(() => requireReadable(columns, dataset({ types: { price: "date" } }))).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "dataset.types.price: a column of type DOUBLE can't be read as date",
    }),
  );
});

test("an id of text loses its padding, and numbers that are no integers are refused", () => {
  const text = { type: "VARCHAR", expression: "id", lossy: false } as const;
  const integer = { ...text, type: "BIGINT" } as const;
  const float = { ...text, type: "DOUBLE" } as const;
  expect(idForm("id", "VARCHAR", text, false)).toEqual({ ...text, expression: unpaddedText("id") });
  expect(idForm("id", "HUGEINT", integer, false)).toBe(integer);
  expect(() => idForm("id", "HUGEINT", float, false)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "dataset.id: id has numbers beyond 64 bits",
      hint: "dataset: { types: { id: categorical } } reads them as text",
    }),
  );
  expect(() => idForm("id", "DOUBLE", float, false)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "dataset.id: id is of type DOUBLE; an id is an integer, text or a UUID",
      hint: "source.query in churn.yaml can cast it",
    }),
  );
});

test("dataset names the id, the target and the date", () => {
  const roles = ["id", "churned", "day", "price"].map((name) => roleOf(name, dataset()));
  expect(roles).toEqual(["id", "target", "date", undefined]);
});

function column(name: string, type: string, kind: ColumnKind | null, unused: UnusedReason | null = null) {
  return { name, type, kind, unused };
}
