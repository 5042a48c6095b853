import { counted } from "../cli/numbers.ts";
import { InputError } from "../errors.ts";
import type { Matrix } from "../matrix/matrix.ts";
import { type Forest, flattenTrees } from "./forest.ts";
import { type Link, type ModelTree, modelSchema } from "./model-schema.ts";
import { isUbjson } from "./ubjson.ts";

/** A model of XGBoost's that tells two classes apart, ready to score. */
export interface Booster {
  /** whether the leaves' sum is the log odds of churn, or its probability as it is */
  readonly link: Link;
  /** in the order of training; scoring finds columns by name */
  readonly featureNames: readonly string[];
  readonly treeCount: number;
  /** the margin (log odds, or the probability itself) before the first tree, float32 */
  readonly baseMargin: number;
  readonly forest: Forest;
}

/** A booster beside the trees that it was read from, which say more than scoring needs. */
export interface BoosterOfTrees {
  readonly booster: Booster;
  readonly trees: readonly ModelTree[];
}

/** Rows scored together: a tree's nodes and the rows' values stay in the processor's cache. */
const BLOCK_ROWS = 512;

/**
 * Reads a model in XGBoost's JSON format as any version from 1.7 to 3.4 writes it, and checks it: a file that is cut
 * short, damaged in its structure or of another kind must end here, not in a wrong score or an endless walk.
 *
 * @param text   the file
 * @param where  the file's name, for the message
 * @throws {InputError} what is wrong, and where in the file
 */
export function parseBooster(text: string, where: string): Booster {
  return boosterOf(parseModelJson(text, where), where);
}

/**
 * A model from what its file says, checked.
 *
 * @param value  the file's content, as JSON.parse gives it
 * @throws {InputError} likewise
 */
export function boosterOf(value: unknown, where: string): Booster {
  return boosterOfTrees(value, where).booster;
}

/**
 * The same, for who wants to explain the model as well.
 *
 * @param text  the file
 * @throws {InputError} likewise
 */
export function parseBoosterOfTrees(text: string, where: string): BoosterOfTrees {
  return boosterOfTrees(parseModelJson(text, where), where);
}

function boosterOfTrees(value: unknown, where: string): BoosterOfTrees {
  const { learner } = parseModel(value, where);
  const { trees, tree_info, gbtree_model_param } = learner.gradient_booster.model;
  const link = learner.objective.name;
  const featureNames = learner.feature_names;
  const { num_feature: featureCount, base_score: baseScore } = learner.learner_model_param;
  if (featureNames.length === 0) throw damaged(where, "the model doesn't name its features");
  if (featureNames.length !== featureCount) {
    throw damaged(where, `${counted(featureNames.length, "feature name")} for ${counted(featureCount, "feature")}`);
  }
  const seen = new Set<string>();
  const twice = featureNames.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw damaged(where, `feature ${twice} is named twice`);
  if (trees.length !== gbtree_model_param.num_trees || trees.length !== tree_info.length) {
    throw damaged(where, `${counted(trees.length, "tree")}, ${gbtree_model_param.num_trees} announced`);
  }
  // What XGBoost predicts without trees depends on its version.
  if (trees.length === 0) throw damaged(where, "it has no trees");
  const forest = flattenTrees(trees, featureCount);
  if (typeof forest === "string") throw damaged(where, forest);
  const baseMargin = link === "logistic" ? marginOf(baseScore) : Math.fround(baseScore);
  return { booster: { link, featureNames, treeCount: trees.length, baseMargin, forest }, trees };
}

/**
 * The sum of the leaves that each customer falls into, as log odds or by the model's own link, in float32 and in the trees' order: equal to the last
 * bit to what XGBoost computes.
 *
 * @param matrix  one float32 column a feature, found by name; further columns are ignored, NaN goes the split's default way
 * @param deadline  when it has to be done, as performance.now() counts
 * @returns       shape (rowCount,)
 * @throws {InputError} when the matrix lacks a feature of the model, or the time is over
 */
