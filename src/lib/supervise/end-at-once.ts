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
