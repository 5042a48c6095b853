import { availableParallelism } from "node:os";
import { counted, metric } from "../cli/numbers.ts";
import type { Config } from "../config/schema.ts";
import { openDatabase } from "../duckdb/open.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { labelOf, matrixOf } from "../matrix/matrix.ts";
import { scoreMatrix } from "../matrix/score.ts";
import { parseBooster } from "../model/booster.ts";
import { logLoss } from "../model/metrics/log-loss.ts";
import type { LabelledMatrix, RoundLosses, TrainedModel } from "./engine.ts";
import type { LazyEngine } from "./open.ts";
import { resolveParameters } from "./resolve.ts";
import { requireBothClasses, slicesOf } from "./validation-slice.ts";

/** A model, and how it was trained. */
export interface Training extends TrainedModel {
  /** of the engine: native, wasm */
  readonly name: string;
  /** the library and its version */
  readonly engine: string;
  /** customers that were trained on */
  readonly rows: number;
  /** train customers that judged the rounds instead; 0 without early stopping */
  readonly validationRows: number;
  /** on the customers that were trained on */
  readonly logLoss: number;
  /** of training alone */
  readonly seconds: number;
}

/** A side's matrix file, and what its columns are. */
interface MatrixFile {
  /** its path */
  readonly matrix: string;
  readonly id: string;
  readonly features: readonly string[];
  readonly label: string;
}

/**
 * Trains on a matrix file, with the engine that is configured.
 *
 * @param file      train.parquet
 * @param lazy      the engine that is configured
 * @param progress  told what it is about, and the share done where the engine knows
 * @throws {UsageError} when train.params name a feature that there isn't, or a slice for early stopping has one class alone
 * @throws {ChurnError} as the engine's `train`
 */
export async function trainModel(
  file: MatrixFile,
  config: Config["train"],
  lazy: Pick<LazyEngine, "open" | "scoring">,
  progress: (text: string, share?: number) => void,
): Promise<Training> {
  const { algorithm, rounds, max_samples: maxSamples, early_stopping: stopping } = config;
  const unit = algorithm === "xgboost" ? "round" : "tree";
  progress(counted(rounds, unit));
  const {
    trained: { matrix, label },
    validation,
  } = await readCustomers(file, stopping);
  const params = resolveParameters(config.params, { featureNames: file.features, label });
  await using engine = await lazy.open();
  const startedAt = performance.now();
  const trained = await engine.train({
    matrix,
    label,
    algorithm,
    rounds,
    params,
    maxSamples,
    threads: config.threads ?? availableParallelism(),
    validation,
    stopping,
    onRound: (round, of, losses) =>
      progress(roundText(unit, round, of, losses, performance.now() - startedAt), round / of),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const booster = parseBooster(trained.json, "the trained model");
  await using scorer = await lazy.scoring.open({ booster }, { rows: matrix.rowCount });
  const probability = await scoreMatrix(matrix, scorer);
  return {
    ...trained,
    name: engine.name,
    engine: engine.version,
    rows: matrix.rowCount,
    validationRows: validation?.matrix.rowCount ?? 0,
    logLoss: logLoss(label, probability),
    seconds,
  };
}

/** Less is not worth a word. */
const WORTH_SAYING_SECONDS = 5;

/** "round 61 of 1000, log loss 0.412, validation 0.431, about 12 s left". */
export function roundText(
  unit: "round" | "tree",
  round: number,
  of: number,
  { train, validation }: RoundLosses = {},
  elapsed: number,
): string {
  const left = ((elapsed / 1000) * (of - round)) / round;
  return [
    `${unit} ${round} of ${of}`,
    ...(train === undefined ? [] : [`log loss ${metric(train)}`]),
    ...(validation === undefined ? [] : [`validation ${metric(validation)}`]),
    ...(left < WORTH_SAYING_SECONDS ? [] : [`about ${Math.round(left)} s left`]),
  ].join(", ");
}

/** The customers to train on, and with early stopping those that judge the rounds. */
async function readCustomers(
  { matrix: path, id, features, label }: MatrixFile,
  stopping: Config["train"]["early_stopping"],
): Promise<{ readonly trained: LabelledMatrix; readonly validation?: LabelledMatrix }> {
  await using db = await openDatabase();
  const read = async (relation: string): Promise<LabelledMatrix> => ({
    matrix: await matrixOf(db, relation, features),
    label: await labelOf(db, relation, label),
  });
  if (stopping === undefined) return { trained: await read(parquetFile(path)) };
  const slices = slicesOf(parquetFile(path), { id, validation: stopping.validation });
  const [trained, validation] = [await read(slices.trained), await read(slices.validation)];
  requireBothClasses({ trained: trained.label, validation: validation.label }, stopping.validation);
  return { trained, validation };
}
