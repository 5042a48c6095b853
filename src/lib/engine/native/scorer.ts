import { putRows } from "../../matrix/rows.ts";
import { featureColumns } from "../../model/booster.ts";
import type { Explainer } from "../../model/explain/explainer.ts";
import type { FeatureImportance } from "../../model/explain/importance.ts";
import { levelsOf } from "../../model/forest.ts";
import { writeModelUbjson } from "../../model/model-ubjson.ts";
import type { ScoredModel, Scorer } from "../../model/scorer.ts";
import type { Library } from "./library.ts";
import { type NativeImportance, type ScoringThread, startScoringThread } from "./scoring-thread.ts";

/** Rows that the library's threads divide between them: fewer, and they spend their time on waking up. */
const MOST_ROWS = 16_384;
/** A block of these takes a core a quarter of a second: nothing ends the library's work when the time is over. */
const MOST_STEPS = 50_000_000;

/**
 * libxgboost, in a thread of its own that has the model.
 *
 * @throws {ScoringFailure} when the library fails
 */
export async function openNativeScorer(
  { file, version }: Library,
  { booster, statistics }: ScoredModel,
  threads: number,
): Promise<Scorer> {
  const starting = startScoringThread(file);
  // Meanwhile.
  const model = writeModelUbjson(booster, statistics);
  const thread = await starting;
  try {
    await thread.load(model, threads);
  } catch (error) {
    await thread[Symbol.asyncDispose]();
    throw error;
  }
  const features = booster.featureNames.length;
  const levels = levelsOf(booster.forest).reduce((sum, one) => sum + one, 0);
  return {
    booster,
    blockRows: Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_STEPS / Math.max(1, levels)))),
    margins: (values, into) => thread.margins({ values, rowCount: into.length, features }, into),
    explainer: statistics && explainerOf(thread, booster, `XGBoost ${version} (libxgboost)`),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}

function explainerOf(thread: ScoringThread, booster: ScoredModel["booster"], name: string): Explainer {
  return {
    name,
    contributions: async (matrix) => {
      const { rowCount } = matrix;
      const columns = featureColumns(booster, matrix);
      const values = new Float32Array(rowCount * columns.length);
      putRows(columns, { start: 0, size: rowCount }, values);
      const contributions = await thread.contributions({ values, rowCount, features: columns.length });
      return { rowCount, values: Float64Array.from(contributions) };
    },
    importance: async () => importanceOf(await thread.importance(), booster.featureNames),
  };
}

/** By the features' names, in the model's order. */
function importanceOf(
  { weight, gain, cover }: NativeImportance,
  featureNames: readonly string[],
): readonly FeatureImportance[] {
  const [weights, gains, covers] = [weight, gain, cover].map(
    (scores) => new Map(scores.map(({ feature, score }) => [feature, score])),
  );
  return featureNames.flatMap((feature, index) => {
    const splits = weights?.get(index);
    if (splits === undefined) return [];
    return [{ feature, weight: splits, gain: gains?.get(index) ?? 0, cover: covers?.get(index) ?? 0 }];
  });
}
