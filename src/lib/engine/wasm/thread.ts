import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ServiceError, UsageError } from "../../errors.ts";
import { MEMORY_HINT, saysOutOfMemory } from "../../files/machine-error.ts";
import { failed, startThread } from "../thread.ts";

/** The build copies it beside the bundle. */
const WORKER = fileURLToPath(new URL("./worker.cjs", import.meta.url));

/** What the thread is asked for. */
export interface Job {
  /** one a feature, each of shape (rowCount,), as sent-values.ts makes them: -1 is a missing value */
  readonly columns: readonly Float32Array[];
  readonly rowCount: number;
  /** shape (rowCount,) */
  readonly label: Uint8Array;
  /** by the library's names */
  readonly parameters: Readonly<Record<string, string>>;
  readonly rounds: number;
}

/** What it says after a job: the model in the library's binary format, that memory ran out, or the library's own words. */
const trained = z.union([
  z.strictObject({ binary: z.instanceof(Uint8Array) }),
  z.strictObject({ outOfMemory: z.literal(true) }),
  failed,
]);
export type Trained = z.infer<typeof trained>;

/** The thread that has ml-xgboost. Idle, it doesn't keep the process alive. */
export interface TrainingThread extends AsyncDisposable {
  /**
   * Trains, after what was asked for before.
   *
   * @returns the model in the library's binary format
   * @throws {UsageError} when WebAssembly's memory runs out; the thread is of no use after that
   * @throws {ServiceError} when the library fails, with its own words
   */
  train(job: Job): Promise<Uint8Array>;
}

/** @throws {ServiceError} when the library doesn't load */
export async function startTrainingThread(): Promise<TrainingThread> {
  const thread = await startThread(WORKER);
  if ("failed" in thread) {
    const hint = saysOutOfMemory(thread.failed) ? MEMORY_HINT : "npm install";
    throw new ServiceError(`the embedded engine (ml-xgboost) doesn't load: ${thread.failed}`, hint);
  }
  return {
    train: async (job) => {
      const word = await thread.ask(job, trained);
      if ("binary" in word) return word.binary;
      if ("outOfMemory" in word) {
        throw new UsageError(
          "the wasm engine's 2 GB of memory ran out while it trained",
          "train on fewer customers or features, or make smaller trees: train.params.max_depth, max_leaves, max_bin and train.rounds",
        );
      }
      throw new ServiceError(`ml-xgboost could not train: ${word.failed}`, "look at train.params in churn.yaml");
    },
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}
