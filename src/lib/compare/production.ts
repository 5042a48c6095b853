import type { Database } from "../duckdb/database.ts";
import { ChurnError, NewerVersionError } from "../errors.ts";
import { evaluate } from "../model/evaluation.ts";
import { sameMeaning, targetText } from "../prepare/label.ts";
import type { Preprocessing } from "../prepare/preprocessing.ts";
import { MODEL_JSON, modelDigest, PREPROCESSING_JSON } from "../tracking/model-files.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion, Tracking } from "../tracking/tracking.ts";
import { type OpenedModel, openModel, otherSplit, scoreTestCustomers } from "./champion.ts";
import type { ComparisonReport } from "./report.ts";
import type { Champion } from "./rule.ts";
import type { TestCustomers } from "./test-customers.ts";

/** The version in Production, its files read as far as they can be. */
export interface OpenedProduction {
  readonly version: number;
  readonly model: OpenedModel | undefined;
  readonly digest: string | null;
  /** its own, frozen when it was registered */
  readonly threshold: number;
  readonly recordedF1: number | null;
  /** why it can't be scored */
  readonly problem: string | undefined;
}

/** What compare needs of production: for the rule, and for the record. */
export interface JudgedProduction {
  readonly verdict: Champion;
  readonly report: NonNullable<ComparisonReport["production"]>;
}

/**
 * Reads the model in Production. A model that can't be read is no error here: it is an outcome of the comparison, so that an
 * old champion never blocks every newcomer.
 *
 * @param fallbackThreshold  for a version that says none: somebody else registered it
 * @throws {ServiceError} when the registry itself can't be reached
 * @throws {NewerVersionError} when a newer churn trained the model: it is sound, and nothing here can say how good it is
 */
export async function openProduction(
  tracking: Tracking,
  production: ModelVersion,
  fallbackThreshold: number,
): Promise<OpenedProduction> {
  const { version } = production;
  const known = {
    version,
    threshold: numberTag(production, tags.threshold) ?? fallbackThreshold,
    recordedF1: numberTag(production, tags.f1),
  };
  try {
    const files = await tracking.downloadModel(production);
    const model = openModel(files.get(MODEL_JSON), files.get(PREPROCESSING_JSON), `version ${version}`);
    const digest = modelDigest(files);
    const registered = production.tag(tags.modelDigest);
    if (registered !== undefined && registered !== digest) {
      return {
        ...known,
        model: undefined,
        digest,
        problem: `its files were changed since version ${version} was registered`,
      };
    }
    return { ...known, model, digest, problem: undefined };
  } catch (error) {
    // A person has to install that churn again; going on would let the newcomer win without an opponent.
    if (error instanceof NewerVersionError) throw error;
    if (error instanceof ChurnError) return { ...known, model: undefined, digest: null, problem: error.message };
    throw error;
  }
}

/** Scores production on the test customers and says what that means for the newcomer. */
export async function judgeProduction(
  db: Database,
  production: OpenedProduction,
  today: {
    readonly customers: string;
    readonly recipe: Preprocessing;
    readonly testCustomers: TestCustomers;
    readonly digest: string;
  },
): Promise<JudgedProduction> {
  const { version, threshold, recordedF1, digest, model } = production;
  const report = { version, model_digest: digest, threshold, recorded_f1: recordedF1 };
  const unscorable = (problem: string): JudgedProduction => ({
    verdict: { version, kind: "unscorable", problem },
    report: { ...report, metrics: null, problem },
  });
  if (model === undefined) return unscorable(production.problem ?? "its files can't be read");
  const [was, is] = [model.recipe.dataset.target, today.recipe.dataset.target];
  if (!sameMeaning(was, is)) return unscorable(`it predicts ${targetText(was)}, today's is ${targetText(is)}`);

  let probability: Float32Array;
  try {
    const { testCustomers, customers, recipe } = today;
    probability = await scoreTestCustomers(db, model, {
      customers,
      rows: recipe.dataset,
      testCustomers,
      where: `version ${version}`,
    });
  } catch (error) {
    if (error instanceof ChurnError) return unscorable(error.message);
    throw error;
  }
  const { metrics } = evaluate(today.testCustomers.yTrue, probability, threshold);
  const identical =
    digest === today.digest || probability.every((value, row) => value === today.testCustomers.probability[row]);
  const sawTest = otherSplit(model.recipe.split, today.recipe.split);
  return {
    verdict: { version, kind: "scored", f1: metrics.f1, identical, sawTest },
    report: { ...report, metrics, problem: sawTest ?? null },
  };
}

function numberTag(version: ModelVersion, tag: string): number | null {
  const value = Number(version.tag(tag) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}
