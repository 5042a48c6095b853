import { NetworkFailure } from "../http/network-failure.ts";

/** A transfer that is slower than this has stopped, for us. */
const SLOWEST_BYTES_PER_SECOND = 50_000;

/** Watches over one attempt at a request: it has to be answered, to go on, and to end. */
export interface Watch {
  /** aborted when it didn't, with the reason */
  readonly signal: AbortSignal;
  /** Gives it the time that so many bytes take on a slow line, from now on. */
  allow(bytes: number): void;
  /** Says that some of the answer has come. */
  hear(): void;
  /** Gives it up, for this reason. */
  stop(reason: unknown): void;
  /** Says that it is over. */
  end(): void;
}

/** @param silenceMs  how long nothing may come */
export function watch(silenceMs: number): Watch {
  const limit = new AbortController();
  const abortIn = (milliseconds: number, reason: string) =>
    setTimeout(() => limit.abort(new NetworkFailure(reason, SILENCE)), milliseconds);
  let isHeard = false;
  let silence = abortIn(silenceMs, UNANSWERED);
  let whole: NodeJS.Timeout | undefined;
  const end = () => {
    clearTimeout(silence);
    clearTimeout(whole);
  };
  return {
    signal: limit.signal,
    allow(bytes) {
      end();
      whole = abortIn(silenceMs + (bytes / SLOWEST_BYTES_PER_SECOND) * 1000, isHeard ? UNFINISHED : UNANSWERED);
    },
    hear() {
      isHeard = true;
      clearTimeout(silence);
      silence = abortIn(silenceMs, UNFINISHED);
    },
    stop: (reason) => limit.abort(reason),
    end,
  };
}

const SILENCE = { unsent: false, kind: "silence" } as const;
const UNANSWERED = "it doesn't answer";
const UNFINISHED = "it doesn't finish its answer";
