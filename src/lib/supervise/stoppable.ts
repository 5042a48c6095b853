import { endAtOnce } from "./end-at-once.ts";
import { type Interruption, listenForSignals } from "./interruption.ts";

/**
 * Does work that a signal asks to stop. Who asks twice doesn't wait for what is still to be told or given back: the next start copes
 * with that, as after a kill.
 */
export async function stoppable<T>(work: (interruption: Interruption) => Promise<T>): Promise<T> {
  const interruption = listenForSignals();
  interruption.onSignal((count, signal) => {
    if (count > 1) setImmediate(endAtOnce, signal);
  });
  try {
    return await work(interruption);
  } finally {
    interruption.stopListening();
  }
}
