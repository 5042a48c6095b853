import { expect, test } from "vitest";
import type * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { canonicalColumns, chosenColumns, dateColumn, textColumns } from "../../src/lib/source/dataset-columns.ts";

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

test.each<[Changed, string, string | undefined]>([
  [{ id: "idd" }, `dataset.id: ${place} has no column idd`, "did you mean id?"],
  [
    { target: { column: "gone" } },
    `dataset.target.column: ${place} has no column gone`,
    "there are id, churned, day, price",
  ],
  [{ date: "dya" }, `dataset.date: ${place} has no column dya`, "did you mean day?"],
  [{ exclude: ["prise"] }, `dataset.exclude: ${place} has no column prise`, "did you mean price?"],
  [{ types: { prize: "numeric" } }, `dataset.types: ${place} has no column prize`, "did you mean price?"],
  [{ exclude: ["id"] }, "dataset.exclude: id can't be excluded, it is dataset.id", undefined],
  [{ exclude: ["churned"] }, "dataset.exclude: churned can't be excluded, it is dataset.target.column", undefined],
  [{ exclude: ["day"] }, "dataset.exclude: day can't be excluded, it is dataset.date", undefined],
])("a column that dataset names wrongly is named: %j", (changed, message, hint) => {
  expect(() => chosenColumns(columns, dataset(changed), place)).toThrow(
    expect.objectContaining({ exitCode: 2, message, hint }),
  );
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

test("an id loses its padding, and what is no id is refused", () => {
  const id = (type: string, fits = true, types = {}) =>
    canonicalColumns([{ name: "id", type }], dataset({ types }), { id: fits }).map(({ type, expression }) => ({
      type,
      trimmed: expression.startsWith("rtrim("),
    }));
  expect(id("VARCHAR")).toEqual([{ type: "VARCHAR", trimmed: true }]);
  expect(id("INTEGER")).toEqual([{ type: "BIGINT", trimmed: false }]);
  expect(id("HUGEINT")).toEqual([{ type: "BIGINT", trimmed: false }]);
  expect(id("HUGEINT", false, { id: "categorical" })).toEqual([{ type: "VARCHAR", trimmed: true }]);
  expect(() => id("HUGEINT", false)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "dataset.id: id has numbers beyond 64 bits",
      hint: "dataset: { types: { id: categorical } } reads them as text",
    }),
  );
  for (const type of ["DOUBLE", "DATE", "BLOB", "BOOLEAN"]) {
    expect(() => id(type)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `dataset.id: id is of type ${type}; an id is an integer, text or a UUID`,
      }),
    );
  }
});

test("each column follows its own override, and wide integers are measured one by one", () => {
  const wide = [
    { name: "id", type: "BIGINT" },
    { name: "small", type: "HUGEINT" },
    { name: "large", type: "HUGEINT" },
    { name: "unmeasured", type: "HUGEINT" },
    { name: "plan", type: "INTEGER" },
  ];
  const made = canonicalColumns(wide, dataset({ types: { plan: "categorical" } }), { small: true, large: false });
  expect(made.map(({ name, type }) => `${name} ${type}`)).toEqual([
    "id BIGINT",
    "small BIGINT",
    "large DOUBLE",
    "unmeasured BIGINT",
    "plan VARCHAR",
  ]);
});
