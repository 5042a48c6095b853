import { counted, metric } from "../cli/numbers.ts";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { openDatabase } from "../duckdb/open.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { type Customers, customersOf } from "../matrix/customers.ts";
import { firstBeyond } from "../matrix/features.ts";
import { parseBooster, predictProbability } from "../model/booster.ts";
import { logLoss } from "../model/metrics/log-loss.ts";
import { coresOf } from "./cores.ts";
import { type Cuts, drawCuts } from "./cuts.ts";
import type { RoundLosses, TrainedModel } from "./engine.ts";
import type { LazyEngine } from "./open.ts";
import { resolveParameters } from "./resolve.ts";
import { LARGEST_SUMMAND, NumbersTooLargeError, requireReadable, valuesTooLarge } from "./too-large.ts";
import { requireBothClasses, slicesOf } from "./validation-slice.ts";

/** A model, and how it was trained. */
export interface Training extends Omit<TrainedModel, "logLoss"> {
  /** of the engine: native, wasm */
  readonly name: string;
  /** the library and its version */
  readonly engine: string;
  /** its file, or its name for the system's loader, where it isn't churn's own */
  readonly library: string | undefined;
  /** customers that were trained on */
  readonly rows: number;
  /** train customers that judged the rounds instead; 0 without early stopping */
  readonly validationRows: number;
  /** on the customers that were trained on */
  readonly logLoss: number;
  /** of the engine: reading customers and training */
  readonly seconds: number;
  /** cuts.parquet, where the engine went by it */
  readonly cuts?: { readonly rows: number; readonly sha256: string } | undefined;
}

/** A side's matrix file, and what its columns are. */
interface MatrixFile {
  /** its path */
  readonly matrix: string;
  readonly id: string;
  readonly features: readonly string[];
  readonly label: string;
}

/** What a training is done with. */
interface Means {
  /** the engine that is configured */
  readonly engine: Pick<LazyEngine, "open">;
  /** told what it is about, and the share done where the engine knows */
  readonly progress: (text: string, share?: number) => void;
  /** where cuts.parquet is written, once there is a model */
  readonly cuts: { write(produce: (path: string) => Promise<void>): Promise<{ readonly sha256: string }> };
}

/**
 * Trains on a matrix file, with the engine that is configured. Customers are read from the file as the engine asks for them.
 *
 * @param file  train.parquet
 * @throws {InputError} when a customer has no label, or another one than 0 and 1
 * @throws {UsageError} when train.params name a feature that there isn't, or a slice for early stopping has one class alone
 * @throws {ChurnError} as the engine's `train`
 */
export async function trainModel(
  file: MatrixFile,
  config: Config["train"],
  { engine: lazy, progress, cuts: output }: Means,
): Promise<Training> {
  const { algorithm, rounds, max_samples: maxSamples, early_stopping: stopping } = config;
  const unit = algorithm === "xgboost" ? "round" : "tree";
  progress(counted(rounds, unit));
  await using db = await openDatabase();
  const { relation, customers, validation } = await findCustomers(db, file, stopping);
  const { featureNames: features, rowCount } = customers;
  const params = resolveParameters(config.params, customers);
  await using engine = await lazy.open();
  progress(
    [counted(rounds, unit), engine.version, ...(engine.library === undefined ? [] : [engine.library])].join(", "),
  );
  const startedAt = performance.now();
  /** The first round that is told: what was before it is no measure of those to come. */
  let first: { readonly round: number; readonly at: number } | undefined;
  let drawn: Cuts | undefined;
  const training = engine.train({
    customers,
    algorithm,
    rounds,
    params,
    maxSamples,
    threads: coresOf(config.threads),
    validation,
    cuts: async () => {
      drawn = await drawCuts(db, relation, { id: file.id, features, rowCount, most: config.cuts.rows });
      return drawn;
    },
    stopping,
    onRound: (round, of, losses) => {
      const at = performance.now();
      first ??= { round, at };
      const each = round === first.round ? undefined : (at - first.at) / (round - first.round);
      progress(roundText(unit, round, of, losses, each), round / of);
    },
  });
  const { logLoss: toldLoss, ...trained } = await training.catch(async (error: unknown) => {
    if (!(error instanceof NumbersTooLargeError)) throw error;
    const beyond = await firstBeyond(db, relation, features, LARGEST_SUMMAND);
    throw beyond === undefined ? error : valuesTooLarge(beyond.name, beyond.value, error);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  requireReadable(trained.json.length);
  return {
    ...trained,
    name: engine.name,
    engine: engine.version,
    library: engine.library,
    rows: rowCount,
    validationRows: validation?.rowCount ?? 0,
    logLoss: toldLoss ?? (await scoredLoss(trained.json, customers)),
    seconds,
    cuts: drawn && { rows: drawn.rowCount, ...(await output.write(drawn.write)) },
  };
}

/** A model's log loss, where its library hasn't said it. */
async function scoredLoss(json: string, { featureNames, rowCount, chunks }: Customers): Promise<number> {
  const booster = parseBooster(json, "the trained model");
  const [label, probability] = [new Uint8Array(rowCount), new Float32Array(rowCount)];
  let row = 0;
  for await (const chunk of chunks()) {
    label.set(chunk.label, row);
    probability.set(predictProbability(booster, { featureNames, ...chunk }), row);
    row += chunk.rowCount;
  }
  return logLoss(label, probability);
}

/** Less is not worth a word. */
const WORTH_SAYING_SECONDS = 5;

/**
 * "round 61 of 1000, log loss 0.412, validation 0.431, about 12 s left".
 *
 * @param each  milliseconds that a round takes, once that is known
 */
export function roundText(
  unit: "round" | "tree",
  round: number,
  of: number,
  { train, validation }: RoundLosses = {},
  each = 0,
): string {
  const left = (each / 1000) * (of - round);
  return [
    `${unit} ${round} of ${of}`,
    ...(train === undefined ? [] : [`log loss ${metric(train)}`]),
    ...(validation === undefined ? [] : [`validation ${metric(validation)}`]),
    ...(left < WORTH_SAYING_SECONDS ? [] : [`about ${Math.round(left)} s left`]),
  ].join(", ");
}

/** The customers to train on, as SQL too, and with early stopping those that judge the rounds. */
async function findCustomers(
  db: Database,
  { matrix: path, id, features, label }: MatrixFile,
  stopping: Config["train"]["early_stopping"],
): Promise<{ readonly relation: string; readonly customers: Customers; readonly validation?: Customers }> {
  const of = (relation: string) => customersOf(db, relation, { features, label });
  const file = parquetFile(path);
  if (stopping === undefined) return { relation: file, customers: await of(file) };
  const slices = await slicesOf(db, file, { id, validation: stopping.validation });
  const [customers, validation] = [await of(slices.trained), await of(slices.validation)];
  requireBothClasses({ trained: customers, validation }, stopping.validation);
  return { relation: slices.trained, customers, validation };
}
