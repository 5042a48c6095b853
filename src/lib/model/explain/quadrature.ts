/** Where a function is taken, and with which weight, for its integral. */
export interface Quadrature {
  readonly at: Float64Array;
  readonly weight: Float64Array;
}

/** Newton's steps towards a root; four or five are enough. */
const MOST_STEPS = 50;

/**
 * The Gauss-Legendre rule on [0, 1]: exact, up to rounding, for polynomials up to degree 2 × points − 1. No point is 0 or 1.
 */
export function gaussLegendre(points: number): Quadrature {
  const at = new Float64Array(points);
  const weight = new Float64Array(points);
  for (let index = 0; index < points; index += 1) {
    let root = Math.cos((Math.PI * (index + 0.75)) / (points + 0.5));
    let { value, slope } = legendre(points, root);
    for (let step = 0; step < MOST_STEPS && Math.abs(value / slope) > Number.EPSILON; step += 1) {
      root -= value / slope;
      ({ value, slope } = legendre(points, root));
    }
    at[index] = (1 + root) / 2;
    weight[index] = 1 / ((1 - root * root) * slope * slope);
  }
  return { at, weight };
}

/** Legendre's polynomial of a degree from 1 on, and its derivative, within (-1, 1). */
function legendre(degree: number, x: number): { readonly value: number; readonly slope: number } {
  let [before, value] = [1, x];
  for (let n = 2; n <= degree; n += 1) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
  return { value, slope: (degree * (x * value - before)) / (x * x - 1) };
}
