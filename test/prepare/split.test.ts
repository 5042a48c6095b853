import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import {
  describeParting,
  fitSplit,
  onTestSide,
  requireBothSides,
  requireSplitColumn,
  splitHash,
} from "../../src/lib/prepare/split.ts";

const text = fc.string({ unit: "grapheme" }).filter((id) => !id.includes("\0"));

test("the hash is the first 8 hex digits of SHA-256 over the UTF-8 of salt and id, for any text", async () => {
  await using db = await openDatabase();
  await fc.assert(
    fc.asyncProperty(text, text, async (id, salt) => {
      const [row] = await db.rows(`SELECT ${splitHash("$id", salt)} AS hash`, z.object({ hash: z.int() }), { id });
      const digest = createHash("sha256")
        .update(salt + id, "utf8")
        .digest("hex");
      expect(row?.hash).toBe(Number.parseInt(digest.slice(0, 8), 16));
    }),
    { numRuns: 60 },
  );
});

const sorted = <Customer extends { id: number }>(customers: readonly Customer[]) =>
  [...customers].sort((a, b) => a.id - b.id);

test("a customer never changes sides, whoever else is in the table and whatever the label says", async () => {
  await using db = await openDatabase();
  const split = { method: "customer", test: 0.3, salt: "s", cuts: null } as const;
  const sides = (ids: readonly number[], label: string) =>
    db.rows(
      `SELECT id, ${onTestSide(split, { id: "id", label, types: [] })} AS test FROM (SELECT unnest(from_json('${JSON.stringify(ids)}', '["BIGINT"]')) AS id)`,
      z.object({ id: z.int(), test: z.boolean() }),
    );
  const customers = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(customers, customers, async (tonight, tomorrow) => {
      const before = await sides(tonight, "true");
      const stayed = new Set(tonight);
      const after = await sides([...new Set([...tomorrow, ...tonight])].reverse(), "id % 2 = 0");
      expect(sorted(after.filter(({ id }) => stayed.has(id)))).toEqual(sorted(before));
    }),
    { numRuns: 30 },
  );
});

test("a stratified split takes round(n × share) of each class, those with the lowest hashes", async () => {
  await using db = await openDatabase();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      async (positives, negatives, share) => {
        const relation = `(SELECT i AS id, i < ${positives} AS label FROM range(${positives + negatives}) AS r(i))`;
        const split = await fitSplit(db, {
          relation,
          place: splitHash("id", "s"),
          label: "label",
          split: { method: "stratified", test: share, salt: "s" },
        });
        const [counted] = await db.rows(
          `SELECT count(*) FILTER (WHERE label) AS positive, count(*) FILTER (WHERE NOT label) AS negative
         FROM ${relation} WHERE ${onTestSide(split, { id: "id", label: "label", types: [] })}`,
          z.object({ positive: z.int(), negative: z.int() }),
        );
        expect(counted).toEqual({ positive: Math.round(positives * share), negative: Math.round(negatives * share) });
      },
    ),
    { numRuns: 40 },
  );
});

test("the sides part when chance can't explain their shares", () => {
  expect(describeParting({ rows: 8000, churned: 2120 }, { rows: 2000, churned: 560 })).toBeUndefined();
  expect(describeParting({ rows: 8000, churned: 2120 }, { rows: 2000, churned: 640 })).toBe(
    "the sides part: 26.5 % of the train customers churned, 32.0 % of the test customers",
  );
  expect(describeParting({ rows: 8, churned: 8 }, { rows: 2, churned: 2 })).toBeUndefined();
});

describe("a split by a column", () => {
  const split = { method: "column", test: 0.2, salt: "s", column: "part", test_value: "test", cuts: null } as const;
  const columns = [{ name: "id" }, { name: "part" }, { name: "churned" }];
  const dataset = { id: "id", target: { column: "churned", positive: true } };

  test("has the customers of that value on the test side, and those without any on the other", async () => {
    await using db = await openDatabase();
    const rows = async (values: string, type: string, test_value: boolean | number | string) =>
      await db.rows(
        `SELECT ${onTestSide({ ...split, test_value }, { id: "part", label: "true", types: [{ name: "part", type }] })} AS test FROM (VALUES ${values}) AS t(part)`,
        z.object({ test: z.boolean() }),
      );
    const sides = (found: readonly { test: boolean }[]) => found.map(({ test }) => test);
    expect(sides(await rows("('test'), ('train'), (NULL), ('test ')", "VARCHAR", "test"))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(sides(await rows("(1), (0), (NULL)", "BIGINT", 1))).toEqual([true, false, false]);
    expect(sides(await rows("(true), (false), (NULL)", "BOOLEAN", true))).toEqual([true, false, false]);
  });

  test("needs that column, and one that is neither id nor label", () => {
    expect(() => requireSplitColumn(split, columns, dataset)).not.toThrow();
    expect(() => requireSplitColumn({ ...split, column: "prat" }, columns, dataset)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: "split.column: the customers have no column prat",
        hint: "did you mean part?",
      }),
    );
    for (const [column, what] of [
      ["id", "id"],
      ["churned", "label"],
    ] as const) {
      expect(() => requireSplitColumn({ ...split, column }, columns, dataset)).toThrow(
        expect.objectContaining({
          exitCode: 2,
          message: `split.column: ${column} is the customers' ${what}`,
          hint: "name the column that says who is a test customer",
        }),
      );
    }
  });

  test("with nobody on a side is a mistake that names the value", () => {
    const [none, some] = [
      { rows: 0, churned: 0 },
      { rows: 10, churned: 5 },
    ];
    expect(() => requireBothSides(some, none, split)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: 'the test side is empty: part is "test" for none of 10 customers',
        hint: "look at split.test_value in churn.yaml",
      }),
    );
    expect(() => requireBothSides(none, some, split)).toThrow(
      'the train side is empty: part is "test" for each of 10 customers',
    );
  });
});
