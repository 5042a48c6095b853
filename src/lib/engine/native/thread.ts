import { on } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import * as z from "zod";
import { ServiceError } from "../../errors.ts";

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
const word = z.union([
  z.strictObject({ ready: z.literal(true) }),
  /** so many rounds are done; log losses, that of the train customers some rounds old */
  z.strictObject({ round: z.int().positive(), loss: loss.optional(), validationLoss: loss.optional() }),
  z.strictObject({
    /** JSON in UTF-8 */
    model: z.instanceof(Uint8Array),
    /** what XGBoosterSaveJsonConfig gives */
    config: z.string(),
    /** the library's log */
    said: z.array(z.string()),
    /** of the validation customers, a round each */
    losses: z.array(loss),
  }),
  z.strictObject({ failed: z.string() }),
]);
export type Word = z.infer<typeof word>;
export type Round = Extract<Word, { round: number }>;
export type Trained = Extract<Word, { model: Uint8Array }>;

/** The thread that has libxgboost. Idle, it doesn't keep the process alive. */
export interface TrainingThread extends AsyncDisposable {
  /**
   * @throws {ServiceError} when the library fails, with its own sentence
   */
  train(job: Job, onRound: (round: Round) => void): Promise<Trained>;
}

/**
 * @param library  the file of libxgboost, or its name for the system's loader; it has been loaded once already
 * @throws {ServiceError} when the thread can't use the library
 */
export async function startThread(library: string): Promise<TrainingThread> {
  const worker = new Worker(WORKER, { workerData: { library } });
  const messages = on(worker, "message", { close: ["exit"] });
  const nextWord = async (): Promise<Word> => {
    worker.ref();
    try {
      const { done, value } = await messages.next();
      return done === true ? { failed: "its thread ended" } : word.parse(value[0]);
    } catch (error) {
      if (error instanceof z.ZodError) throw error;
      return { failed: String(error) };
    } finally {
      worker.unref();
    }
  };
  const first = await nextWord();
  if ("failed" in first) {
    throw new ServiceError(
      `libxgboost (${library}) doesn't load: ${first.failed}`,
      "set train.engine to wasm meanwhile",
    );
  }
  return {
    train: async (job, onRound) => {
      worker.postMessage(job);
      for (;;) {
        const next = await nextWord();
        if ("model" in next) return next;
        if ("round" in next) onRound(next);
        if ("failed" in next)
          throw new ServiceError(`libxgboost could not train: ${next.failed}`, "look at train.params in churn.yaml");
      }
    },
    // It ends beside what comes next: nobody need wait for it.
    [Symbol.asyncDispose]: async () => void worker.terminate(),
  };
}
