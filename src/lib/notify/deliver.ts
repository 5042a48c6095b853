import { startPatience } from "../http/repeat.ts";
import type { Attempt, Channel } from "./channel.ts";
import type { Letter } from "./letter.ts";

/** How sending on one channel ended, and after how many attempts. */
export interface Outcome {
  readonly last: Attempt;
  readonly attempts: number;
}

/** An attempt gets so many seconds however little time is left. */
const LEAST_SECONDS = 1;

/**
 * Tries a channel until the message has arrived, can't arrive, or the time is over. What may have arrived is tried again only where a
 * second copy does no harm.
 */
export async function deliver(letter: Letter, channel: Channel, deadlineSeconds: number): Promise<Outcome> {
  const time = startPatience(deadlineSeconds);
  for (let attempts = 1; ; attempts += 1) {
    const last = await attempt(letter, channel, Math.max(LEAST_SECONDS, time.left()));
    const after = waitOf(last, channel);
    if (after === undefined || !(await time.wait(after))) return { last, attempts };
  }
}

/** A channel that throws has a defect, or the disk under it: it keeps none of the others from hearing. */
async function attempt(letter: Letter, channel: Channel, secondsLeft: number): Promise<Attempt> {
  try {
    return await channel.send(letter, secondsLeft);
  } catch (error) {
    return { kind: "unsent", reason: error instanceof Error ? error.message : String(error), retry: undefined };
  }
}

/** Seconds before the next attempt, at least; undefined where there is to be none. */
function waitOf(last: Attempt, { isRepeatable }: Channel): number | undefined {
  if (last.kind === "unsent") return last.retry?.after;
  return last.kind === "unknown" && isRepeatable ? 0 : undefined;
}
