import { constants } from "node:os";
import { ChurnError } from "../errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type StopSignal = (typeof SIGNALS)[number];

/** churn was asked to stop by a signal. Exit code 128 + N. */
export class InterruptedError extends ChurnError {
  override readonly name = "InterruptedError";
  constructor(signal: StopSignal, hint = "the same command continues where it stopped") {
    super(128 + constants.signals[signal], `stopped by ${signal}`, hint);
  }
}

/** Whether, and how often, this process was asked to stop. */
export interface Interruption {
  readonly isInterrupted: boolean;
  /** @param hint  what comes next, where the same command doesn't go on with it */
  throwIfInterrupted(hint?: string): void;
  /** Calls the listener at each signal, with how many there were and which it is; returns a function that takes it off again. */
  onSignal(listener: SignalListener): () => void;
  stopListening(): void;
}

type SignalListener = (count: number, signal: StopSignal) => void;

export function listenForSignals(): Interruption {
  const listeners = new Set<SignalListener>();
  let count = 0;
  let first: StopSignal | undefined;
  const receive = (signal: StopSignal) => {
    first ??= signal;
    count += 1;
    for (const listener of listeners) listener(count, signal);
  };
  for (const signal of SIGNALS) process.on(signal, receive);
  return {
    get isInterrupted() {
      return first !== undefined;
    },
    throwIfInterrupted: (hint) => {
      if (first !== undefined) throw new InterruptedError(first, hint);
    },
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stopListening: () => {
      for (const signal of SIGNALS) process.off(signal, receive);
    },
  };
}
