import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { aliases as names } from "./tags.ts";
import type { ModelVersion } from "./tracking.ts";

/** How a registry says which version is what: by MLflow's stages, by its aliases, or by both. */
export type Way = NonNullable<Via>;

/** register.via; where nobody says it, both as far as the server knows both. */
export type Via = Config["register"]["via"];

/** A registry that knows no stages, or no aliases. */
export class UnknownWayError extends UsageError {}

/** Whether stages are set and read. */
export function byStage(via: Via): boolean {
  return via !== "aliases";
}

/** Whether aliases are set and read. */
export function byAlias(via: Via): boolean {
  return via !== "stages";
}

/**
 * How a registry says it, as far as its versions tell: where nobody said it, and none is in a stage although an alias says what one
 * is, by aliases alone.
 */
export function wayOf(via: Via, versions: readonly Pick<ModelVersion, "stage" | "aliases">[]): Way {
  if (via !== undefined) return via;
  const isNamed = versions.some(({ aliases }) => Object.values(names).some((name) => aliases.includes(name)));
  return isNamed && versions.every(({ stage }) => stage === "None") ? "aliases" : "both";
}

/**
 * Says something by a stage or an alias.
 *
 * @param via  of register.via, what it may be said by
 * @returns false where the server doesn't know this way, and nobody asked for it
 * @throws {UnknownWayError} where somebody did
 */
export async function isSaid(via: Via, say: () => Promise<void>): Promise<boolean> {
  try {
    await say();
    return true;
  } catch (error) {
    if (via !== undefined || !(error instanceof UnknownWayError)) throw error;
    return false;
  }
}
