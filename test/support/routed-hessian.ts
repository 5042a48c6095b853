import * as z from "zod";
import type { Matrix } from "../../src/lib/matrix/matrix.ts";
import { parseBooster } from "../../src/lib/model/booster.ts";

const sums = z.object({
  learner: z.object({
    gradient_booster: z.object({
      model: z.object({ trees: z.array(z.object({ sum_hessian: z.array(z.number()) })) }),
    }),
  }),
});

/**
 * How far apart training and scoring are about who goes where: each node's sum of p (1 - p), p being the probability before
 * its tree, as the library summed it up in training and as scoring's way through the tree sums it up.
 *
 * @param json  a model that was trained on the matrix, on all its rows, one tree a round
 * @returns     the largest difference of a node, as a share of the customers
 */
export function routedHessian(json: string, matrix: Matrix): number {
  const { forest, baseMargin } = parseBooster(json, "model.json");
  const trained = sums.parse(JSON.parse(json)).learner.gradient_booster.model.trees.flatMap((tree) => tree.sum_hessian);
  const routed = new Float64Array(trained.length);
  const margin = new Float32Array(matrix.rowCount).fill(baseMargin);
  for (const root of forest.roots) {
    for (let row = 0; row < matrix.rowCount; row += 1) {
      const probability = 1 / (1 + Math.exp(-(margin[row] ?? 0)));
      const hessian = probability * (1 - probability);
      let node = root;
      for (;;) {
        routed[node] = (routed[node] ?? 0) + hessian;
        const value = matrix.columns[forest.feature[node] ?? -1]?.[row];
        if (value === undefined) break;
        const goesLeft =
          value < (forest.value[node] ?? 0) || (Number.isNaN(value) && forest.missingGoesLeft[node] === 1);
        node = (goesLeft ? forest.left[node] : forest.right[node]) ?? 0;
      }
      margin[row] = (margin[row] ?? 0) + (forest.value[node] ?? 0);
    }
  }
  return trained.reduce((most, sum, node) => Math.max(most, Math.abs(sum - (routed[node] ?? 0))), 0) / matrix.rowCount;
}
