import { join } from "node:path";
import { openModel, scoreTestCustomers } from "../../src/lib/compare/champion.ts";
import { requireStillNewest } from "../../src/lib/compare/older-night.ts";
import { requireSameScores } from "../../src/lib/compare/read-back.ts";
import { requireFollowable, requireNumbers } from "../../src/lib/compare/scorable.ts";
import { requireScores } from "../../src/lib/compare/serves.ts";
import { openTestCustomers } from "../../src/lib/compare/test-customers.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { ownScoring } from "../../src/lib/model/scorer.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { EIGHT, recipe, recipeJson, stump } from "../support/contest.ts";
import { registerVersion, smallModel } from "../support/tracking-folder.ts";
import type { Row } from "./row.ts";

const DATE = "2026-11-23";
const bytes = (text: string) => Buffer.from(text);
const model = bytes(stump("tenure", 40));
const preprocessing = bytes(recipeJson(recipe()));

/** Scores test customers with version 3. */
function score(testCustomers: string, customers = EIGHT) {
  return async (root: string) => {
    await using db = await openDatabase();
    const [predictions, raw] = [join(root, "predictions.parquet"), join(root, "customers.parquet")];
    await writeParquet(db, { sql: testCustomers }, predictions);
    await writeParquet(db, { sql: customers }, raw);
    await scoreTestCustomers(db, openModel(model, preprocessing, "version 3"), {
      customers: raw,
      rows: recipe().dataset,
      testCustomers: await openTestCustomers(db, predictions, recipe()),
      where: "version 3",
      scoring: ownScoring,
    });
  };
}

/** Reads a version back that was registered. */
function readBack(files: Record<string, string>) {
  return async (root: string) => {
    const [testMatrix, predictions] = [join(root, "test.parquet"), join(root, "predictions.parquet")];
    {
      await using db = await openDatabase();
      await writeParquet(db, { sql: "SELECT 1 AS id, CAST(10 AS FLOAT) AS tenure" }, testMatrix);
      await writeParquet(db, { sql: "SELECT 1 AS id, CAST(0.5 AS FLOAT) AS probability" }, predictions);
    }
    const read = new Map(Object.entries(files).map(([name, text]) => [name, bytes(text)]));
    const night = { testMatrix, features: ["tenure"], predictions, date: DATE };
    await requireSameScores(read, "version 4 of churn-model", night, ownScoring);
  };
}

const followed = (booster: Parameters<typeof requireFollowable>[0]["booster"]) => () =>
  requireFollowable({ booster, recipe: recipe() }, "version 3");

const ONE = "SELECT 'a' AS id, 1 AS churned, 0.5 AS probability";

