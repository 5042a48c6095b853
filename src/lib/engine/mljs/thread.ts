import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ServiceError } from "../../errors.ts";
import { MEMORY_HINT, saysOutOfMemory } from "../../files/machine-error.ts";
import { failed, startThread } from "../thread.ts";

/** The build copies it beside the bundle. */
const WORKER = fileURLToPath(new URL("./forest-worker.cjs", import.meta.url));

/** What the thread is asked for: one tree. */
export interface Job {
  /** of the customers drawn for it, one after the other, without NaN; shape (label.length, featureCount) */
  readonly values: Float32Array;
  readonly label: Uint8Array;
  readonly featureCount: number;
  /** of them drawn for this tree, and by what seed */
  readonly features: number;
  readonly seed: number;
  /** undefined is no limit */
  readonly maxDepth: number | undefined;
}

const split = z.strictObject({
  feature: z.int().nonnegative(),
  /** a double; smaller goes left */
  threshold: z.number(),
  gain: z.number(),
  left: z.int(),
  right: z.int(),
});
const leaf = z.strictObject({ share: z.number().describe("of churners") });
/** What it says after a job: the tree's nodes, the root first and every other one after its parent, or the library's own words. */
const grown = z.union([z.strictObject({ nodes: z.array(z.union([split, leaf])) }), failed]);
export type Grown = z.infer<typeof grown>;
export type GrownNode = z.infer<typeof split> | z.infer<typeof leaf>;

/** The thread that has ml-random-forest. Idle, it doesn't keep the process alive. */
export interface ForestThread extends AsyncDisposable {
  /** @throws {ServiceError} when the library fails, with its own words */
  grow(job: Job): Promise<readonly GrownNode[]>;
}

/** @throws {ServiceError} when the library doesn't load */
export async function startForestThread(): Promise<ForestThread> {
  const thread = await startThread(WORKER);
  if ("failed" in thread) {
    const hint = saysOutOfMemory(thread.failed) ? MEMORY_HINT : "npm install";
    throw new ServiceError(`the mljs engine (ml-random-forest) doesn't load: ${thread.failed}`, hint);
  }
  return {
    grow: async (job) => {
      const word = await thread.ask(job, grown);
      if ("nodes" in word) return word.nodes;
      throw new ServiceError(
        `ml-random-forest could not grow a tree: ${word.failed}`,
        saysOutOfMemory(word.failed) ? MEMORY_HINT : "a smaller train.max_samples or train.params.max_depth",
      );
    },
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}
