import { setTimeout as sleep } from "node:timers/promises";
import { secondsOf } from "../config/duration.ts";
import { HeldError } from "../errors.ts";

/** Seconds between two looks: a look at a lock costs a millisecond, one at a bucket takes some seconds by itself. */
const LOOK_SECONDS = 0.5;

/** How a run waits for another one to end, by a clock that nobody sets. */
export interface LockWait {
  /**
   * Does what takes the workspace, and does it again as long as another run holds that and there is time. Each time that it is asked
   * the time begins anew: between two tries of a run hours may lie.
   *
   * @param atLeast  so long where --wait-lock says less, or nothing
   * @throws {HeldError} when the time is over, with who holds it by then
   */
  through<T>(hold: () => Promise<T>, duration?: string): Promise<T>;
  /** How long it has waited by now since it was asked last, and what for; undefined where it hasn't. */
  waited(): { readonly seconds: number; readonly reason: string } | undefined;
}

/**
 * @param waitLock  as --wait-lock says it; undefined: another run is waited for by nobody
 * @param onWait    hears once, each time, for how long it waits at most, and why
 * @param pause     lets seconds pass; what it throws ends the wait
 */
export function openLockWait(
  waitLock: string | undefined,
  onWait: (sentence: string) => void,
  pause: (seconds: number) => Promise<void> = (seconds) => sleep(seconds * 1000),
): LockWait {
  let began: number | undefined;
  let reason = "";
  const lasted = (since: number) => (performance.now() - since) / 1000;
  return {
    through: async (hold, atLeast) => {
      const duration = longer(waitLock, atLeast);
      const allowed = duration === undefined ? 0 : secondsOf(duration);
      began = undefined;
      for (;;) {
        try {
          return await hold();
        } catch (error) {
          if (duration === undefined || !(error instanceof HeldError)) throw error;
          const { message, hint } = error;
          if (began === undefined) {
            began = performance.now();
            onWait(`up to ${duration}: ${message}`);
          }
          const seconds = lasted(began);
          reason = message;
          if (seconds >= allowed) throw new HeldError(`waited ${duration}: ${message}`, hint, { cause: error });
          await pause(Math.min(LOOK_SECONDS, allowed - seconds));
        }
      }
    },
    waited: () => (began === undefined ? undefined : { seconds: lasted(began), reason }),
  };
}

function longer(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return secondsOf(one) < secondsOf(other) ? other : one;
}
