import type { TreeNode } from "../../model/model-json.ts";
import type { TreeMethod } from "../defaults.ts";
import type { ColumnFacts } from "./column-facts.ts";
import { spread } from "./spread.ts";

/** The one value that ml-xgboost takes for a missing one. */
const MISSING = -1;
/** What stands for a real -1 meanwhile: the next float32 above it. */
const BESIDE = Math.fround(-1 + 2 ** -24);
/** What later versions of XGBoost add to the bounds of a column's values, so that a bound is beyond the value. */
const BEYOND = Math.fround(1e-5);

/** A column as the library takes it, and the way back. */
export interface SentColumn {
  /** Without NaN; the column itself where nothing is replaced. Shape (rowCount,) */
  readonly sent: Float32Array;
  /**
   * The threshold of a split on this column as it would be if the library had seen the column as it is. Every customer of
   * training goes the same way; it is made for values that come in scoring.
   */
  readonly threshold: (split: Pick<TreeNode, "value" | "missingGoesLeft">) => number;
}

/**
 * What is sent for a column: -1 for NaN, and for a real -1 its neighbour, which leaves every tree as it is. Trees depend on the
 * order of values alone, so neighbours in float32 are moved apart where the library can't divide them (spread.ts).
 *
 * Two kinds of column hist of 2018 can't take: one without any value, and zeros among missing values, which it puts into a
 * bin from 0 to 0 with both on one side. Ones are sent for either.
 *
 * @param column  shape (rowCount,), NaN where a value is missing
 */
export function sendColumn(column: Float32Array, facts: ColumnFacts, method: TreeMethod): SentColumn {
  const { missing, hasMinusOne, min, max, few } = facts;
  const hist = method === "hist";
  if (hist && missing === column.length) return { sent: column.map(() => 1), threshold: ({ value }) => value };
  if (hist && missing > 0 && min === 0 && max === 0) {
    return {
      sent: column.map((value) => (Number.isNaN(value) ? MISSING : 1)),
      threshold: ({ missingGoesLeft }) => (missingGoesLeft ? -BEYOND : BEYOND),
    };
  }

  // hist divides between values where there are few, and at a value otherwise; approx below one.
  const between = method === "exact" || (hist && few !== undefined);
  const { moved, read } = between
    ? spread(few ?? column.filter((value) => !Number.isNaN(value)), { from: MISSING, to: BESIDE })
    : { moved: new Map(hasMinusOne ? [[MISSING, BESIDE]] : []), read: (value: number) => value };
  const bounds = new Map<number, number>();
  if (hist && hasMinusOne) {
    bounds.set(BESIDE, MISSING);
    // The bound below the least value is as far from it as that is from 0.
    if (min === MISSING) bounds.set(2 * BESIDE, 2 * MISSING);
  }
  return {
    sent:
      missing === 0 && moved.size === 0
        ? column
        : column.map((value) => (Number.isNaN(value) ? MISSING : (moved.get(value) ?? value))),
    threshold: ({ value, missingGoesLeft }) => {
      // The sum of two values was beyond float32: nobody is on the other side, whatever the gain was reckoned for.
      if (!Number.isFinite(value)) return value;
      // The bound above the largest value, |max| more, is no more than it where it is 0.
      if (hist && max <= 0 && value === 0 && !missingGoesLeft) return BEYOND;
      return bounds.get(value) ?? read(value);
    },
  };
}
