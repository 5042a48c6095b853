import { customers, featureList, predictions, preprocessing, testMatrix } from "../artifacts/artifacts.ts";
import { parseJson } from "../artifacts/json-text.ts";
import { counted } from "../cli/numbers.ts";
import { openDatabase } from "../duckdb/open.ts";
import { InputError } from "../errors.ts";
import { predictProbability } from "../model/booster.ts";
import type { Scoring } from "../model/scorer.ts";
import { featureListFormat, type Preprocessing, preprocessingFormat } from "../prepare/preprocessing.ts";
import type { Archive } from "../stage/archive.ts";
import { findArtifact, verifiedPath } from "../stage/inputs.ts";
import { listNights } from "../stage/nights.ts";
import type { ModelVersion, Tracking } from "../tracking/tracking.ts";
import type { Features } from "./foreign.ts";
import { judgeProduction, openProduction } from "./production.ts";
import { openTestCustomers } from "./test-customers.ts";

/** Customers of a night, as a model is tried on them. */
export interface StoredCustomers {
  readonly night: string;
  /** paths of customers.parquet and predictions.parquet */
  readonly customers: string;
  readonly predictions: string;
  readonly recipe: Preprocessing;
  readonly features: Features;
}

/** Those of the newest night that has its files still, whether or not it was decided; undefined where none has. */
export async function newestCustomers(archive: Archive): Promise<StoredCustomers | undefined> {
  for (const { name: night } of (await listNights(archive)).toReversed()) {
    const path = async (artifact: typeof customers | typeof preprocessing) =>
      verifiedPath(archive, artifact, await findArtifact(archive, artifact, night), night);
    try {
      const reference = await findArtifact(archive, preprocessing, night);
      const text = await archive.store.read(reference.key);
      if (text === undefined) continue;
      const recipe = preprocessingFormat.read(parseJson(text, reference.key), reference.key);
      const listed = await findArtifact(archive, featureList, night);
      const list = await archive.store.read(listed.key);
      if (list === undefined) continue;
      const { id, features: names } = featureListFormat.read(parseJson(list, listed.key), listed.key);
      const features = { path: await path(testMatrix), id, names };
      return { night, customers: await path(customers), predictions: await path(predictions), recipe, features };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  return undefined;
}

/**
 * Tries a version before it goes into production: its files are read, and customers scored with it. Where no night's customers
 * are there any more, it scores one of whom nothing is known.
 *
 * @param trial.threshold     for a version that says none
 * @param trial.limitSeconds  how long scoring may take
 * @returns what it scored, for people: "1,398 customers of 2026-11-23"
 * @throws {InputError} when it doesn't load, or can't score them
 */
export async function requireScores(
  tracking: Tracking,
  version: ModelVersion,
  trial: {
    readonly stored: StoredCustomers | undefined;
    readonly threshold: number;
    readonly limitSeconds: number;
    readonly scoring: Scoring;
  },
): Promise<string> {
  const refused = (problem: string | undefined) =>
    new InputError(
      `${version.name} version ${version.version} is not fit for production: ${problem ?? "its files can't be read"}`,
      `another version: churn rollback --to N; or this one all the same: churn promote --version ${version.version}`,
    );
  const opened = await openProduction(tracking, version, trial.threshold);
  if (opened.model === undefined) throw refused(opened.problem);
  const { stored, limitSeconds, scoring } = trial;
  if (stored === undefined) {
    const { booster } = opened.model;
    const columns = booster.featureNames.map(() => Float32Array.of(Number.NaN));
    try {
      predictProbability(booster, { featureNames: booster.featureNames, rowCount: 1, columns });
    } catch (error) {
      if (error instanceof InputError) throw refused(error.message);
      throw error;
    }
    return "a customer of whom nothing is known, since no night's customers are stored";
  }
  await using db = await openDatabase();
  const testCustomers = await openTestCustomers(db, stored.predictions, stored.recipe);
  const { customers, recipe, features, night } = stored;
  const today = {
    customers,
    recipe,
    features,
    testCustomers,
    digest: "",
    trained: undefined,
    trustsSplit: true,
    limitSeconds,
    scoring,
  };
  const { verdict } = await judgeProduction(db, opened, today);
  if (verdict.kind !== "scored") throw refused(verdict.problem);
  return `${counted(testCustomers.yTrue.length, "test customer")} of ${night}`;
}
