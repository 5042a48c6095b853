import { ChurnError, UnreachableError, UsageError } from "../errors.ts";
import { requirePresent } from "./present.ts";
import { productionVersion } from "./production.ts";
import type { ModelVersion, Tracking } from "./tracking.ts";
import { type Via, wayOf } from "./via.ts";

/** What a registry says of a model, for who knows something without it, too. */
export interface AskedRegistry {
  /** undefined where it can't be asked */
  readonly versions: readonly ModelVersion[] | undefined;
  /** the number of the version in production, null for none; undefined where nobody can say */
  readonly current: number | null | undefined;
  /** a sentence for each thing that it didn't say */
  readonly problems: readonly string[];
}

/**
 * Asks a registry for a model's versions. That it can't be reached, or says two things of production, is told.
 *
 * @throws {UsageError} when the credentials or the address are wrong
 */
export async function askRegistry(open: () => Promise<Tracking>, model: string, via: Via): Promise<AskedRegistry> {
  const problems: string[] = [];
  let versions: readonly ModelVersion[] | undefined;
  try {
    const tracking = await open();
    await requirePresent(tracking);
    versions = await tracking.modelVersions(model, ({ message }) => problems.push(message));
    return { versions, current: productionVersion(versions, wayOf(via, versions))?.version ?? null, problems };
  } catch (error) {
    const isAnswered = versions !== undefined && error instanceof UsageError;
    if (!isAnswered && !(error instanceof UnreachableError)) throw error;
    return { versions, current: undefined, problems: [...problems, error.message] };
  }
}

/** For who can do without: that it can't be asked is told, whatever the reason. */
export async function toldRegistry(ask: () => Promise<AskedRegistry>): Promise<AskedRegistry> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return unaskedRegistry(error.message);
  }
}

/** For who can do without, where it is known beforehand that it is not to be asked. */
export function unaskedRegistry(reason: string): AskedRegistry {
  return { versions: undefined, current: undefined, problems: [reason] };
}