export function predictMargin(
  booster: Booster,
  matrix: Matrix,
  deadline: number = Number.POSITIVE_INFINITY,
): Float32Array {
  const margin = new Float32Array(matrix.rowCount).fill(booster.baseMargin);
  addTrees(margin, booster.forest, { columns: featureColumns(booster, matrix), roots: booster.forest.roots, deadline });
  return margin;
}

/**
 * The probabilities after each round of boosting: what the model would say if it had been cut there.
 *
 * @param treesARound  the model's num_parallel_tree
 * @returns            round by round, each of shape (rowCount,)
 * @throws {InputError} when the matrix lacks a feature of the model
 */
export function* probabilityByRound(booster: Booster, matrix: Matrix, treesARound: number): Generator<Float32Array> {
  const { forest, baseMargin } = booster;
  const columns = featureColumns(booster, matrix);
  const margin = new Float32Array(matrix.rowCount).fill(baseMargin);
  for (let first = 0; first < forest.roots.length; first += treesARound) {
    const roots = forest.roots.subarray(first, first + treesARound);
    addTrees(margin, forest, { columns, roots, deadline: Number.POSITIVE_INFINITY });
    yield logistic(margin.slice());
  }
}

/** Adds the leaves that each customer falls into to the margins, tree by tree. */
function addTrees(
  margin: Float32Array,
  forest: Forest,
  { columns, roots, deadline }: { columns: readonly Float32Array[]; roots: Int32Array; deadline: number },
): void {
  const width = columns.length;
  const block = new Float32Array(BLOCK_ROWS * width);
  for (let start = 0; start < margin.length; start += BLOCK_ROWS) {
    const part = margin.subarray(start, start + BLOCK_ROWS);
    for (const [index, column] of columns.entries()) {
      for (let row = 0; row < part.length; row += 1) block[row * width + index] = column[start + row] ?? Number.NaN;
    }
    addLeaves(part, forest, { values: block, width, roots, deadline });
  }
}

/**
 * Adds the leaves that some customers fall into to their margins, tree by tree.
 *
 * @param margin  as many rows as the processor's cache has room for; shape (rows,)
 * @throws {InputError} when the time is over
 */
function addLeaves(
  margin: Float32Array,
  { feature, value, left, right, missingGoesLeft }: Forest,
  { values, width, roots, deadline }: { values: Float32Array; width: number; roots: Int32Array; deadline: number },
): void {
  for (const root of roots) {
    requireTime(deadline);
    for (let row = 0; row < margin.length; row += 1) {
      const first = row * width;
      let node = root;
      let split = feature[node] ?? -1;
      while (split >= 0) {
        const found = values[first + split] ?? Number.NaN;
        const goesLeft = found < (value[node] ?? 0) || (Number.isNaN(found) && missingGoesLeft[node] === 1);
        node = (goesLeft ? left[node] : right[node]) ?? 0;
        split = feature[node] ?? -1;
      }
      margin[row] = (margin[row] ?? 0) + (value[node] ?? 0);
    }
  }
}

/**
 * The same as predictMargin, of rows.
 *
 * @param values  row after row, the model's features in order; shape (rows, features)
 * @param into    gets the margins; shape (rows,)
 * @throws {InputError} when the time is over
 */
export function marginOfRows(booster: Booster, values: Float32Array, into: Float32Array, deadline: number): void {
  const { forest, featureNames, baseMargin } = booster;
  const width = featureNames.length;
  into.fill(baseMargin);
  for (let start = 0; start < into.length; start += BLOCK_ROWS) {
    const part = into.subarray(start, start + BLOCK_ROWS);
    const rows = values.subarray(start * width, (start + part.length) * width);
    addLeaves(part, forest, { values: rows, width, roots: forest.roots, deadline });
  }
}

/** @throws {InputError} when a time is over, as performance.now() counts */
export function requireTime(deadline: number): void {
  if (performance.now() > deadline) throw new InputError("its trees take too long to be walked");
}

/** What sums of float32 may be beyond 0 and 1 where the leaves are shares of two classes. */
const ROUNDED = 1e-5;

