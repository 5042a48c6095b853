import { visibleLine } from "../cli/visible.ts";
import type { Database } from "../duckdb/database.ts";
import { refusalOf } from "../duckdb/errors.ts";
import { withinSeconds } from "../duckdb/time-limit.ts";
import { ChurnError, isInTheWay } from "../errors.ts";
import { evaluate } from "../model/evaluation.ts";
import type { Scoring } from "../model/scorer.ts";
import { sameMeaning, targetText } from "../prepare/label.ts";
import type { Preprocessing } from "../prepare/preprocessing.ts";
import { MODEL_JSON, modelDigestIfWhole, PREPROCESSING_JSON } from "../tracking/model-files.ts";
import { contentOf, isChurns, restoring, thresholdOf } from "../tracking/registered-content.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion, Tracking } from "../tracking/tracking.ts";
import { type OpenedModel, openModel, otherSplit, scoreTestCustomers } from "./champion.ts";
import { type Features, type ForeignModel, openForeignModel, scoreByName } from "./foreign.ts";
import type { ComparisonReport } from "./report.ts";
import type { Champion } from "./rule.ts";
import type { TestCustomers } from "./test-customers.ts";
import { seenByColumn, type TrainedOn } from "./trained-on.ts";

/** Letters of a sentence on what is wrong with the model in production. */
const LONGEST_PROBLEM = 600;

/** The version in Production, its files read as far as they can be. */
export interface OpenedProduction {
  readonly version: number;
  readonly model: OpenedModel | ForeignModel | undefined;
  readonly digest: string | null;
  /** its own, frozen when it was registered; null where that isn't known */
  readonly threshold: number | null;
  readonly recordedF1: number | null;
  /** why it can't be scored */
  readonly problem: string | undefined;
  /** how it may be had back, where it isn't what churn registered */
  readonly remedy: string | undefined;
  /** what was read of it by other means than its tags, as a sentence */
  readonly mended: string | undefined;
}

/** A version that was in production on an older night's date, and isn't in the registry any more. */
export function lostProduction(version: number): OpenedProduction {
  return {
    version,
    model: undefined,
    digest: null,
    threshold: null,
    recordedF1: null,
    problem: "it isn't in the registry any more",
    remedy: undefined,
    mended: undefined,
  };
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
 * @throws {UsageError} when what holds its files lets nobody in, or isn't there: a setting, a right or credentials are wrong
 * @throws {FailingServiceError} when it fails, or can't be reached
 * @throws {NewerVersionError} when a newer churn trained the model: it is sound, and nothing here can say how good it is
 */
export async function openProduction(
  tracking: Tracking,
  production: ModelVersion,
  fallbackThreshold: number,
): Promise<OpenedProduction> {
  const { version } = production;
  let known: OpenedProduction = { ...lostProduction(version), problem: undefined };
  try {
    const ownThreshold =
      thresholdOf(production.tag(tags.threshold)) ?? (isChurns(production) ? null : fallbackThreshold);
    known = { ...known, threshold: ownThreshold, recordedF1: shareTag(production, tags.f1) };
    const files = await tracking.downloadModel(production);
    const { damage, mended, threshold = ownThreshold } = await contentOf(tracking, production, files);
    const found = { ...known, threshold, mended, digest: modelDigestIfWhole(files) ?? null };
    if (damage !== undefined) return { ...found, problem: damage, remedy: restoring(production) };
    const where = `version ${version}`;
    const recipe = files.get(PREPROCESSING_JSON);
    const model =
      recipe === undefined
        ? { booster: openForeignModel(files, where), recipe: undefined }
        : openModel(files.get(MODEL_JSON), recipe, where);
    if (threshold === null) return { ...found, problem: `its tag ${tags.threshold} is damaged` };
    return { ...found, model };
  } catch (error) {
    // It tells nothing of the model, and going on would let the newcomer win without an opponent: a server that fails now may answer a
    // while later; a right, a bucket's name or the newer churn that trained the model is a person's to mend.
    if (isInTheWay(error)) throw error;
    if (error instanceof ChurnError) return { ...known, problem: error.message };
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
    /** of the test side, for a model that has no preprocessing of its own */
    readonly features: Features;
    /** the customers that the model in production was trained on */
    readonly trained: TrainedOn;
    /** compare.trust_split */
    readonly trustsSplit: boolean;
    /** how long it may take */
    readonly limitSeconds: number;
    readonly scoring: Scoring;
  },
): Promise<JudgedProduction> {
  const { version, threshold, recordedF1, digest, model, remedy } = production;
  const report = { version, model_digest: digest, threshold, recorded_f1: recordedF1 };
  const unscorable = (found: string): JudgedProduction => {
    // Names from its files and the registry's addresses stand in it.
    const problem = visibleLine(found, LONGEST_PROBLEM);
    return {
      verdict:
        remedy === undefined
          ? { version, kind: "unscorable", problem }
          : { version, kind: "damaged", problem, remedy: visibleLine(remedy, LONGEST_PROBLEM) },
      report: { ...report, metrics: null, problem },
    };
  };
  if (model === undefined || threshold === null) return unscorable(production.problem ?? "its files can't be read");
  const { booster, recipe: own } = model;
  if (own !== undefined) {
    const [was, is] = [own.dataset.target, today.recipe.dataset.target];
    if (!sameMeaning(was, is)) return unscorable(`it predicts ${targetText(was)}, today's is ${targetText(is)}`);
  }

  const { testCustomers, customers, recipe, features, trained, trustsSplit, limitSeconds, scoring } = today;
  const where = `version ${version}`;
  const rows = recipe.dataset;
  // Before anything of its own is followed: from then on DuckDB reads no other file.
  const sawTest =
    own === undefined
      ? unknownSplit(trustsSplit, recipe.split)
      : (otherSplit(own.split, recipe.split) ?? (await seenByColumn(db, own, { path: trained, trusts: trustsSplit })));
  let probability: Float32Array;
  try {
    probability = await withinSeconds(db, limitSeconds, `scoring ${where}`, (deadline) =>
      own === undefined
        ? scoreByName(db, booster, { features, testCustomers, where, scoring, deadline })
        : scoreTestCustomers(
            db,
            { booster, recipe: own },
            { customers, rows, testCustomers, where, scoring, deadline },
          ),
    );
  } catch (error) {
    if (error instanceof ChurnError) return unscorable(error.message);
    const refused = refusalOf(error);
    if (refused !== undefined) return unscorable(`DuckDB can't compute its columns: ${refused}`);
    throw error;
  }
  const { metrics } = evaluate(today.testCustomers.yTrue, probability, threshold);
  const identical =
    digest === today.digest || probability.every((value, row) => value === today.testCustomers.probability[row]);
  return {
    verdict: { version, kind: "scored", f1: metrics.f1, identical, sawTest },
    report: { ...report, metrics, problem: sawTest ?? null },
  };
}

/** Somebody else's model doesn't say which customers trained it; a hash of churn's it can't have gone by. */
function unknownSplit(trusted: boolean, { method }: Preprocessing["split"]): string | undefined {
  if (trusted && method === "column") return undefined;
  const key = trusted ? "compare.trust_split takes split: { method: column }" : "compare.trust_split";
  return `nobody but its maker knows which customers trained it (${key})`;
}

function shareTag(version: ModelVersion, tag: string): number | null {
  const text = version.tag(tag)?.trim() ?? "";
  const value = text === "" ? Number.NaN : Number(text);
  return value >= 0 && value <= 1 ? value : null;
}
