import * as z from "zod";
import { counted, percent } from "../cli/numbers.ts";
import { suggestion } from "../cli/suggestions.ts";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { literal } from "../duckdb/sql.ts";
import { QualityGateError, UsageError } from "../errors.ts";
import { labelCondition } from "./label.ts";
import type { Preprocessing } from "./preprocessing.ts";

type Split = Preprocessing["split"];

/** Buckets that customers fall into by their hash; the test side is the first `test` of them. */
const BUCKETS = 10_000;

/**
 * A customer's place in the split, 0 to 2³² − 1: the first 8 hex digits of SHA-256(salt ‖ id). The id's text is decimal for
 * integers and UTF-8 as it is for text, so a customer has the same place every night.
 *
 * @param id  SQL of the id
 */
export function splitHash(id: string, salt: string): string {
  return `CAST('0x' || left(sha256(${literal(salt)} || CAST(${id} AS VARCHAR)), 8) AS UBIGINT)`;
}

/**
 * Whether a customer is on the test side, as SQL.
 *
 * @param types  of the customers' columns: a split by column compares as the label is compared. No value means train
 */
export function onTestSide(
  split: Split,
  {
    id,
    label,
    types,
  }: { id: string; label: string; types: readonly { readonly name: string; readonly type: string }[] },
): string {
  const { column, test_value: positive } = split;
  if (column !== undefined && positive !== undefined) {
    const type = types.find(({ name }) => name === column)?.type ?? "VARCHAR";
    return `coalesce(${labelCondition({ column, positive }, type)}, false)`;
  }
  if (split.cuts !== null) return isBelowCut(splitHash(id, split.salt), { label, cuts: split.cuts });
  return hashedInto(split.test, { id, salt: split.salt });
}

/** Whether a customer's place is on the test side of a stratified split, as SQL. */
export function isBelowCut(
  place: string,
  { label, cuts }: { readonly label: string; readonly cuts: NonNullable<Split["cuts"]> },
): string {
  return `${place} <= CASE WHEN ${label} THEN ${cuts.positive} ELSE ${cuts.negative} END`;
}

/**
 * Whether a customer is of a share that is drawn by hash, as SQL.
 *
 * @param share  of all customers, above 0 and below 1
 */
export function hashedInto(share: number, { id, salt }: { readonly id: string; readonly salt: string }): string {
  // 0.07 × 10,000 is 700.0000000000001 in doubles: one bucket more than was meant.
  return `${splitHash(id, salt)} % ${BUCKETS} < ${Number((share * BUCKETS).toFixed(6))}`;
}

/**
 * The split with its cuts where it is stratified: round(n × test) customers of each class are test, by lowest hash, and the
 * cut is the highest hash among them (-1 where there are none).
 *
 * @param relation  customers with what `place`, SQL of a `splitHash`, and `label`, SQL of a boolean, name
 */
export async function fitSplit(
  db: Database,
  { relation, place, label, split }: { relation: string; place: string; label: string; split: Config["split"] },
): Promise<Split> {
  if (split.method !== "stratified") return { ...split, cuts: null };
  const cut = async (side: string) => {
    const among = `FROM ${relation} WHERE ${side}`;
    const [count] = await db.rows(`SELECT count(*) AS n ${among}`, z.object({ n: z.int() }));
    const wanted = Math.round((count?.n ?? 0) * split.test);
    if (wanted === 0) return -1;
    const [last] = await db.rows(
      `SELECT ${place} AS hash ${among} ORDER BY hash LIMIT 1 OFFSET ${wanted - 1}`,
      z.object({ hash: z.int() }),
    );
    return last?.hash ?? -1;
  };
  return { ...split, cuts: { positive: await cut(label), negative: await cut(`NOT ${label}`) } };
}

/** Customers of a side and those of them who churned. */
export interface SideCounts {
  readonly rows: number;
  readonly churned: number;
}

/**
 * Refuses a split by a column that there is none of, or that has another part.
 *
 * @throws {UsageError}
 */
export function requireSplitColumn(
  { column }: Config["split"],
  columns: readonly { readonly name: string }[],
  { id, target }: Pick<Config["dataset"], "id" | "target">,
): void {
  if (column === undefined) return;
  const names = columns.map(({ name }) => name);
  if (!names.includes(column))
    throw new UsageError(`split.column: the customers have no column ${column}`, suggestion(column, names));
  if (column !== id && column !== target.column) return;
  throw new UsageError(
    `split.column: ${column} is the customers' ${column === id ? "id" : "label"}`,
    "name the column that says who is a test customer",
  );
}

/**
 * @throws {UsageError} when a side is empty
 * @throws {QualityGateError} when the train side has one class only
 */
export function requireBothSides(train: SideCounts, test: SideCounts, split: Config["split"]): void {
  for (const [name, { rows }] of [["train", train] as const, ["test", test] as const]) {
    if (rows > 0) continue;
    const all = counted(train.rows + test.rows, "customer");
    if (split.column !== undefined) {
      const value = JSON.stringify(split.test_value);
      throw new UsageError(
        `the ${name} side is empty: ${split.column} is ${value} for ${name === "test" ? "none" : "each"} of ${all}`,
        "look at split.test_value in churn.yaml",
      );
    }
    throw new UsageError(
      `the ${name} side is empty: split.test is ${split.test} of ${all}`,
      name === "test" ? "a larger split.test in churn.yaml" : "a smaller split.test in churn.yaml",
    );
  }
  if (train.churned === 0 || train.churned === train.rows) {
    throw new QualityGateError(
      `${train.churned} of ${counted(train.rows, "train customer")} churned: there is nothing to learn`,
      "look at the source; with few customers split: { method: stratified } puts both classes on both sides",
    );
  }
}

/** Standard errors between the sides' class shares above which chance is no good explanation (about 1 night in 370). */
const PARTED = 3;

/** A warning when the sides' shares of churners part: the pooled two-proportion z is beyond 3. */
export function describeParting(train: SideCounts, test: SideCounts): string | undefined {
  const pooled = (train.churned + test.churned) / (train.rows + test.rows);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / train.rows + 1 / test.rows));
  const [trainShare, testShare] = [train.churned / train.rows, test.churned / test.rows];
  if (error === 0 || Math.abs(trainShare - testShare) <= PARTED * error) return undefined;
  return `the sides part: ${percent(trainShare)} of the train customers churned, ${percent(testShare)} of the test customers`;
}
