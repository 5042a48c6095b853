import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeCustomers } from "../../src/lib/source/customers-file.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import type { Source, Wanted } from "../../src/lib/source/source.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { test } from "../support/source-folder.ts";
import { watchedDatabase } from "../support/watched-database.ts";
import { growth, weighedDatabase } from "../support/weighed-database.ts";

const table = { url: "duckdb:customers.duckdb", table: "customers" };

type Changed = Partial<z.input<typeof configSchema>["dataset"]>;

function request(dataset: Changed = {}) {
  const plain = { id: "id", date: "day", target: { column: "churned" } };
  const parsed = configSchema.parse({ dataset: { ...plain, ...dataset }, source: table });
  return { dataset: parsed.dataset, date: "2026-11-23", today: "2026-11-24", timezone: "UTC" };
}

/** Three customers a day on the 22nd and the 23rd, ids backwards; more columns are made by SQL. */
async function writeTable(root: string, columns = "") {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    `CREATE OR REPLACE TABLE customers AS SELECT 2 - i AS id, i = 1 AS churned, DATE '2026-11-22' + d::INTEGER AS day${columns === "" ? "" : `, ${columns}`}
     FROM range(3) AS r(i), range(2) AS s(d)`,
  );
}

async function read(source: Source, asked: ReturnType<typeof request>) {
  await using db = await openDatabase();
  const { sql, ...snapshot } = await openSnapshot(db, source, asked);
  const rows = await db.rows(`SELECT * REPLACE (day::VARCHAR AS day) FROM (${sql})`, z.record(z.string(), z.unknown()));
  return { ...snapshot, rows };
}

test("a snapshot is the date's customers in the order of their ids", async ({ root }) => {
  await writeTable(root);
  expect(await read(openSource(table, root), request())).toMatchObject({
    date: "2026-11-23",
    columns: [
      { name: "id", type: "BIGINT" },
      { name: "churned", type: "BOOLEAN" },
      { name: "day", type: "DATE" },
    ],
    lost: {},
    rows: [
      { id: 0, churned: false, day: "2026-11-23" },
      { id: 1, churned: true, day: "2026-11-23" },
      { id: 2, churned: false, day: "2026-11-23" },
    ],
  });
});

test("without a date the newest up to today is read", async ({ root }) => {
  await writeTable(root);
  const { date: _, ...newest } = request();
  const dateOf = async (source: Config["source"], today: string) => {
    await using db = await openDatabase();
    return (await openSnapshot(db, openSource(source, root), { ...newest, today })).date;
  };
  expect(await dateOf(table, "2026-11-24")).toBe("2026-11-23");
  expect(await dateOf(table, "2026-11-22")).toBe("2026-11-22");
  // What {date} chooses nobody but the query knows.
  const query = "SELECT * REPLACE (CAST({date} AS DATE) AS day) FROM customers";
  expect(await dateOf({ url: table.url, query }, "2026-11-24")).toBe("2026-11-24");
});

test("a source is asked once for what the configuration lets out, and nothing after it is closed", async ({ root }) => {
  await writeTable(root, `'a@b' AS "e-mail", 7 AS months`);
  const asked: (Wanted | "closed")[] = [];
  const source = openSource(table, root);
  const whole = request({ exclude: ["e-mail"], types: { months: "categorical" } });
  const logged: Source = {
    ...source,
    async open(db, opening) {
      const session = await source.open(db, opening);
      const files = { dataset: whole.dataset, earlier: undefined };
      expect(opening).toEqual({
        date: "2026-11-23",
        today: "2026-11-24",
        complete: true,
        text: ["id", "months"],
        files,
        folders: [],
      });
      return {
        ...session,
        load: (name, wanted) => {
          asked.push(wanted);
          return session.load(name, wanted);
        },
        [Symbol.asyncDispose]: async () => {
          asked.push("closed");
          await session[Symbol.asyncDispose]();
          await rm(join(root, "customers.duckdb"));
        },
      };
    },
  };
  const { rows } = await read(logged, whole);
  expect(rows[0]).toEqual({ id: 0, churned: false, day: "2026-11-23", months: "7" });
  expect(asked).toEqual([
    {
      columns: ["id", "churned", "day", "months"],
      day: { column: { name: "day", kind: "date", timezone: "UTC" }, date: "2026-11-23" },
    },
    "closed",
  ]);
});