/**
 * Each customer's probability of churn: 1 / (1 + exp(-margin)), every step in float32 as XGBoost takes it; or the sum of the
 * leaves itself, where that is what the model predicts.
 *
 * XGBoost's own figure may differ in the last two bits (1.2e-7), by its C library's exp.
 *
 * @param deadline  as for predictMargin
 * @returns from 0 to 1, shape (rowCount,)
 * @throws {InputError} when the matrix lacks a feature of the model, the time is over, or what the model predicts is no probability
 */
export function predictProbability(booster: Booster, matrix: Matrix, deadline?: number): Float32Array {
  return probabilityOf(booster, predictMargin(booster, matrix, deadline));
}

/**
 * Margins as probabilities, in their place.
 *
 * @throws {InputError} when what the model predicts is no probability
 */
export function probabilityOf({ link }: Booster, margins: Float32Array): Float32Array {
  return link === "logistic" ? logistic(margins) : withinBounds(margins);
}

function logistic(values: Float32Array): Float32Array {
  for (let row = 0; row < values.length; row += 1) {
    const margin = values[row] ?? Number.NaN;
    // 88.7 keeps exp within float32; the 1e-16 is XGBoost's, and nothing in float32.
    const exp = Math.fround(Math.exp(Math.fround(Math.min(-margin, Math.fround(88.7)))));
    values[row] = 1 / Math.fround(Math.fround(exp + 1) + 1e-16);
  }
  return values;
}

/** @throws {InputError} when a prediction is no probability */
function withinBounds(values: Float32Array): Float32Array {
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (!(value >= -ROUNDED && value <= 1 + ROUNDED)) {
      throw new InputError(
        `it predicts ${value.toPrecision(3)} for a customer, which is no probability`,
        "a model of reg:squarederror counts where its predictions are from 0 to 1; binary:logistic makes them so",
      );
    }
    values[row] = Math.min(Math.max(value, 0), 1);
  }
  return values;
}

/**
 * A matrix's columns in the order of the model's features, each of shape (rowCount,).
 *
 * @throws {InputError} when the matrix lacks one of them
 */
export function featureColumns(booster: Booster, { featureNames: given, columns }: Matrix): Float32Array[] {
  requireFeatures(booster, given);
  const byName = new Map(given.map((name, index) => [name, columns[index]]));
  return booster.featureNames.flatMap((name) => byName.get(name) ?? []);
}

/** @throws {InputError} when the customers' columns lack a feature of the model */
export function requireFeatures({ featureNames }: Booster, given: readonly string[]): void {
  const known = new Set(given);
  const missing = featureNames.filter((name) => !known.has(name));
  if (missing.length === 0) return;
  throw new InputError(
    `the customers lack ${missing.length === 1 ? "a column" : "columns"} that the model was trained on: ${missing.join(", ")}`,
    "a new model is trained without them",
  );
}

/** The nearest to 0 and to 1 that XGBoost 3 takes a base_score for: the log odds of those two are infinite. */
const NEAREST = Math.fround(1e-6);

/** log(p / (1 - p)), every step in float32 as XGBoost takes it. */
function marginOf(baseScore: number): number {
  const probability = Math.min(Math.max(Math.fround(baseScore), NEAREST), Math.fround(1 - NEAREST));
  const inverse = Math.fround(Math.fround(1 / probability) - 1);
  return -Math.fround(Math.log(inverse));
}

function parseModel(value: unknown, where: string) {
  const parsed = modelSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? "the file" : issue.path.join(".");
  throw damaged(where, `${place}: ${issue?.message ?? "not XGBoost's format"}`);
}

/** @throws {InputError} when the file is no whole JSON */
export function parseModelJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.startsWith("binf")) throw damaged(where, "it is in XGBoost's old binary format");
    if (isUbjson(Buffer.from(text.slice(0, 2)))) throw damaged(where, "it is in XGBoost's UBJSON format");
    throw damaged(where, `it isn't whole JSON (${counted(text.length, "character")})`, error);
  }
}

/** @param what  is wrong with the file */
export function damaged(where: string, what: string, cause?: unknown): InputError {
  return new InputError(
    `${where} can't be used: ${what}`,
    "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
    { cause },
  );
}
