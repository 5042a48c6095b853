import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ServiceError } from "../../errors.ts";
import { MEMORY_HINT, saysOutOfMemory } from "../../files/machine-error.ts";
import { type failed, startThread } from "../thread.ts";

/** The build copies it beside the bundle. */
const WORKER = fileURLToPath(new URL("./native-worker.cjs", import.meta.url));

export interface Customers {
  /** one a feature, each of shape (rowCount,); NaN is a missing value */
  readonly columns: readonly Float32Array[];
  readonly rowCount: number;
  /** shape (rowCount,) */
  readonly label: Uint8Array;
}

/** What the thread is asked for. */
export interface Job {
  readonly customers: Customers;
  /** judged after each round */
  readonly validation?: Customers | undefined;
  readonly featureNames: readonly string[];
  /** by the library's names */
  readonly parameters: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** whether only the bins are kept that values fall into, as hist needs them */
  readonly inBins: boolean;
  /** rows that are put into bins at a time; the model is the same with any number */
  readonly batchRows: number;
  /** of making the matrix; those of training are a parameter */
  readonly threads: number;
  /** ends when the validation log loss has not become smaller for so many rounds, and cuts the model at its best one */
  readonly stopping?: number | undefined;
}

const loss = z.number();
/** What it says meanwhile: so many rounds are done; log losses, that of the train customers some rounds old. */
const round = z.strictObject({ round: z.int().positive(), loss: loss.optional(), validationLoss: loss.optional() });
/** What it says after a job, or the library's own sentence. */
const trained = z.strictObject({
  /** JSON in UTF-8 */
  model: z.instanceof(Uint8Array),
  /** what XGBoosterSaveJsonConfig gives */
  config: z.string(),
  /** the library's log */
  said: z.array(z.string()),
  /** of the validation customers, a round each */
  losses: z.array(loss),
});
export type Round = z.infer<typeof round>;
export type Trained = z.infer<typeof trained> | z.infer<typeof failed>;

/** The thread that has libxgboost. Idle, it doesn't keep the process alive. */
export interface TrainingThread extends AsyncDisposable {
  /**
   * Trains, after what was asked for before.
   *
   * @throws {ServiceError} when the library fails, with its own sentence
   */
  train(job: Job, onRound: (round: Round) => void): Promise<z.infer<typeof trained>>;
}

/**
 * @param library  the file of libxgboost, or its name for the system's loader; it has been loaded once already
 * @throws {ServiceError} when the thread can't use the library
 */
export async function startTrainingThread(library: string): Promise<TrainingThread> {
  const thread = await startThread(WORKER, { library });
  if ("failed" in thread) {
    const hint = saysOutOfMemory(thread.failed) ? MEMORY_HINT : "set train.engine to wasm meanwhile";
    throw new ServiceError(`libxgboost (${library}) doesn't load: ${thread.failed}`, hint);
  }
  return {
    train: async (job, onRound) => {
      const word = await thread.ask(job, trained, { schema: round, tell: onRound });
      if ("model" in word) return word;
      const hint = saysOutOfMemory(word.failed) ? MEMORY_HINT : "look at train.params in churn.yaml";
      throw new ServiceError(`libxgboost could not train: ${word.failed}`, hint);
    },
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}
