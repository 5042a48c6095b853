import { setTimeout as sleep } from "node:timers/promises";
import type { Ended } from "../../support/churn.ts";

/**
 * Starts a night until its server has answered. Before it works, a night asks for two seconds at most whether the server is
 * there, and a machine with other work to do may take longer: then it ends with 5, and nothing is done yet.
 */
export async function onceThere(start: () => Promise<Ended>): Promise<Ended> {
  for (;;) {
    const ended = await start();
    if (ended.exitCode !== 5 || !/✖ train +0\.0 s /.test(ended.stderr)) return ended;
    await sleep(500);
  }
}
