import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ServiceError } from "../../errors.ts";
import { MEMORY_HINT, saysOutOfMemory } from "../../files/machine-error.ts";
import { type failed, startThread } from "../thread.ts";
import { type Place, placesFor, readingWord, type Sources, startFeed } from "./feed.ts";

/** The build copies it beside the bundle. */
const WORKER = fileURLToPath(new URL("./native-worker.cjs", import.meta.url));

/** What the thread is asked for. */
export interface Job {
  /** where it finds rows, once it has asked for them */
  readonly places: readonly Place[];
  /** Of no more values the thread keeps a copy until their bins are there; more are read three times, and those behind the cuts four times. */
  readonly mostKept: number;
  /** of customers that are trained on */
  readonly rowCount: number;
  /** of customers by whom each round is judged */
  readonly validationRowCount?: number | undefined;
  readonly featureNames: readonly string[];
  /** by the library's names */
  readonly parameters: Readonly<Record<string, string>>;
  /** of these it must know each; of the others an older library knows fewer */
  readonly given: readonly string[];
  readonly rounds: number;
  /** where only the bins are kept that values fall into, as hist needs them: of how many rows, `cuts`, the bins are */
  readonly cutRowCount?: number | undefined;
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
  /** of the train customers by the model as it is */
  loss,
});
/** What it says after the first round of a job that gives parameters the library doesn't know. */
const unknown = z.strictObject({ unknown: z.array(z.string()).min(1) });
const answer = z.union([trained, unknown]);
const meanwhile = z.union([round, readingWord]);
export type Round = z.infer<typeof round>;
export type Trained = z.infer<typeof answer> | z.infer<typeof failed>;

/** What is in memory of a matrix while it is made. */
export interface Limits {
  /** rows that are handed over at a time */
  readonly batchRows?: number | undefined;
  readonly mostKept?: number | undefined;
}

/** 256 MB. */
const MOST_KEPT = 2 ** 26;

/** The thread that has libxgboost. Idle, it doesn't keep the process alive. */
export interface TrainingThread extends AsyncDisposable {
  /**
   * Trains, after what was asked for before.
   *
   * @param sources    what is read for it, each as often as the library asks
   * @param limits     the model is the same with any
   * @throws {ServiceError} when the library fails, with its own sentence
   * @throws what reading fails with
   */
  train(
    job: Omit<Job, "places" | "mostKept">,
    sources: Sources,
    onRound: (round: Round) => void,
    limits?: Limits,
  ): Promise<z.infer<typeof answer>>;
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
    train: async (job, sources, onRound, { batchRows, mostKept = MOST_KEPT } = {}) => {
      const places = placesFor(job.featureNames.length, batchRows);
      const feed = startFeed(places, sources);
      const tell = (word: z.infer<typeof meanwhile>) => ("round" in word ? onRound(word) : feed.hear(word));
      const word = await thread
        .ask({ ...job, places, mostKept }, answer, { schema: meanwhile, tell })
        .finally(feed.end);
      if (!("failed" in word)) return word;
      const hint = saysOutOfMemory(word.failed) ? MEMORY_HINT : "look at train.params in churn.yaml";
      throw new ServiceError(`libxgboost could not train: ${word.failed}`, hint);
    },
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}
