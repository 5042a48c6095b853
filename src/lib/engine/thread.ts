import { on } from "node:events";
import { Worker } from "node:worker_threads";
import * as z from "zod";

/** What a thread says in the place of an answer. */
export const failed = z.strictObject({ failed: z.string() });
/** What a thread says first, once its library is loaded or can't be. */
export const loaded = z.union([z.strictObject({ loaded: z.literal(true) }), failed]);
export type Loaded = z.infer<typeof loaded>;

/** What a thread says before its answer, and who is told. */
interface Meanwhile<Word> {
  readonly schema: z.ZodType<Word>;
  readonly tell: (word: Word) => void;
}

/** A thread that does one piece of work after the other. Idle, it doesn't keep the process alive. */
export interface Thread extends AsyncDisposable {
  /** Asks, after what was asked for before, and waits for the answer; `failed` with the reason where the thread has ended. */
  ask<Answer, Word = never>(
    work: unknown,
    answer: z.ZodType<Answer>,
    meanwhile?: Meanwhile<Word>,
  ): Promise<Answer | z.infer<typeof failed>>;
}

/**
 * Starts a thread.
 *
 * @param file        of JavaScript, which Node 20 can start; it says `loaded` first
 * @param workerData  what it finds under that name
 * @returns the thread, or why its library doesn't load
 */
export async function startThread(file: string, workerData?: unknown): Promise<Thread | z.infer<typeof failed>> {
  const worker = new Worker(file, { workerData });
  let exitCode: number | undefined;
  worker.once("exit", (code) => {
    exitCode = code;
  });
  // Every word is kept until it is asked for: two may come at once.
  const words = on(worker, "message", { close: ["exit"] });
  const nextWord = async (): Promise<unknown> => {
    worker.ref();
    try {
      const { done, value } = await words.next();
      return done === true ? { failed: `its thread ended with ${exitCode}` } : value[0];
    } catch (error) {
      return { failed: String(error) };
    } finally {
      worker.unref();
    }
  };

  const loading = loaded.parse(await nextWord());
  if ("failed" in loading) return loading;
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask: (work, answer, meanwhile) => {
      const asked = last.then(async () => {
        worker.postMessage(work);
        for (;;) {
          const word = await nextWord();
          const early = meanwhile?.schema.safeParse(word);
          if (early?.success !== true) return z.union([failed, answer]).parse(word);
          meanwhile?.tell(early.data);
        }
      });
      // One that failed is no reason for the next.
      last = asked.catch(() => {});
      return asked;
    },
    // It ends beside what comes next: nobody need wait the 10 ms.
    [Symbol.asyncDispose]: async () => void worker.terminate(),
  };
}
