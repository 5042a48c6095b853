/**
 * Ends this process by a signal, at once. process.exit would wait for the query that DuckDB works on in a thread of its own,
 * for hours if need be, and the workspace would stay locked as long.
 *
 * What must not outlive the process listens for "exit", as it would for a plain end.
 */
export function endAtOnce(signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL"): void {
  process.emit("exit", 1);
  // Without a listener a signal does to Node what it does to every program.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Until it is disposed of, a signal that asks this process to stop ends it at once. */
export function endAtSignals(): Disposable {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, endAtOnce);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, endAtOnce);
    },
  };
}
