import type { Matrix } from "../../matrix/matrix.ts";
import { featureColumns } from "../booster.ts";
import type { Forest } from "../forest.ts";
import { LEAST_SHARE, type ShapPlan, type TreePlan } from "./shap-plan.ts";

/** How far each feature moved each customer's margin, in log odds. */
export interface Contributions {
  readonly rowCount: number;
  /** shape (rowCount, features + 1), row after row, features in the model's order; the last column is the bias, the same in every row */
  readonly values: Float64Array;
}

/** Of each of the lists that a walk keeps: two megabytes, however deep a tree is. */
const BLOCK_NUMBERS = 250_000;

/**
 * SHAP values with the trees' own covers as the background (path-dependent): what XGBoost's pred_contribs gives, to 1e-5.
 * They and the bias sum to the margin.
 *
 * A feature's value is the mean, over all orders of the features on a path, of what knowing it changes; what is not known goes
 * both ways, by the share of train customers. In a leaf's part of it each other feature j gives a factor, 1 or 0 (o) where it is
 * known and a share (z) where it isn't, and the mean over all orders is the integral over t from 0 to 1 of the product of
 * o × t + z × (1 − t). That is a polynomial, so a Gauss-Legendre rule of half as many points as there are features is exact.
 * Nothing is subtracted and undone again on the way, so deep trees lose no digits, and each node is visited once.
 *
 * @param matrix  one float32 column a feature, found by name; NaN goes the split's default way
 * @throws {InputError} when the matrix lacks a feature of the model
 */
export function shapContributions({ booster, trees, bias }: ShapPlan, matrix: Matrix): Contributions {
  const columns = featureColumns(booster, matrix);
  const width = columns.length + 1;
  const values = new Float64Array(matrix.rowCount * width);
  for (let row = 0; row < matrix.rowCount; row += 1) values[row * width + width - 1] = bias;
  for (const tree of trees) {
    const numbersOfRow = (tree.levels + 1) * tree.rule.at.length;
    const most = Math.max(1, Math.floor(BLOCK_NUMBERS / numbersOfRow));
    for (let start = 0; start < matrix.rowCount; start += most) {
      const rows = Math.min(most, matrix.rowCount - start);
      const block = columns.map((column) => column.subarray(start, start + rows));
      addTree(new Walk(booster.forest, tree, block, rows), values.subarray(start * width));
    }
  }
  return { rowCount: matrix.rowCount, values };
}

function addTree(walk: Walk, into: Float64Array): void {
  const { depth, node } = walk.tree;
  let level = 0;
  walk.arrive(0);
  for (let index = 1; index < node.length; index += 1) {
    const next = depth[index] ?? 0;
    for (; level >= next; level -= 1) walk.leave(level, into);
    level = next;
    walk.take(index);
    walk.arrive(index);
  }
  for (; level > 0; level -= 1) walk.leave(level, into);
}

/** A tree's nodes are visited once for a block of rows. What is noted holds for the path to the present node, depth by depth. */
class Walk {
  readonly tree: TreePlan;
  private readonly forest: Forest;
  private readonly columns: readonly Float32Array[];
  private readonly rows: number;
  private readonly points: number;
  private readonly node: Int32Array;
  private readonly earlier: Int32Array;
  private readonly share: Float64Array;
  /** by depth and row: 1 where the customer takes this branch and the earlier ones of its feature */
  private readonly taken: Uint8Array;
  /** by depth and row: 1 where the customer goes left below */
  private readonly goesLeft: Uint8Array;
  /** by depth, row and point: 1 / (o × t + z × (1 − t)) of the branch's feature, where the branch is taken */
  private readonly inverse: Float64Array;
  /** likewise: (o − z) / (o × t + z × (1 − t)), what knowing the feature changes, relative to its factor */
  private readonly change: Float64Array;
  /** likewise: the product of the factors of all features on the path */
  private readonly product: Float64Array;
  /** likewise: value × product of the leaves below */
  private readonly sum: Float64Array;

  /** @param columns  each of shape (rows,), by the model's features */
  constructor(forest: Forest, tree: TreePlan, columns: readonly Float32Array[], rows: number) {
    this.forest = forest;
    this.tree = tree;
    this.columns = columns;
    this.rows = rows;
    const depths = tree.levels + 1;
    this.points = tree.rule.at.length;
    const numbers = depths * rows * this.points;
    this.node = new Int32Array(depths);
    this.earlier = new Int32Array(depths);
    this.share = new Float64Array(depths).fill(1);
    this.taken = new Uint8Array(depths * rows).fill(1);
    this.goesLeft = new Uint8Array(depths * rows);
    this.inverse = new Float64Array(numbers).fill(1);
    this.change = new Float64Array(numbers);
    this.product = new Float64Array(numbers).fill(1);
    this.sum = new Float64Array(numbers);
  }

