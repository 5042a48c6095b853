import { nextUp } from "../next-up.ts";

/** A value that must not be sent, and the next float32 above it, which stands for it. */
interface Substitute {
  readonly from: number;
  readonly to: number;
}

export interface Spread {
  /** what is sent for a value, where it isn't the value itself */
  readonly moved: ReadonlyMap<number, number>;
  /** the threshold that the values themselves would have led to */
  readonly read: (threshold: number) => number;
}

/**
 * Moves values so that XGBoost of 2018 can divide between any two of them: it splits halfway, and where that is rounded to
 * the lower of two float32 neighbours both are on one side. The upper one is moved up, by a step or two, and what is above it
 * as long as it is in the way. Later versions take the upper one as the threshold instead, which is what `read` gives.
 *
 * @param found  a column's values in any order, without NaN; the array is sorted
 */
export function spread(found: Float32Array, { from, to }: Substitute): Spread {
  const values = distinct(found);
  const moved = new Map<number, number>();
  let below = Number.NaN;
  let hasNeighbours = false;
  const sent = values.map((value) => {
    let place = value === from ? to : value;
    while (place <= below || midpoint(below, place) === below) {
      place = nextUp(Math.max(place, below));
      hasNeighbours = true;
    }
    below = place;
    if (place !== value) moved.set(value, place);
    return place;
  });
  if (moved.size === 0) return { moved, read: (threshold) => threshold };

  const read = new Map<number, number>();
  const substituted = moved.has(from) ? meantBySubstitute(values, sent, { from, to }) : () => undefined;
  return {
    moved,
    read: (threshold) => {
      const known = read.get(threshold);
      if (known !== undefined) return known;
      const meant = substituted(threshold) ?? (hasNeighbours ? keptBetween(threshold, values, sent) : threshold);
      read.set(threshold, meant);
      return meant;
    },
  };
}

/**
 * A threshold halfway between the substitute and another value, as it is with the value that it stands for; undefined where it
 * is none, or where two other values may have made it as well.
 */
function meantBySubstitute(values: Float32Array, sent: Float32Array, { from, to }: Substitute) {
  const others = sent.filter((_, index) => values[index] !== from);
  const real = values.filter((value) => value !== from);
  return (threshold: number): number | undefined => {
    const found = new Set<number>();
    for (let at = firstWhere(others, (other) => midpoint(to, other) >= threshold); at < others.length; at += 1) {
      if (midpoint(to, others[at] ?? 0) !== threshold) break;
      found.add(dividing(from, real[at] ?? 0));
    }
    const [only] = found;
    return found.size > 1 || isMidpoint(threshold, others) ? undefined : only;
  };
}

/** The threshold itself where it has the same values below it as among those sent, or else the least value above it. */
function keptBetween(threshold: number, values: Float32Array, sent: Float32Array): number {
  const above = firstWhere(sent, (place) => place >= threshold);
  const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = [values[above - 1], values[above]];
  return threshold > low && threshold <= high ? threshold : high;
}

/** Halfway between two values, as XGBoost computes it. */
function midpoint(one: number, other: number): number {
  return Math.fround(Math.fround(one + other) / 2);
}

/** The threshold between two values as later versions choose it: the upper one where halfway is the lower one. */
function dividing(one: number, other: number): number {
  const middle = midpoint(one, other);
  return middle === Math.min(one, other) ? Math.max(one, other) : middle;
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

/** Ascending, each once. */
function distinct(values: Float32Array): Float32Array {
  const sorted = values.sort();
  return sorted.filter((value, index) => value !== sorted[index - 1]);
}

/** The first position whose value, and every later one, holds; the length where none does. */
function firstWhere(values: Float32Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
