import { availableParallelism } from "node:os";
import { counted } from "../cli/numbers.ts";
import type { Config } from "../config/schema.ts";
import { openDatabase } from "../duckdb/open.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { labelOf, matrixOf } from "../matrix/matrix.ts";
import { parseBooster, predictProbability } from "../model/booster.ts";
import { logLoss } from "../model/metrics/log-loss.ts";
import type { TrainedModel } from "./engine.ts";
import { openEngine } from "./open.ts";

/** A model, and how it was trained. */
export interface Training extends TrainedModel {
  /** the library and its version */
  readonly engine: string;
  /** train customers */
  readonly rows: number;
  /** on the train customers */
  readonly logLoss: number;
  /** of training alone */
  readonly seconds: number;
}

/**
 * Trains on a matrix file, with the engine that is configured.
 *
 * @param matrix    path of train.parquet; features and label are columns of it
 * @param progress  told what it is about, and the share done where the engine knows
 * @throws {ChurnError} as the engine's `train`
 */
export async function trainModel(
  { matrix: path, features, label }: { matrix: string; features: readonly string[]; label: string },
  config: Config["train"],
  progress: (text: string, share?: number) => void,
): Promise<Training> {
  const { algorithm, rounds, max_samples: maxSamples, params } = config;
  const unit = algorithm === "xgboost" ? "round" : "tree";
  progress(counted(rounds, unit));
  await using db = await openDatabase();
  const matrix = await matrixOf(db, parquetFile(path), features);
  const yTrue = await labelOf(db, parquetFile(path), label);
  await using engine = await openEngine(config);
  const startedAt = performance.now();
  const trained = await engine.train({
    matrix,
    label: yTrue,
    algorithm,
    rounds,
    params,
    maxSamples,
    threads: params.nthread ?? availableParallelism(),
    onRound: (round, of) => progress(`${unit} ${round} of ${of}`, round / of),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const probability = predictProbability(parseBooster(trained.json, "the trained model"), matrix);
  return { ...trained, engine: engine.version, rows: matrix.rowCount, logLoss: logLoss(yTrue, probability), seconds };
}
