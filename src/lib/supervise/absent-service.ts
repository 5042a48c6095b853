import { ChurnError, TryLaterError, UnreachableError } from "../errors.ts";
import type { Stage } from "../stage/define.ts";
import { requirePresent } from "../tracking/present.ts";
import type { Services } from "../workspace/services.ts";

/** A stage that would fail, and why. */
export interface AbsentService {
  readonly stage: string;
  readonly error: ChurnError;
}

/**
 * Asks the services of the stages to come, all at once, whether they are there and let us in: a night is not to find out after
 * an hour's work.
 *
 * @param stages  that have not run yet, in order
 * @returns the first stage that would miss one; undefined where nothing is amiss
 */
export async function absentService(
  stages: readonly Stage[],
  services: Pick<Services, "tracking">,
): Promise<AbsentService | undefined> {
  return await refusal(
    stages.find(({ uses = [] }) => uses.includes("tracking")),
    async () => requirePresent(await services.tracking()),
  );
}

/**
 * Asks whether this machine has the engine that is asked for: a library that is named and can't be used is not to be found out only when
 * its customers are ready.
 *
 * @param stages  that have not run yet, in order
 * @returns what a person has to mend; undefined where nothing is amiss
 */
export async function absentEngine(
  stages: readonly Stage[],
  services: Pick<Services, "engine">,
): Promise<AbsentService | undefined> {
  return await refusal(
    stages.find(({ uses = [] }) => uses.includes("engine")),
    () => services.engine().versions(),
  );
}

/**
 * Asks the server that customers come from whether it lets us in, where a stage is to read them; files have nobody to ask. That it
 * can't be reached just now is left to the stage, which asks again and may wait.
 *
 * @param stage  that is to run
 * @returns what a person has to mend; undefined where nothing is amiss
 */
export async function absentSource(
  stage: Stage,
  services: Pick<Services, "source">,
): Promise<AbsentService | undefined> {
  const reader = stage.uses?.includes("source") === true ? stage : undefined;
  const absent = await refusal(reader, async () => services.source().requirePresent?.());
  return absent?.error instanceof UnreachableError || absent?.error instanceof TryLaterError ? undefined : absent;
}

/** What a stage would be refused with; undefined where there is none, or nothing is amiss. */
async function refusal(stage: Stage | undefined, ask: () => Promise<unknown>): Promise<AbsentService | undefined> {
  if (stage === undefined) return undefined;
  try {
    await ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return { stage: stage.name, error };
  }
}
