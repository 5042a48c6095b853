import { counted } from "../cli/numbers.ts";
import { suggestion } from "../cli/suggestions.ts";
import { UsageError } from "../errors.ts";
import type { Customers } from "../matrix/customers.ts";
import type { BoosterParameters, ConfiguredParameters } from "./parameters.ts";

/**
 * train.params in XGBoost's own words, for every engine alike: what churn.yaml says by a feature's name, or of the customers, is
 * said in numbers.
 *
 * @param customers  that are trained on
 * @throws {UsageError} when a constraint names a feature that there isn't
 */
export function resolveParameters(
  params: Readonly<ConfiguredParameters>,
  customers: Pick<Customers, "featureNames" | "rowCount" | "churned">,
): BoosterParameters {
  const { scale_pos_weight, monotone_constraints, interaction_constraints, ...rest } = params;
  const { featureNames } = customers;
  // A name that is there counts as given.
  const resolved: BoosterParameters = rest;
  if (scale_pos_weight !== undefined)
    resolved.scale_pos_weight = scale_pos_weight === "balanced" ? balanced(customers) : scale_pos_weight;
  if (monotone_constraints !== undefined)
    resolved.monotone_constraints = directionsOf(monotone_constraints, featureNames);
  if (interaction_constraints !== undefined)
    resolved.interaction_constraints = groupsOf(interaction_constraints, featureNames);
  return resolved;
}

/** The weight that lets those who churned count as much as those who stayed. One class alone is refused by trainable.ts. */
function balanced({ rowCount, churned }: Pick<Customers, "rowCount" | "churned">): number {
  return (rowCount - churned) / churned;
}

/**
 * (1,0,-1): a direction a feature, in order.
 *
 * @throws {UsageError} when one is for a feature that there isn't
 */
export function directionsOf(
  wanted: NonNullable<ConfiguredParameters["monotone_constraints"]>,
  featureNames: readonly string[],
): string {
  if (typeof wanted === "string") {
    const count = wanted.split(",").length;
    if (count <= featureNames.length) return wanted;
    throw new UsageError(
      `train.params.monotone_constraints has ${counted(count, "direction")} for ${counted(featureNames.length, "feature")}`,
      "name the features in churn.yaml, such as monotone_constraints: { tenure: -1 }",
    );
  }
  const byName = new Map(Object.entries(wanted));
  for (const name of byName.keys()) positionOf(name, featureNames, "monotone_constraints");
  return `(${featureNames.map((name) => byName.get(name) ?? 0).join(",")})`;
}

/** [[0,1],[2,3,4]]: groups of features by their numbers. @throws {UsageError} likewise */
export function groupsOf(
  wanted: NonNullable<ConfiguredParameters["interaction_constraints"]>,
  featureNames: readonly string[],
): string {
  const numbers = (typeof wanted === "string" ? listsOf(wanted) : wanted).map((group) =>
    group.map((feature) => positionOf(feature, featureNames, "interaction_constraints")),
  );
  return `[${numbers.map((group) => `[${group.join(",")}]`).join(",")}]`;
}

/** The groups of a text that parameters.ts has found to be one. */
function listsOf(text: string): number[][] {
  return text
    .slice(2, -2)
    .split("],[")
    .map((group) => group.split(",").map(Number));
}

/** A feature's number, by its name or by itself. */
function positionOf(feature: string | number, featureNames: readonly string[], parameter: string): number {
  const position = typeof feature === "number" ? feature : featureNames.indexOf(feature);
  if (position >= 0 && position < featureNames.length) return position;
  throw new UsageError(
    `train.params.${parameter}: there is no feature ${feature}`,
    typeof feature === "number"
      ? `there are ${counted(featureNames.length, "feature")}, the first one is 0`
      : suggestion(feature, featureNames),
  );
}
