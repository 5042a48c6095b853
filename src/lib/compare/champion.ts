import { parseJson } from "../artifacts/json-text.ts";
import { counted } from "../cli/numbers.ts";
import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { identifier } from "../duckdb/sql.ts";
import { InputError } from "../errors.ts";
import { firstBeyond } from "../matrix/features.ts";
import { scoreRelation } from "../matrix/score.ts";
import { type Booster, parseBooster } from "../model/booster.ts";
import type { Scoring } from "../model/scorer.ts";
import { prepare } from "../prepare/prepare.ts";
import { type Preprocessing, preprocessingFormat } from "../prepare/preprocessing.ts";
import { requireFollowable, requireNumbers } from "./scorable.ts";
import type { TestCustomers } from "./test-customers.ts";
import { TEST_CUSTOMERS } from "./test-customers.ts";

/** A model folder, opened: its trees and its way from raw customers to its columns. */
export interface OpenedModel {
  readonly booster: Booster;
  readonly recipe: Preprocessing;
}

/** What to do about a model whose files aren't whole. */
const RESTORE = "restore the files of that version from a backup, or promote another one: churn models";

/**
 * Opens a registered model's files.
 *
 * @param where  whose they are, for messages: "version 3"
 * @throws {InputError} when a file is missing or damaged, or isn't churn's
 * @throws {NewerVersionError} when a newer churn trained it
 */
export function openModel(
  modelJson: Uint8Array | undefined,
  recipeJson: Uint8Array | undefined,
  where: string,
): OpenedModel {
  if (modelJson === undefined) throw new InputError(`${where} has no model.json`, RESTORE);
  if (recipeJson === undefined)
    throw new InputError(`${where} has no preprocessing.json: churn did not train it`, RESTORE);
  // First, since the trees of a newer churn may be of a kind that this one can't read.
  const recipeName = `preprocessing.json of ${where}`;
  const recipe = preprocessingFormat.read(parseJson(recipeJson, recipeName), recipeName);
  return { booster: parseBooster(Buffer.from(modelJson).toString("utf8"), `model.json of ${where}`), recipe };
}

/**
 * Scores the test customers with an older model, from raw by its own preprocessing.
 *
 * @param customers  path of today's raw customers
 * @param rows       today's id and label columns, which say who is who
 * @returns          probability of churn a test customer, in their order; shape (nRows,)
 * @throws {InputError} when today's customers lack a column that the model needs, one of its features is the target or no
 * number, or its preprocessing can't be followed
 * @throws {UsageError} when an expression of its preprocessing is refused or fails
 */
export async function scoreTestCustomers(
  db: Database,
  { booster, recipe }: OpenedModel,
  {
    customers,
    rows,
    testCustomers,
    where,
    scoring,
    deadline,
  }: {
    customers: string;
    rows: Pick<Preprocessing["dataset"], "id" | "target">;
    testCustomers: TestCustomers;
    where: string;
    scoring: Scoring;
    /** when it has to be done, as performance.now() counts */
    deadline?: number;
  },
): Promise<Float32Array> {
  requireFollowable({ booster, recipe }, where);
  const features = booster.featureNames;
  const prepared = await prepare(db, {
    customersPath: customers,
    preprocessing: recipe,
    features,
    rows,
    among: `SELECT id FROM ${TEST_CUSTOMERS}`,
    where: `preprocessing.json of ${where}`,
    trust: "foreign",
    unseen: [rows.target.column, recipe.dataset.target.column],
  });
  requireNumbers(await describeColumns(db, prepared), features, where);
  const beyond = await firstBeyond(db, prepared, features);
  if (beyond !== undefined)
    throw new InputError(
      `${where} can't score ${beyond.name}: ${beyond.value.toExponential(2)} is beyond float32`,
      "a new model is trained without it",
    );
  const columns = features.map((name) => `prepared.${identifier(name)}`).join(", ");
  const relation = `(SELECT ${columns} FROM ${prepared} AS prepared JOIN ${TEST_CUSTOMERS} AS today ON prepared.${identifier(rows.id)} = today.id ORDER BY today."row")`;
  const expected = testCustomers.yTrue.length;
  await using scorer = await scoring.open({ booster }, { rows: expected });
  return await scoreRelation(db, relation, scorer, {
    rows: expected,
    deadline,
    otherwise: (found) =>
      new InputError(
        `${where} could score ${found} of ${counted(expected, "test customer")}`,
        "look at dataset.id: is an id there twice?",
      ),
  });
}

/** Why an older model may have been trained on today's test customers; undefined when it can't have been. */
export function otherSplit(before: Preprocessing["split"], now: Preprocessing["split"]): string | undefined {
  const keys =
    now.method === "column" ? (["method", "column", "test_value"] as const) : (["method", "salt", "test"] as const);
  for (const key of keys) {
    if (before[key] !== now[key])
      return `its split has ${key} ${JSON.stringify(before[key])}, today's has ${JSON.stringify(now[key])}`;
  }
  return undefined;
}
