import { openDatabase } from "../duckdb/open.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { InputError, ServiceError } from "../errors.ts";
import { probabilitiesOf } from "../matrix/predictions.ts";
import { scoreRelation } from "../matrix/score.ts";
import { parseBooster, requireFeatures } from "../model/booster.ts";
import type { Scoring } from "../model/scorer.ts";
import { MODEL_JSON } from "../tracking/model-files.ts";

/**
 * Holds what a registry gives back to what was registered: it must score every test customer as the night's own model did.
 *
 * @param files  of the version's model folder
 * @param where  whose they are, for messages: "version 4 of churn-model"
 * @throws {InputError} when there is no model among the files
 * @throws {ServiceError} when one customer gets another probability
 */
export async function requireSameScores(
  files: ReadonlyMap<string, Uint8Array>,
  where: string,
  night: {
    /** path of test.parquet */
    readonly testMatrix: string;
    readonly features: readonly string[];
    /** path of predictions.parquet */
    readonly predictions: string;
    /** YYYY-MM-DD, for the command that helps */
    readonly date: string;
  },
  scoring: Scoring,
): Promise<void> {
  const modelJson = files.get(MODEL_JSON);
  if (modelJson === undefined) {
    throw new InputError(
      `${where} has no ${MODEL_JSON} in the registry`,
      `churn run-all --date ${night.date} --from train logs it again`,
    );
  }
  const booster = parseBooster(Buffer.from(modelJson).toString("utf8"), where);
  requireFeatures(booster, night.features);
  await using db = await openDatabase();
  const before = await probabilitiesOf(db, night.predictions);
  const differs = () =>
    new ServiceError(
      `${where} was registered, but read back it scores test customers differently`,
      "is the artifact store sound? Compare its model.json with the night's",
    );
  const rows = before.length;
  await using scorer = await scoring.open({ booster }, { rows });
  const probability = await scoreRelation(db, parquetFile(night.testMatrix), scorer, { rows, otherwise: differs });
  if (probability.some((value, row) => value !== before[row])) throw differs();
}