test("files may be gone once they are loaded", async ({ root }) => {
  const file = join(root, "a.csv");
  await writeFile(file, "id,churned,day\n1,true,2026-11-23\n");
  await using db = await openDatabase();
  const snapshot = await openSnapshot(db, openSource({ url: "csv:a.csv" }, root), request());
  await rm(file);
  expect(await writeCustomers(db, snapshot, join(root, "customers.parquet"))).toMatchObject({ rows: 1 });
});

test.for<[Changed, string]>([
  [{ id: "churned" }, "dataset.id: churned is of type BOOLEAN; an id is an integer, text or a UUID"],
  [{ types: { day: "numeric" } }, "dataset.types.day: a column of type DATE can't be read as numeric"],
  [{ exclude: ["prise"] }, "dataset.exclude: table customers in customers.duckdb has no column prise"],
  [
    { date: "churned" },
    "dataset.date: churned is of type BOOLEAN; DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
  ],
])("what dataset asks wrongly is refused before a row is read: %j", async ([dataset, message], { root }) => {
  await writeTable(root, "1.5::DOUBLE AS price");
  await using db = await openDatabase();
  const watched = watchedDatabase(db);
  const opened = openSnapshot(watched.db, openSource(table, root), request(dataset));
  await expect(opened).rejects.toMatchObject({ exitCode: 2, message });
  expect(watched.scans).toEqual([]);
});

test("wide integers are BIGINT where all of the date's fit, and else DOUBLE", async ({ root }) => {
  await writeTable(root, "1::HUGEINT AS small, CASE WHEN d = 1 THEN 99999999999999999999 ELSE 1 END::HUGEINT AS large");
  const source = openSource(table, root);
  const typesOf = ({ columns }: Awaited<ReturnType<typeof read>>) =>
    columns.slice(3).map(({ name, type }) => `${name} ${type}`);
  expect(typesOf(await read(source, request()))).toEqual(["small BIGINT", "large DOUBLE"]);
  expect(typesOf(await read(source, { ...request(), date: "2026-11-22" }))).toEqual(["small BIGINT", "large BIGINT"]);
  await expect(read(source, request({ id: "large" }))).rejects.toMatchObject({
    exitCode: 2,
    message: "dataset.id: large has numbers beyond 64 bits",
  });
});

test("what could not be read is counted by its column", async ({ root }) => {
  await writeTable(root, "['12.5', 'n/a', 'n/a'][i + 1] AS price, CASE WHEN i > 0 THEN 'nan'::DOUBLE END AS rate");
  const { lost, rows } = await read(openSource(table, root), request({ types: { price: "numeric" } }));
  expect(lost).toEqual({ price: 2, rate: 2 });
  expect(rows.map(({ price, rate }) => [price, rate])).toEqual([
    [null, null],
    [null, null],
    [12.5, null],
  ]);
});

test("the bytes don't depend on the threads or on the order in which the source delivers", async ({ root }) => {
  const digests = new Set<string>();
  for (const [threads, order] of [
    [1, "i"],
    [2, "hash(i)"],
    [4, "i DESC"],
  ] as const) {
    // Ids come twice, so the other columns decide the order; -0 and NaN are values that compare but differ in bytes.
    await writeDuckdb(
      join(root, "customers.duckdb"),
      `CREATE OR REPLACE TABLE customers AS SELECT DATE '2026-11-23' AS day, CAST(i // 2 AS VARCHAR) AS id,
         i % 3 = 0 AS churned, CASE WHEN i % 2 = 0 THEN -0.0::DOUBLE ELSE 0.0::DOUBLE END AS zero,
         CASE WHEN i % 7 = 0 THEN 'nan'::DOUBLE ELSE sqrt(i // 2) END AS root, 'city ' || (i // 2) % 999 AS city
       FROM range(200000) AS r(i) ORDER BY ${order}`,
    );
    await using db = await openDatabase();
    await db.run(`SET threads = ${threads}`);
    const snapshot = await openSnapshot(db, openSource(table, root), request());
    const path = join(root, `${threads}.parquet`);
    expect(await writeCustomers(db, snapshot, path)).toMatchObject({ rows: 200_000 });
    digests.add(
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    );
  }
  expect(digests.size).toBe(1);
});

