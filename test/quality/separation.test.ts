import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { rocAucScore } from "../../src/lib/model/metrics/auc-roc.ts";
import { separate } from "../../src/lib/quality/separation.ts";

let db: Database;
beforeAll(async () => {
  db = await openDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const x = { name: "x", type: "DOUBLE" };
const plan = { name: "plan", type: "VARCHAR" };

/** The one column's separation of a table that a SELECT over i = 0 … rows - 1 makes. */
async function separation(select: string, column: { name: string; type: string }, rows = 100) {
  const found = await separate(db, `(SELECT ${select} FROM range(${rows}) AS r(i))`, "churned", [column]);
  return found[0];
}

test("a number separates by its order, upwards or downwards, and equal ones count half", async () => {
  // 20 churned with 10 × 1, 10 × 2; 80 stayed with 40 × 0, 40 × 1.
  const select = "i < 20 AS churned, CASE WHEN i < 20 THEN 1 + i % 2 ELSE i % 2 END AS x";
  const auc = 1 / 2 + (1 / 2) * (1 / 2 + 1 / 4);
  expect(await separation(select, x)).toEqual({ subject: "x", auc });
  expect(await separation(select.replace(" AS x", " * -1 AS x"), x)).toEqual({ subject: "x", auc });
});

test("numbers are judged by those that are there, and null by itself", async () => {
  const mostly = "i % 4 = 0 AS churned, CASE WHEN i % 4 > 0 OR i < 12 THEN i % 7 END AS x";
  expect(await separation(mostly, x)).toEqual({ subject: "x null", auc: (1 + 22 / 25) / 2 });
  const rarely = "i % 2 = 0 AS churned, CASE WHEN i > 1 THEN i % 2 END AS x";
  expect(await separation(rarely, x)).toEqual({ subject: "x", auc: 1 });
});

test("a boolean is a number", async () => {
  const bool = { name: "vip", type: "BOOLEAN" };
  expect(await separation("i % 2 = 0 AS churned, i % 4 = 0 AS vip", bool)).toEqual({ subject: "vip", auc: 0.75 });
});

test("a category separates from all others, and null is one", async () => {
  const three =
    "i % 2 = 0 AS churned, CASE WHEN i % 4 = 0 THEN 'a' WHEN i % 4 = 1 AND i > 50 THEN 'b' ELSE 'c' END AS plan";
  expect(await separation(three, plan)).toEqual({ subject: 'plan "a"', auc: 0.75 });
  const none = "i % 2 = 0 AS churned, CASE WHEN i % 2 = 0 THEN 'abc'[i % 3 + 1] END AS plan";
  expect(await separation(none, plan)).toEqual({ subject: "plan null", auc: 1 });
});

test("of categories that separate alike the first by value is named", async () => {
  expect(await separation("i % 2 = 0 AS churned, 'ab'[i % 2 + 1] AS plan", plan)).toEqual({
    subject: 'plan "a"',
    auc: 1,
  });
});

test("customers without a label say nothing", async () => {
  const select = "CASE WHEN i < 40 THEN i % 2 = 0 END AS churned, CASE WHEN i < 40 THEN i % 2 ELSE 7 END AS x";
  expect(await separation(select, x)).toEqual({ subject: "x", auc: 1 });
});

test("fewer than ten customers of a class may be parted by chance", async () => {
  expect(await separation("i < 9 AS churned, i AS x", x)).toBeUndefined();
  expect(await separation("i < 10 AS churned, i AS x", x)).toEqual({ subject: "x", auc: 1 });
  // Of those with a number nine churned.
  const few = "i < 50 AS churned, CASE WHEN i % 50 < 9 THEN i END AS x";
  expect(await separation(few, x)).toEqual({ subject: "x null", auc: 0.5 });
  expect(await separation("false AS churned, i AS x", x)).toBeUndefined();
});

test("columns are told apart, however many there are", async () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ name: `x${index}`, type: "BIGINT" }));
  const select = many.map(({ name }, index) => `(i * ${index + 1}) % 101 AS ${name}`).join(", ");
  const relation = `(SELECT i % 3 = 0 AS churned, ${select} FROM range(50000) AS r(i))`;
  const together = await separate(db, relation, "churned", many);
  expect(together.map(({ subject }) => subject)).toEqual(many.map(({ name }) => name));
  expect(await separate(db, relation, "churned", many.slice(45, 46))).toEqual(together.slice(45, 46));
  expect(await separate(db, relation, "churned", [])).toEqual([]);
});

