import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configSchema } from "../../src/lib/config/schema.ts";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { describeColumns } from "../../src/lib/duckdb/describe.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { decideColumns } from "../../src/lib/source/decide-columns.ts";
import type { DecidedColumn } from "../../src/lib/source/kinds.ts";

let db: Database;
beforeAll(async () => {
  db = await openDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const source = { url: "csv:customers.csv" };
const plain = { id: "id", target: { column: "churned" } };
const { dataset } = configSchema.parse({ dataset: plain, source });

/** What is decided of the columns of a table that a SELECT over i makes, but for the id and the target. */
async function decided(select: string, rows = 1000, earlier: readonly DecidedColumn[] = []) {
  await db.run(
    `CREATE OR REPLACE TABLE loaded AS SELECT i AS id, i % 3 = 0 AS churned, ${select} FROM range(${rows}) AS r(i)`,
  );
  const columns = await describeColumns(db, "loaded");
  const made = await decideColumns(db, "loaded", { columns, dataset, earlier, indexes: [] });
  return made.slice(2).map(({ name, kind, unused, form }) => [name, kind, unused ?? form.type].join(" "));
}

test("an index is each of the rows' numbers once, from 0 or from 1", async () => {
  const select = `i AS a, i + 1 AS b, i + 2 AS c, -i AS d, 999 - i AS e, i::HUGEINT AS f, i::UBIGINT + 1 AS g, i::DOUBLE AS h,
    CASE WHEN i <> 7 THEN i END AS j, CASE WHEN i = 7 THEN 8 ELSE i END AS k, i // 2 AS l, (i + 1)::DECIMAL(9,0) AS m`;
  expect(await decided(select)).toEqual([
    "a ignore index",
    "b ignore index",
    "c numeric BIGINT",
    "d numeric BIGINT",
    "e ignore index",
    "f ignore index",
    "g ignore index",
    "h numeric DOUBLE",
    "j numeric BIGINT",
    "k numeric BIGINT",
    "l numeric BIGINT",
    "m ignore index",
  ]);
  expect(await decided("i AS a", 100)).toEqual(["a numeric BIGINT"]);
  expect(await decided("i AS a", 101)).toEqual(["a ignore index"]);
});

test("text is unique by its values that are there, padding and case included", async () => {
  const select = `'c' || i || '@example.com' AS email, CASE WHEN i < 150 THEN md5(i::VARCHAR) END AS code,
    CASE WHEN i < 100 THEN md5(i::VARCHAR) END AS few, 'k' || i % 500 AS half, 'k' || i % 501 AS more, uuid() AS uuid`;
  expect(await decided(select)).toEqual([
    "email ignore unique text",
    "code ignore unique text",
    "few categorical VARCHAR",
    "half categorical VARCHAR",
    "more ignore unique text",
    "uuid ignore unique text",
  ]);
});

test("what can't be read as a number is no value: NaN alone has no kind", async () => {
  expect(await decided("'nan'::DOUBLE AS a, CASE WHEN i > 5 THEN 'inf'::FLOAT END AS b, NULL AS c")).toEqual([
    "a  no values",
    "b  no values",
    "c  no values",
  ]);
});

test("integers that got a null stay integers, and those that are none are floats", async () => {
  const earlier: DecidedColumn[] = ["a", "b", "c"].map((name) => ({
    name,
    type: "BIGINT",
    kind: "numeric",
    unused: null,
  }));
  const select = `CASE WHEN i <> 5 THEN (i % 7)::DOUBLE END AS a, CASE WHEN i = 5 THEN 0.5 ELSE i % 7 END AS b,
    CASE WHEN i = 5 THEN 1e300 ELSE i % 7 END AS c`;
  expect(await decided(select, 1000, earlier)).toEqual(["a numeric BIGINT", "b numeric DOUBLE", "c numeric DOUBLE"]);
});

test("the order of the rows changes nothing", async () => {
  const cell = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 130 }), fc.constantFrom(1.5, -0, 1e300));
  const table = fc.array(fc.tuple(cell, cell), { minLength: 101, maxLength: 140 });
  await fc.assert(
    fc.asyncProperty(table, fc.nat(1e6), async (rows, seed) => {
      const values = rows.map(
        ([a, b], index) => `(${index}, ${index % 2 === 0}, ${a}::DOUBLE, '${b}', ${(index * 61) % rows.length})`,
      );
      const columns = ["id", "churned", "a", "b", "c"];
      const outcomes = new Set<string>();
      for (const order of ["id", `hash(id + ${seed})`, "id DESC"]) {
        await db.run(
          `CREATE OR REPLACE TABLE loaded AS SELECT * FROM (VALUES ${values.join(", ")}) AS t(${columns.join(", ")}) ORDER BY ${order}`,
        );
        const described = await describeColumns(db, "loaded");
        outcomes.add(JSON.stringify(await decideColumns(db, "loaded", { columns: described, dataset, indexes: [] })));
      }
      expect(outcomes.size).toBe(1);
    }),
    { numRuns: 20 },
  );
});

test("ids that are whole floats are read as integers, and others are refused", async () => {
  const ids = async (sql: string) => {
    await db.run(`CREATE OR REPLACE TABLE loaded AS SELECT ${sql} AS id, true AS churned FROM range(9) AS r(i)`);
    const columns = await describeColumns(db, "loaded");
    const [id] = await decideColumns(db, "loaded", { columns, dataset, indexes: [] });
    return id?.form.type;
  };
  expect(await ids("CASE WHEN i > 0 THEN i::DOUBLE END")).toBe("BIGINT");
  await expect(ids("i + 0.5::DOUBLE")).rejects.toMatchObject({
    exitCode: 2,
    message: "dataset.id: id is of type DOUBLE; an id is an integer, text or a UUID",
  });
});

test("a column that the source calls an index is one", async () => {
  await db.run(
    "CREATE OR REPLACE TABLE loaded AS SELECT i AS id, true AS churned, i * 2 AS level FROM range(9) AS r(i)",
  );
  const columns = await describeColumns(db, "loaded");
  const [, , level] = await decideColumns(db, "loaded", { columns, dataset, indexes: ["level"] });
  expect(level).toMatchObject({ name: "level", kind: "ignore", unused: "index" });
});
