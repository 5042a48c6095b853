import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: unknown;

/**
 * Frees what was made since a moment ago and nobody holds any more: a millisecond's work. V8 does so by itself, but when it thinks
 * fit; of a chunk of DuckDB's it sees a few bytes, and not the memory that goes with them, which then gathers to 100 MB.
 */
export function collectYoungGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc");
    // Compiled code that is kept for the next process is of this process's flags.
    setFlagsFromString("--no-expose-gc");
  }
  if (typeof collect === "function") collect({ type: "minor" });
}
