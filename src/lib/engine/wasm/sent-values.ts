import type { Tree, TreeNode } from "../../model/model-json.ts";
import type { TreeMethod } from "../defaults.ts";

/** The one value that ml-xgboost takes for a missing one. */
const MISSING = -1;
/** What stands for a real -1 meanwhile: the next float32 above it. A column that has both has them as one. */
const BESIDE = Math.fround(-1 + 2 ** -24);
/** What later versions of XGBoost add to the bounds of a column's values, so that a bound is beyond the value. */
const BEYOND = Math.fround(1e-5);
const FLOAT32_MAX = Math.fround(3.4028234663852886e38);

/** What of a column decides how it is sent, and how its thresholds are read. */
export interface ColumnFacts {
  /** number of NaN */
  readonly missing: number;
  readonly hasMinusOne: boolean;
  /** of what is there; ±Infinity where nothing is */
  readonly min: number;
  readonly max: number;
}

export function factsOf(column: Float32Array): ColumnFacts {
  let [missing, hasMinusOne, min, max] = [0, false, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of column) {
    if (Number.isNaN(value)) missing += 1;
    if (value === MISSING) hasMinusOne = true;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { missing, hasMinusOne, min, max };
}

/**
 * A column as the library takes it: NaN as -1, and -1 as its neighbour, which leaves every tree as it is.
 *
 * What hist of 2018 can't divide is sent as ones: a column without any value, which splits nothing either way, and zeros among
 * missing values, which it puts into a bin from 0 to 0 with both on one side.
 *
 * @param column  shape (rowCount,); itself where there is nothing to replace
 * @returns       shape (rowCount,), without NaN
 */
export function sentColumn(column: Float32Array, facts: ColumnFacts, method: TreeMethod): Float32Array {
  const { missing, hasMinusOne } = facts;
  if (missing === 0 && !hasMinusOne) return column;
  if (missing === column.length && method === "hist") return new Float32Array(column.length).fill(1);
  const lifted = isLifted(facts, method);
  return column.map((value) => {
    if (Number.isNaN(value)) return MISSING;
    if (value === MISSING) return BESIDE;
    return lifted ? 1 : value;
  });
}

/**
 * The trees with the thresholds that they would have if the library had seen the columns as they are. Every customer that
 * trained them goes the same way; what matters is a value that comes in scoring and lies between.
 *
 * @param columns  as they are, one a feature
 */
export function readThresholds(
  trees: readonly Tree[],
  columns: readonly { readonly column: Float32Array; readonly facts: ColumnFacts }[],
  method: TreeMethod,
): Tree[] {
  const readers = columns.map(({ column, facts }) => thresholdReader(column, facts, method));
  return trees.map((tree) =>
    tree.map((node) => {
      const read = node.left === -1 ? undefined : readers[node.feature];
      return read === undefined ? node : { ...node, value: read(node) };
    }),
  );
}

type ThresholdReader = (split: TreeNode) => number;

function thresholdReader(column: Float32Array, facts: ColumnFacts, method: TreeMethod): ThresholdReader {
  const { hasMinusOne, max } = facts;
  const withMinusOne = hasMinusOne ? minusOneReader(column, facts, method) : ({ value }: TreeNode) => value;
  return (split) => {
    const { value, missingGoesLeft } = split;
    // The sum of two values may be beyond float32, and a model holds no infinity.
    if (!Number.isFinite(value)) return Math.sign(value) * FLOAT32_MAX;
    if (isLifted(facts, method)) return missingGoesLeft ? -BEYOND : BEYOND;
    // The bound that hist puts above the largest value, |max| more, is no more than it where it is 0.
    if (method === "hist" && max <= 0 && value === 0 && !missingGoesLeft) return BEYOND;
    return withMinusOne(split);
  };
}

/** Zeros and missing values alone, and hist. */
function isLifted({ missing, min, max }: ColumnFacts, method: TreeMethod): boolean {
  return method === "hist" && missing > 0 && min === 0 && max === 0;
}

/** Of a column that has -1: a threshold that was made of its neighbour, made of -1 instead. */
function minusOneReader(column: Float32Array, { min }: ColumnFacts, method: TreeMethod): ThresholdReader {
  const read = new Map<number, number>();
  if (method === "hist") {
    // A bin's bound is a value of the column, or as far below the least one as that is from 0.
    read.set(BESIDE, MISSING);
    if (min === MISSING) read.set(2 * BESIDE, 2 * MISSING);
  }
  let others: Float32Array | undefined;
  return ({ value }) => {
    const known = read.get(value);
    if (known !== undefined) return known;
    others ??= distinct(column.filter((other) => !Number.isNaN(other) && other !== MISSING && other !== BESIDE));
    const meant = meantBy(value, others);
    read.set(value, meant);
    return meant;
  };
}

/**
 * A threshold halfway between -1's neighbour and another value, as it is with -1 itself. It is left as it is where two other
 * values may have made it as well.
 *
 * @param others  the column's further values, ascending, each once
 */
function meantBy(threshold: number, others: Float32Array): number {
  const found = new Set<number>();
  for (let at = firstWhere(others, (other) => midpoint(BESIDE, other) >= threshold); at < others.length; at += 1) {
    const other = others[at] ?? Number.NaN;
    if (midpoint(BESIDE, other) !== threshold) break;
    found.add(midpoint(MISSING, other));
  }
  const [only = threshold] = found;
  return found.size > 1 || (only !== threshold && isMidpoint(threshold, others)) ? threshold : only;
}

function distinct(values: Float32Array): Float32Array {
  const sorted = values.sort();
  return sorted.filter((value, index) => value !== sorted[index - 1]);
}

/** The first position whose value, and every later one, holds; the length where none does. */
function firstWhere(values: Float32Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle] ?? Number.NaN)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** As XGBoost computes it. */
function midpoint(one: number, other: number): number {
  return Math.fround(Math.fround(one + other) / 2);
}

/**
 * Whether a threshold is halfway between any two of some values.
 *
 * @param values  ascending, each once
 */
function isMidpoint(threshold: number, values: Float32Array): boolean {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = midpoint(values[low] ?? 0, values[high] ?? 0);
    if (middle === threshold) return true;
    if (middle < threshold) low += 1;
    else high -= 1;
  }
  return false;
}
