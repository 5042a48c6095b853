import type { ModelVersion } from "./tracking.ts";

/**
 * The version in Production, or undefined. Two promotions at once, or one cut short, may leave several there for a moment:
 * then the highest number counts, which is the one that promotions converge on.
 */
export function productionVersion(versions: readonly ModelVersion[]): ModelVersion | undefined {
  return versions
    .filter(({ stage }) => stage === "Production")
    .reduce<ModelVersion | undefined>(
      (best, one) => (best === undefined || one.version > best.version ? one : best),
      undefined,
    );
}