test("the bytes don't tell whether the source delivered by id, in whatever pieces", async ({ root }) => {
  const customers = `SELECT i AS id, i % 3 = 0 AS churned, 'city ' || i % 999 AS city, sqrt(i) AS root, DATE '2026-11-23' AS day
    FROM range(300000) AS r(i)`;
  const parquet = (name: string, sql: string, rows: number) =>
    writeDuckdb(join(root, "made.duckdb"), `COPY (${sql}) TO '${root}/${name}.parquet' (ROW_GROUP_SIZE ${rows})`);
  const sources: Readonly<Record<string, Config["source"]>> = {
    "by id": { url: "duckdb:by-id.duckdb", table: "customers" },
    "in another order": { url: "duckdb:backwards.duckdb", table: "customers" },
    "by id, between other days": { url: "duckdb:days.duckdb", table: "customers" },
    "by id, in full vectors": { url: "parquet:full.parquet" },
    "by id, in pieces that are none": { url: "parquet:pieces.parquet" },
    "by id, but for the last one": { url: "duckdb:nearly.duckdb", table: "customers" },
  };
  await writeDuckdb(join(root, "by-id.duckdb"), `CREATE TABLE customers AS ${customers}`);
  await writeDuckdb(join(root, "backwards.duckdb"), `CREATE TABLE customers AS ${customers} ORDER BY i DESC`);
  await writeDuckdb(
    join(root, "days.duckdb"),
    `CREATE TABLE customers AS SELECT * EXCLUDE d REPLACE (day + d::INTEGER AS day) FROM (${customers}), range(2) AS s(d)
     WHERE d = 0 OR hash(id) % 50 = 0 ORDER BY id, d`,
  );
  await writeDuckdb(
    join(root, "nearly.duckdb"),
    `CREATE TABLE customers AS SELECT * FROM (${customers}) ORDER BY CASE WHEN id = 5 THEN 400000 ELSE id END`,
  );
  await parquet("full", customers, 122_880);
  await parquet("pieces", customers, 100_000);
  const digests = new Map<string, string>();
  for (const [kind, source] of Object.entries(sources)) {
    for (const threads of [1, 3]) {
      await using db = await openDatabase();
      await db.run(`SET threads = ${threads}`);
      const snapshot = await openSnapshot(db, openSource(source, root), request());
      const path = join(root, "customers.parquet");
      await writeCustomers(db, snapshot, path);
      digests.set(
        `${kind}, ${threads} threads`,
        createHash("sha256")
          .update(await readFile(path))
          .digest("hex"),
      );
      if (kind !== "in another order" && kind !== "by id, in full vectors") continue;
      expect(snapshot.sql.includes("ORDER BY"), kind).toBe(kind === "in another order");
    }
  }
  expect(new Set(digests.values()).size, JSON.stringify([...digests])).toBe(1);
});

test("a date that can't be reached is refused without opening the source", async () => {
  await using db = await openDatabase();
  const source = openSource({ url: "duckdb:gone.duckdb", table: "customers" }, "/nowhere");
  await expect(openSnapshot(db, source, { ...request(), date: "2026-11-25" })).rejects.toMatchObject({
    exitCode: 2,
    message: "2026-11-25 is in the future: today is 2026-11-24",
    hint: "churn run-all --date 2026-11-24",
  });
  await expect(openSnapshot(db, source, request({ date: null }))).rejects.toMatchObject({
    exitCode: 2,
    message:
      "gone.duckdb shows the current state (dataset.date is null): only today, 2026-11-24, can be extracted, not 2026-11-23",
    hint: "dataset.date in churn.yaml names the snapshot's date column",
  });
});

test("twice the columns are asked for in twice the SQL, and all in canonical types at once only once", async ({
  root,
}) => {
  const lengthsOf = async (columns: number) => {
    const each = Array.from({ length: columns }, (_, k) =>
      [`i * ${k} * 0.5 AS d${k}`, `i % ${k + 2} AS i${k}`, `'v' || i % ${k + 2} AS t${k}`].at(k % 3),
    );
    await writeTable(root, each.join(", "));
    await using open = await openDatabase();
    const { db, lengths } = weighedDatabase(open);
    const snapshot = await openSnapshot(db, openSource(table, root), request());
    await writeCustomers(db, snapshot, join(root, "customers.parquet"));
    return lengths;
  };
  const [none, few, more] = [await lengthsOf(0), await lengthsOf(150), await lengthsOf(300)];
  const grown = growth(few, more, none);
  expect(grown.statements).toBeLessThan(2.2);
  expect(grown.length).toBeLessThan(2.2);
  // Of their expressions there is one.
  expect(more.filter((length) => length > 10_000)).toHaveLength(1);
});