test("columns may have any names", async () => {
  const names = ["c", "v", "y", "churned", "stayed", "first", "last", "ranks", 'x"y', "away"];
  const columns = names.map((name) => ({ name, type: name === "away" ? "VARCHAR" : "BIGINT" }));
  const select = names.map((name) => `i % 2 AS "${name.replaceAll('"', '""')}"`).join(", ");
  const relation = `(SELECT i % 4 = 0 AS label, ${select} FROM range(100) AS r(i))`;
  const auc = (1 + 50 / 75) / 2;
  expect(await separate(db, relation, "label", columns)).toEqual(
    names.map((name) => ({ subject: name === "away" ? 'away "0"' : name, auc: expect.closeTo(auc, 12) })),
  );
});

test("it is the AUC of the ranking, whatever the numbers and their order", async () => {
  const value = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const rows = fc.array(fc.tuple(fc.boolean(), value), { minLength: 40, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(rows, async (table) => {
      const yTrue = Uint8Array.from(table, ([churned]) => Number(churned));
      const positives = yTrue.reduce((sum, one) => sum + one, 0);
      fc.pre(Math.min(positives, yTrue.length - positives) >= 10);
      const auc = rocAucScore(
        yTrue,
        Float64Array.from(table, ([, number]) => number),
      );
      const values = table.map(([churned, number]) => `(${churned}, CAST('${number}' AS DOUBLE))`).join(", ");
      const found = await separate(db, `(VALUES ${values}) AS t(churned, x)`, "churned", [x]);
      expect(found[0]?.auc).toBeCloseTo(Math.max(auc, 1 - auc), 12);
    }),
    { numRuns: 50 },
  );
});

test("of many customers only what may count is ranked, and that exactly", async () => {
  const made = {
    whole: "i % 73 + CASE WHEN churned THEN 5 ELSE 0 END",
    half: "CASE WHEN churned THEN 0.5 ELSE -0.5 END + (hash(i, 'h') % 1000000) / 1000000.0",
    skewed: "exp((hash(i, 's') % 1000000) / 20000.0)",
    noise: "(hash(i, 'n') % 1000003) / 7.0",
    tied: "CASE WHEN churned THEN 1.0 + (hash(i, 't') % 10) / 1000000.0 ELSE 1.0 END * 1000",
    wide: "CASE WHEN hash(i, 'w') % 2 = 0 THEN 1e308 ELSE -1e308 END / (1 + i % 1009)",
    alike: "7.5",
    rare: "CASE WHEN i % 30000 = 0 THEN i END",
    none: "NULL::DOUBLE",
  };
  const columns = Object.keys(made).map((name) => ({ name, type: "DOUBLE" }));
  const list = Object.entries(made).map(([name, sql]) => `${sql} AS ${name}`);
  await db.run(`CREATE OR REPLACE TABLE many AS SELECT churned, ${list.join(", ")}
    FROM (SELECT i, hash(i) % 4 = 0 AS churned FROM range(150000) AS r(i))`);
  const all = await separate(db, "many", "churned", columns);
  // By each customer's rank.
  for (const { subject, auc } of all.filter(({ subject }) => !subject.endsWith(" null"))) {
    const [whole] = await db.rows(
      `SELECT (sum(rank) FILTER (WHERE churned) - count(*) FILTER (WHERE churned) * (count(*) FILTER (WHERE churned) + 1) / 2)
         / (count(*) FILTER (WHERE churned) * count(*) FILTER (WHERE NOT churned)) AS auc
       FROM (SELECT churned, (rank() OVER w + rank() OVER w + count(*) OVER (PARTITION BY ${subject}) - 1) / 2 AS rank
         FROM many WHERE ${subject} IS NOT NULL WINDOW w AS (ORDER BY ${subject}))`,
      z.object({ auc: z.number() }),
    );
    expect(auc, subject).toBe(Math.max(whole?.auc ?? 0, 1 - (whole?.auc ?? 0)));
  }
  const sorted = [...all].sort((a, b) => b.auc - a.auc);
  for (const above of [0, 0.5, 0.55, 0.8, 0.98, 1]) {
    const some = await separate(db, "many", "churned", columns, above);
    expect(all).toEqual(expect.arrayContaining(some));
    const counts = ({ auc }: { auc: number }) => auc > above || auc === sorted[0]?.auc;
    expect(some.filter(counts), String(above)).toEqual(all.filter(counts));
  }
  expect((await separate(db, "many", "churned", columns, 0.98)).length).toBeLessThan(all.length);
});
