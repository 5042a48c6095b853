import { counted } from "../cli/numbers.ts";
import type { Database } from "../duckdb/database.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";
import { InputError } from "../errors.ts";
import { scoreRelation } from "../matrix/score.ts";
import type { Booster } from "../model/booster.ts";
import { parseForeignBooster } from "../model/foreign-booster.ts";
import type { Scoring } from "../model/scorer.ts";
import { BOOSTER, xgboostFlavor } from "../tracking/flavors.ts";
import { TEST_CUSTOMERS, type TestCustomers } from "./test-customers.ts";

/** A model that somebody else trained: its trees, and no way from raw customers to its columns. */
export interface ForeignModel {
  readonly booster: Booster;
  readonly recipe: undefined;
}

/** Names of columns in a sentence. */
const NAMED = 5;

/**
 * Opens a model that churn did not train: one that Python's mlflow.xgboost logged, as JSON or UBJSON, a Booster or an
 * XGBClassifier.
 *
 * @param where  whose it is, for messages: "version 3"
 * @throws {InputError} when it isn't one, is damaged, or is of a kind that can't be scored here
 */
export function openForeignModel(files: ReadonlyMap<string, Uint8Array>, where: string): Booster {
  const { data, modelClass } = xgboostFlavor(files, where);
  const content = files.get(data);
  if (content === undefined) throw new InputError(`${where} has no ${data}, which its MLmodel names`);
  return parseForeignBooster(content, `${data} of ${where}`, modelClass !== BOOSTER);
}

/** Tonight's matrix of the test side. */
export interface Features {
  /** path of test.parquet */
  readonly path: string;
  readonly id: string;
  readonly names: readonly string[];
}

/**
 * Scores the test customers with a model that has no preprocessing of its own: by tonight's features of the same names.
 *
 * @returns  probability of churn a test customer, in their order; shape (nRows,)
 * @throws {InputError} when tonight's features lack one of the model's
 */
export async function scoreByName(
  db: Database,
  booster: Booster,
  {
    features,
    testCustomers,
    where,
    scoring,
    deadline,
  }: { features: Features; testCustomers: TestCustomers; where: string; scoring: Scoring; deadline: number },
): Promise<Float32Array> {
  const known = new Set(features.names);
  const missing = booster.featureNames.filter((name) => !known.has(name));
  if (missing.length > 0) {
    const shown = missing.slice(0, NAMED).join(", ");
    throw new InputError(
      `${where} was trained on ${shown}${missing.length > NAMED ? ` and ${missing.length - NAMED} more` : ""}, which tonight's features lack`,
      "name them in features and transform.derive of churn.yaml",
    );
  }
  const columns = booster.featureNames.map((name) => `matrix.${identifier(name)}`).join(", ");
  const relation = `(SELECT ${columns} FROM ${parquetFile(features.path)} AS matrix JOIN ${TEST_CUSTOMERS} AS today ON matrix.${identifier(features.id)} = today.id ORDER BY today."row")`;
  const expected = testCustomers.yTrue.length;
  await using scorer = await scoring.open({ booster }, { rows: expected });
  return await scoreRelation(db, relation, scorer, {
    rows: expected,
    deadline,
    otherwise: (found) => new InputError(`${where} could score ${found} of ${counted(expected, "test customer")}`),
  });
}
