import type { Config } from "../config/schema.ts";
import type { Stage } from "./define.ts";

/** Why a stage will refuse its configuration, known before any stage has worked. */
export interface MistakeAhead {
  readonly stage: string;
  readonly error: unknown;
}

/** Asks a stage and all later ones whether they would refuse the configuration; the first that does, or undefined. */
export async function mistakeAhead(
  stages: readonly Stage[],
  first: Stage,
  config: Config,
): Promise<MistakeAhead | undefined> {
  for (const stage of stages.slice(stages.indexOf(first))) {
    try {
      await stage.check?.({ config });
    } catch (error) {
      return { stage: stage.name, error };
    }
  }
  return undefined;
}
