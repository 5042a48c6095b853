import { once } from "node:events";
import { Worker } from "node:worker_threads";
import * as z from "zod";

/** What a thread says in the place of an answer. */
export const failed = z.strictObject({ failed: z.string() });
/** What a thread says first, once its library is loaded or can't be. */
export const loaded = z.union([z.strictObject({ loaded: z.literal(true) }), failed]);
export type Loaded = z.infer<typeof loaded>;

/** A thread that does one piece of work after the other. Idle, it doesn't keep the process alive. */
export interface Thread extends AsyncDisposable {
  /** Asks, after what was asked for before, and waits for the answer; `failed` with the reason where the thread has ended. */
  ask<Answer>(work: unknown, answer: z.ZodType<Answer>): Promise<Answer | z.infer<typeof failed>>;
}

/**
 * Starts a thread.
 *
 * @param file  of JavaScript, which Node 20 can start; it says `loaded` first
 * @returns the thread, or why its library doesn't load
 */
export async function startThread(file: string): Promise<Thread | z.infer<typeof failed>> {
  const worker = new Worker(file);
  const ended = once(worker, "exit").then(
    ([code]) => ({ failed: `its thread ended with ${code}` }),
    (error: unknown) => ({ failed: String(error) }),
  );
  const nextWord = async <Word>(schema: z.ZodType<Word>): Promise<Word | z.infer<typeof failed>> => {
    worker.ref();
    const word: unknown = await Promise.race([once(worker, "message").then(([message]) => message), ended]);
    worker.unref();
    return z.union([failed, schema]).parse(word);
  };

  const loading = await nextWord(loaded);
  if ("failed" in loading) return loading;
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask: (work, answer) => {
      const asked = last.then(() => {
        worker.postMessage(work);
        return nextWord(answer);
      });
      last = asked;
      return asked;
    },
    // It ends beside what comes next: nobody need wait the 10 ms.
    [Symbol.asyncDispose]: async () => void worker.terminate(),
  };
}