  /** Goes down the branch that leads to a node. */
  take(index: number): void {
    const { points, rows, taken, goesLeft, inverse, change, product } = this;
    const { at } = this.tree.rule;
    const depth = this.tree.depth[index] ?? 0;
    const earlier = this.tree.earlier[index] ?? 0;
    const share = this.tree.share[index] ?? 0;
    const ratio = share / (this.share[earlier] ?? 1);
    const side = this.forest.left[this.node[depth - 1] ?? 0] === this.tree.node[index] ? 1 : 0;
    this.earlier[depth] = earlier;
    this.share[depth] = share;
    for (let row = 0; row < rows; row += 1) {
      const here = (depth * rows + row) * points;
      const above = here - rows * points;
      const before = (earlier * rows + row) * points;
      const wasTaken = taken[earlier * rows + row] === 1;
      const isTaken = wasTaken && goesLeft[(depth - 1) * rows + row] === side;
      taken[depth * rows + row] = isTaken ? 1 : 0;
      if (isTaken) {
        for (let point = 0; point < points; point += 1) {
          const t = at[point] ?? 0;
          const factor = t + share * (1 - t);
          const one = 1 / factor;
          inverse[here + point] = one;
          change[here + point] = (1 - share) * one;
          product[here + point] = (product[above + point] ?? 0) * factor * (inverse[before + point] ?? 1);
        }
      } else if (share < LEAST_SHARE) {
        // A way that neither this customer nor any train customer takes has no part in anything.
        for (let point = 0; point < points; point += 1) product[here + point] = 0;
      } else if (wasTaken) {
        for (let point = 0; point < points; point += 1) {
          const rest = 1 - (at[point] ?? 0);
          change[here + point] = -1 / rest;
          product[here + point] = (product[above + point] ?? 0) * share * rest * (inverse[before + point] ?? 1);
        }
      } else {
        // The feature's way was left further up already: what knowing it changes stays as it is.
        for (let point = 0; point < points; point += 1) product[here + point] = (product[above + point] ?? 0) * ratio;
      }
    }
  }

  /** A leaf's value, or where each row goes on. */
  arrive(index: number): void {
    const { points, rows, product, sum } = this;
    const node = this.tree.node[index] ?? 0;
    const depth = this.tree.depth[index] ?? 0;
    const value = this.forest.value[node] ?? 0;
    const split = this.forest.feature[node] ?? -1;
    const start = depth * rows * points;
    this.node[depth] = node;
    for (let at = start; at < start + rows * points; at += 1) sum[at] = split < 0 ? value * (product[at] ?? 0) : 0;
    const column = this.columns[split];
    if (column === undefined) return;
    const missingGoesLeft = this.forest.missingGoesLeft[node] === 1;
    for (let row = 0; row < rows; row += 1) {
      const found = column[row] ?? Number.NaN;
      this.goesLeft[depth * rows + row] = found < value || (Number.isNaN(found) && missingGoesLeft) ? 1 : 0;
    }
  }

  /**
   * Hands a branch's sum on, and adds what it tells beyond the earlier branch of its feature.
   *
   * @param into  the rows' contributions; shape (rows, features + 1)
   */
  leave(depth: number, into: Float64Array): void {
    const { points, rows, change, sum } = this;
    const { weight } = this.tree.rule;
    const earlier = this.earlier[depth] ?? 0;
    const isNobodys = (this.share[depth] ?? 0) < LEAST_SHARE;
    const split = this.forest.feature[this.node[depth - 1] ?? 0] ?? 0;
    const width = this.columns.length + 1;
    for (let row = 0; row < rows; row += 1) {
      if (isNobodys && this.taken[depth * rows + row] === 0) continue;
      const here = (depth * rows + row) * points;
      const above = here - rows * points;
      const before = (earlier * rows + row) * points;
      for (let point = 0; point < points; point += 1)
        sum[above + point] = (sum[above + point] ?? 0) + (sum[here + point] ?? 0);
      if (this.taken[earlier * rows + row] === 0) continue;
      let moved = 0;
      for (let point = 0; point < points; point += 1)
        moved +=
          (weight[point] ?? 0) *
          (sum[here + point] ?? 0) *
          ((change[here + point] ?? 0) - (change[before + point] ?? 0));
      into[row * width + split] = (into[row * width + split] ?? 0) + moved;
    }
  }
}
