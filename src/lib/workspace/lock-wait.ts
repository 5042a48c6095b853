import { setTimeout as sleep } from "node:timers/promises";
import { secondsOf } from "../config/duration.ts";
import { HeldError } from "../errors.ts";

/** Seconds between two looks: a look at a lock costs a millisecond, one at a bucket takes some seconds by itself. */
const LOOK_SECONDS = 0.5;

/** How `--wait-lock` waits for another run to end, by a clock that nobody sets. */
export interface LockWait {
  /**
   * Does what takes the workspace, and does it again as long as another run holds that and there is time.
   *
   * @throws {HeldError} when the time is over, with who holds it by then
   */
  through<T>(hold: () => Promise<T>): Promise<T>;
  /** Until now, and what for; undefined where nothing was waited for. */
  waited(): { readonly seconds: number; readonly reason: string } | undefined;
}

/**
 * @param duration  as --wait-lock says it; undefined: another run is waited for by nobody
 * @param onWait    hears once for how long it waits, and why
 * @param pause     lets seconds pass; what it throws ends the wait
 */
export function openLockWait(
  duration: string | undefined,
  onWait: (sentence: string) => void,
  pause: (seconds: number) => Promise<void> = (seconds) => sleep(seconds * 1000),
): LockWait {
  const allowed = duration === undefined ? 0 : secondsOf(duration);
  let began: number | undefined;
  let reason = "";
  const lasted = (since: number) => (performance.now() - since) / 1000;
  return {
    through: async (hold) => {
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
