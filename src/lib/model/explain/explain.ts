import type { Matrix } from "../../matrix/matrix.ts";
import type { Booster, BoosterOfTrees } from "../booster.ts";
import { inItsPlace, ScoringFailure } from "../scorer.ts";
import type { Explainer } from "./explainer.ts";
import type { Importance, Shap } from "./format.ts";
import { importanceOf } from "./importance.ts";
import { type NodeStatistics, nodeStatistics } from "./node-statistics.ts";
import { planShap, type ShapPlan } from "./shap-plan.ts";
import { type Contributions, shapContributions } from "./tree-shap.ts";

/** Customers whose predictions are explained, at most. */
const MOST_ROWS = 128;
/** A mean over fewer would be close to a customer's own figures. */
const LEAST_ROWS = 10;
/** A step takes some 15 ns: two seconds in all. 100 trees of depth 5 take 11,000 a row, which is 20 ms for 128 rows. */
const MOST_STEPS = 100_000_000;
/** Further ones depend on the order in which sums are taken. */
const DIGITS = 6;

/** Levels of trees that a library explains: it undoes steps by subtraction, in float32, and loses digits on long paths. */
const MOST_LEVELS = 16;

/** What a model goes by. */
export interface Explanation {
  /** null where the model doesn't say it */
  readonly importance: Importance | null;
  /** null where it can't be computed, and where the customers are fewer than ten */
  readonly shap: Shap | null;
  /** null where there is neither */
  readonly explained_by: string | null;
  /** why the model can't be explained, as half a sentence */
  readonly problem: string | undefined;
}

/** What is known of an explanation before any customer is looked at. */
export interface ExplanationPlan {
  readonly booster: Booster;
  /** undefined where the model doesn't say them */
  readonly statistics: NodeStatistics | undefined;
  /** undefined where SHAP values can't be computed */
  readonly shap: ShapPlan | undefined;
  /** customers to explain, at most */
  readonly rows: number;
  /** that explaining them takes our own code */
  readonly steps: number;
  /** why the model can't be explained, as half a sentence */
  readonly problem: string | undefined;
}

/**
 * Plans how a model is explained.
 *
 * A model that can't be explained is no failure. The work is bounded, whatever the trees are: a large model is explained by
 * fewer customers, one that is too large by none.
 */
export function planExplanation(model: BoosterOfTrees): ExplanationPlan {
  const { booster } = model;
  const statistics = nodeStatistics(model);
  const nothing = { booster, shap: undefined, rows: 0, steps: 0 };
  if (typeof statistics === "string") return { ...nothing, statistics: undefined, problem: statistics };
  const shap = planShap(booster, statistics);
  if (typeof shap === "string") return { ...nothing, statistics, problem: shap };
  const rows = Math.min(MOST_ROWS, Math.floor(MOST_STEPS / shap.rowSteps));
  if (rows < LEAST_ROWS) return { ...nothing, statistics, problem: "its trees are too large" };
  return { booster, statistics, shap, rows, steps: rows * shap.rowSteps, problem: undefined };
}

/**
 * Explains a model by its trees and by what moves its predictions of some customers, of whom the means alone are given.
 *
 * @param sample     gives so many customers, or all where there are fewer
 * @throws {InputError} when the customers lack a feature of the model
 */
export async function explainModel(
  plan: ExplanationPlan,
  sample: (rows: number) => Promise<Matrix>,
  { explainer, hear = () => {} }: Help = {},
): Promise<Explanation> {
  const { statistics, shap, rows, problem } = plan;
  if (statistics === undefined) return { importance: null, shap: null, explained_by: null, problem };
  const matrix = shap && (await sample(rows));
  const isEnough = matrix !== undefined && matrix.rowCount >= LEAST_ROWS;
  const known = { ...plan, statistics, matrix: isEnough ? matrix : undefined };
  if (!isEnough || explainer === undefined || !suits(plan, matrix)) return explain(known);
  try {
    return await explain(known, explainer);
  } catch (error) {
    if (!(error instanceof ScoringFailure)) throw error;
    hear(inItsPlace(error));
    return explain(known);
  }
}

/** A library that has the model at hand explains what it is as exact at; that it has failed somebody hears in a sentence. */
interface Help {
  readonly explainer?: Explainer | undefined;
  readonly hear?: (sentence: string) => void;
}

/** By a library, or by our own code. @param matrix  undefined where there are too few customers */
async function explain(
  {
    booster,
    statistics,
    shap,
    matrix,
    problem,
  }: ExplanationPlan & { readonly statistics: NodeStatistics; readonly matrix: Matrix | undefined },
  library?: Explainer,
): Promise<Explanation> {
  const explained_by = library?.name ?? "churn";
  const importance = (library === undefined ? importanceOf(booster, statistics) : await library.importance())
    .map(({ feature, gain, weight, cover }) => ({ feature, gain: rounded(gain), weight, cover: rounded(cover) }))
    .sort((a, b) => b.gain - a.gain);
  const without = { importance, shap: null, explained_by };
  if (shap === undefined || matrix === undefined) return { ...without, problem };
  const contributions = library === undefined ? shapContributions(shap, matrix) : await library.contributions(matrix);
  if (!contributions.values.every(Number.isFinite)) return { ...without, problem: "its SHAP values are not finite" };
  const used = new Set(importance.map(({ feature }) => feature));
  return { ...without, shap: summaryOf(contributions, booster.featureNames, used), problem };
}

/** Whether a library explains a model as exactly as we do: it takes no infinite value, and divides by covers. */
function suits({ shap, statistics }: ExplanationPlan, { columns }: Matrix): boolean {
  const isShallow = shap?.trees.every(({ levels }) => levels <= MOST_LEVELS) ?? false;
  const hasCovers = shap?.trees.every(({ node }) => node.every((one) => (statistics?.cover[one] ?? 0) > 0)) ?? false;
  return (
    isShallow &&
    hasCovers &&
    !columns.some((column) => column.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY))
  );
}

function summaryOf(
  { rowCount, values }: Contributions,
  featureNames: readonly string[],
  used: ReadonlySet<string>,
): Shap {
  const width = featureNames.length + 1;
  const features = featureNames.map((feature, index) => {
    let sum = 0;
    for (let row = 0; row < rowCount; row += 1) sum += Math.abs(values[row * width + index] ?? 0);
    return { feature, mean_abs: rounded(sum / rowCount) };
  });
  return {
    rows: rowCount,
    bias: rounded(values[width - 1] ?? 0),
    features: features.filter(({ feature }) => used.has(feature)).sort((a, b) => b.mean_abs - a.mean_abs),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