export const compare: readonly Row[] = [
  {
    cause: "a version without model.json",
    by: () => openModel(undefined, preprocessing, "version 3"),
    code: 4,
    says: "version 3 has no model.json",
    next: "restore the files of that version from a backup, or promote another one: churn models",
  },
  {
    cause: "a version without preprocessing.json",
    by: () => openModel(model, undefined, "version 3"),
    code: 4,
    says: "version 3 has no preprocessing.json: churn did not train it",
    next: "restore the files of that version from a backup, or promote another one: churn models",
  },
  {
    cause: "a version whose preprocessing.json is damaged",
    by: () => openModel(model, bytes("{"), "version 3"),
    code: 4,
    says: "preprocessing.json of version 3 is damaged: it is not whole JSON",
    next: "restore it from a backup, or run the stage again that wrote it (--force)",
  },
  {
    cause: "a version of a newer churn",
    by: () => openModel(model, bytes('{"schema_version": 99, "churn_version": "9.4.0"}'), "version 3"),
    code: 2,
    says: "preprocessing.json of version 3 was written by churn 9.4.0, this is churn …",
    next: "install the newer churn again",
  },
  {
    cause: "a value beyond float32 on a champion's way",
    by: score(
      "SELECT 'f' AS id, 0 AS churned, 0.5 AS probability",
      `SELECT * REPLACE (tenure * 1e38 AS tenure) FROM (${EIGHT})`,
    ),
    code: 4,
    says: "version 3 can't score tenure: 5.00e+39 is beyond float32",
    next: "a new model is trained without it",
  },
  {
    cause: "a test customer whom the champion doesn't find",
    by: score(`${ONE} UNION ALL SELECT 'z', 0, 0.5`),
    code: 4,
    says: "version 3 could score 1 of 2 test customers",
    next: "look at dataset.id: is an id there twice?",
  },
  {
    cause: "a later night that was decided meanwhile",
    by: () => requireStillNewest({ outcome: "better", older: null }, nightOf("2026-11-24", 1), DATE),
    code: 4,
    says: "the night of 2026-11-24 was decided since compare judged that of 2026-11-23",
    next: "churn compare --date 2026-11-23",
  },
  {
    cause: "a registered version without its model",
    by: readBack({}),
    code: 4,
    says: "version 4 of churn-model has no model.json in the registry",
    next: "churn run-all --date 2026-11-23 --from train logs it again",
  },
  {
    cause: "a registered version that scores differently",
    by: readBack({ "model.json": stump("tenure", 40) }),
    code: 5,
    says: "version 4 of churn-model was registered, but read back it scores test customers differently",
    next: "is the artifact store sound? Compare its model.json with the night's",
  },
  {
    cause: "a version with a feature for each customer",
    by: followed({ featureNames: new Array<string>(10_001).fill("tenure") }),
    code: 4,
    says: "model.json of version 3 has more than 10,000 features",
    next: undefined,
  },
  {
    cause: "a version with U+0000 in a feature's name",
    by: followed({ featureNames: ["ten\0ure"] }),
    code: 4,
    says: "model.json of version 3 has a U+0000 in a feature's name",
    next: undefined,
  },
  {
    cause: "a version with a feature that is text",
    by: () => requireNumbers([{ name: "plan", type: "VARCHAR" }], ["plan"], "version 3"),
    code: 4,
    says: "version 3 has the feature plan, which is VARCHAR and no number",
    next: undefined,
  },
  {
    cause: "a rollback to a model that doesn't load",
    by: async (root) => {
      const tracking = openFolder(join(root, "mlruns"));
      const version = await registerVersion(tracking, "a");
      await requireScores(tracking, version, {
        stored: undefined,
        threshold: 0.5,
        limitSeconds: 10,
        scoring: ownScoring,
      });
    },
    code: 4,
    says: "churn-model version 1 is not fit for production: preprocessing.json of version 1 is damaged: …",
    next: "another version: churn rollback --to N; or this one all the same: churn promote --version 1",
  },
  {
    cause: "a rollback to a model that predicts no probabilities",
    by: async (root) => {
      const tracking = openFolder(join(root, "mlruns"));
      const files = new Map([
        ...smallModel(),
        ["model.json", bytes(stump("tenure", 40).replace("binary:logistic", "reg:squarederror"))] as const,
        ["preprocessing.json", preprocessing] as const,
      ]);
      const version = await registerVersion(tracking, "a", {}, files);
      await requireScores(tracking, version, {
        stored: undefined,
        threshold: 0.5,
        limitSeconds: 10,
        scoring: ownScoring,
      });
    },
    code: 4,
    says: "churn-model version 1 is not fit for production: it predicts -0.886 for a customer, which is no probability",
    next: "another version: churn rollback --to N; or this one all the same: churn promote --version 1",
  },
  {
    cause: "a model of Python's without its file",
    by: "test/compare/foreign.test.ts",
    code: 4,
    says: "version 1 has no ../../secret.json, which its MLmodel names",
    next: undefined,
  },
  {
    cause: "a model of Python's on other features",
    by: "test/compare/production.test.ts",
    code: 4,
    says: "version 3 was trained on years, which tonight's features lack",
    next: undefined,
  },
];
