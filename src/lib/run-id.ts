import { randomBytes } from "node:crypto";
import type { Store } from "./store.ts";

/**
 * A new run's id, `20261123T050000Z-7f3a`: its start in UTC and four random hex digits. The folder for its attempts is made
 * exclusively, so no two runs share an id.
 */
export async function createRunId(store: Store, night: string, now: Date): Promise<string> {
  for (;;) {
    const start = now.toISOString().replace(/[-:]|\.\d+/g, "");
    const run = `${start}-${randomBytes(2).toString("hex")}`;
    if (await store.createFolder(`records/${night}/attempts/${run}`)) return run;
  }
}

/** The last four digits, which screens show. */
export function shortRun(run: string): string {
  return run.slice(-4);
}
