import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ScoringFailure } from "../../model/scorer.ts";
import { failed, startThread } from "../thread.ts";

/** The build copies it beside the bundle. */
const WORKER = fileURLToPath(new URL("./scoring-worker.cjs", import.meta.url));

/** Customers as the library takes them. */
export interface Rows {
  /** row after row, NaN where a value is missing; shape (rowCount, features) */
  readonly values: Float32Array;
  readonly rowCount: number;
  readonly features: number;
}

/** What the thread is asked for; first of all it gets its model. */
export type Task =
  | { readonly what: "model"; readonly model: Uint8Array; readonly threads: number }
  | ({ readonly what: "margins"; readonly margins: Float32Array } & Rows)
  | ({ readonly what: "contributions" } & Rows)
  | { readonly what: "importance" }
  /** frees the model, which nothing is asked about any more */
  | { readonly what: "end" };

const done = z.strictObject({ done: z.literal(true) });
const contributions = z.strictObject({ contributions: z.instanceof(Float32Array) });
const scores = z.array(z.strictObject({ feature: z.int().nonnegative(), score: z.number() }));
const importance = z.strictObject({ weight: scores, gain: scores, cover: scores });
export type NativeImportance = z.infer<typeof importance>;
export type Answer = z.infer<typeof done> | z.infer<typeof contributions> | NativeImportance | z.infer<typeof failed>;

/** The thread that has libxgboost and one model. Idle, it doesn't keep the process alive; disposed, it has freed the model. */
export interface ScoringThread extends AsyncDisposable {
  /**
   * To be called first, and once.
   *
   * @param model    written by churn (model-ubjson.ts): the library believes what it reads, and dies of it
   * @param threads  at most so many
   * @throws {ScoringFailure} when the library refuses it
   */
  load(model: Uint8Array, threads: number): Promise<void>;
  /**
   * Predicts, after what was asked for before.
   *
   * @param margins  in shared memory; shape (rowCount,)
   * @throws {ScoringFailure} when the library fails, with its own sentence
   */
  margins(rows: Rows, margins: Float32Array): Promise<void>;
  /** @returns shape (rowCount, features + 1), the bias last @throws {ScoringFailure} likewise */
  contributions(rows: Rows): Promise<Float32Array>;
  /** @throws {ScoringFailure} likewise */
  importance(): Promise<NativeImportance>;
}

/**
 * @param library  the file of libxgboost, or its name for the system's loader; it has been loaded once already
 * @throws {ScoringFailure} when the thread can't use the library
 */
export async function startScoringThread(library: string): Promise<ScoringThread> {
  const thread = await startThread(WORKER, { library });
  if ("failed" in thread) throw trouble("be loaded", thread.failed);
  const ask = async <Word>(task: Task, schema: z.ZodType<Word>, doing: string): Promise<Word> => {
    const word = await thread.ask(task, schema);
    const refusal = failed.safeParse(word);
    if (refusal.success) throw trouble(doing, refusal.data.failed);
    return schema.parse(word);
  };
  return {
    load: async (model, threads) => void (await ask({ what: "model", model, threads }, done, "load the model")),
    margins: async (rows, margins) => void (await ask({ what: "margins", margins, ...rows }, done, "score")),
    contributions: async (rows) =>
      (await ask({ what: "contributions", ...rows }, contributions, "explain the model")).contributions,
    importance: () => ask({ what: "importance" }, importance, "explain the model"),
    [Symbol.asyncDispose]: async () => {
      await thread.ask({ what: "end" }, done);
      await thread[Symbol.asyncDispose]();
    },
  };
}

function trouble(doing: string, reason: string): ScoringFailure {
  return new ScoringFailure(`libxgboost could not ${doing}: ${reason}`);
}
