import { expect } from "vitest";
import * as z from "zod";
import { openTestCustomers, TEST_CUSTOMERS } from "../../src/lib/compare/test-customers.ts";
import type { Preprocessing } from "../../src/lib/prepare/preprocessing.ts";
import { splitHash } from "../../src/lib/prepare/split.ts";
import { type Contest, recipe, rounded, test } from "../support/contest.ts";

/** predictions.parquet of 40 customers, every fourth of whom churned; the id tells the probability. */
const FORTY = `SELECT i AS id, CAST(i % 4 = 0 AS UTINYINT) AS churned, CAST(i / 100 AS FLOAT) AS probability,
  CAST(i >= 50 AS UTINYINT) AS predicted FROM range(40) AS r(i) ORDER BY hash(i)`;

const stratified = (positive: number, negative: number): Preprocessing["split"] => ({
  method: "stratified",
  test: 0.2,
  salt: "churn",
  cuts: { positive, negative },
});

const customer = z.object({ id: z.number(), label: z.number(), hash: z.number(), row: z.number() });

async function open(contest: Contest, split: Preprocessing["split"], other?: Preprocessing["split"]) {
  const path = await contest.parquet("predictions.parquet", FORTY);
  const opened = await openTestCustomers(contest.db, path, recipe({ split }), other);
  const rows = await contest.db.rows(
    `SELECT id, label, "row", ${splitHash("id", split.salt)} AS hash FROM ${TEST_CUSTOMERS} ORDER BY "row"`,
    customer,
  );
  await contest.db.run(`DROP TABLE ${TEST_CUSTOMERS}`);
  return { opened, rows, ids: rows.map(({ id }) => id).sort((a, b) => a - b) };
}

const all = Array.from({ length: 40 }, (_, id) => id);
const { split } = recipe();

test("today's test customers are those of the predictions, in the file's order", async ({ contest }) => {
  const { opened, rows, ids } = await open(contest, split);
  expect(ids).toEqual(all);
  expect(rows.map(({ row }) => row)).toEqual(all.map((id) => id + 1));
  expect(opened.yTrue).toEqual(Uint8Array.from(rows, ({ id }) => Number(id % 4 === 0)));
  expect(rounded(opened.probability)).toEqual(rows.map(({ id }) => id / 100));
  const [first] = await contest.db.rows(`${FORTY} LIMIT 1`, z.object({ id: z.number() }));
  expect(rows[0]?.id).toBe(first?.id);
});

test("a split by customer and one model alone leave no one out", async ({ contest }) => {
  expect((await open(contest, split, split)).ids).toEqual(all);
  expect((await open(contest, stratified(0, 0))).ids).toEqual(all);
  expect((await open(contest, stratified(0, 0), split)).ids).toEqual(all);
});

test("of two stratified splits only those count who lie on the test side of both, class by class", async ({
  contest,
}) => {
  const { rows } = await open(contest, split);
  const middle = (label: number) => {
    const hashes = rows.filter((row) => row.label === label).map(({ hash }) => hash);
    return hashes.sort((a, b) => a - b)[Math.floor(hashes.length / 2)] ?? 0;
  };
  const [positive, negative] = [middle(1), middle(0)];
  const beyond = 2 ** 32;
  // The customer whose hash is the cut is on the test side.
  const both = rows
    .filter(({ label, hash }) => hash <= (label === 1 ? positive : negative))
    .map(({ id }) => id)
    .sort((a, b) => a - b);
  expect(both).toHaveLength(6 + 16);
  expect((await open(contest, stratified(positive, negative), stratified(beyond, beyond))).ids).toEqual(both);
  expect((await open(contest, stratified(beyond, beyond), stratified(positive, negative))).ids).toEqual(both);
  expect((await open(contest, stratified(positive, beyond), stratified(beyond, negative))).ids).toEqual(both);

  const { opened } = await open(contest, stratified(-1, negative), stratified(beyond, beyond));
  expect(opened.yTrue).toEqual(new Uint8Array(16));
});

test("the label and the id have any names", async ({ contest }) => {
  const path = await contest.parquet(
    "predictions.parquet",
    `SELECT 7 AS "customer ""no""", 1 AS "left?", CAST(0.25 AS FLOAT) AS probability`,
  );
  const dataset = { id: 'customer "no"', date: null, target: { column: "left?", positive: true } };
  const other = stratified(2 ** 32, 2 ** 32);
  const opened = await openTestCustomers(contest.db, path, recipe({ dataset, split: other }), other);
  expect(opened).toEqual({ yTrue: Uint8Array.of(1), probability: Float32Array.of(0.25) });
});
