import { setTimeout as sleep } from "node:timers/promises";
import type { Tracking } from "./tracking.ts";

/** A link is worth no longer wait. */
const PATIENCE_MS = 5_000;

/** The address of MLflow's page about a run; null where tracking is no server, or doesn't say. */
export async function runPage(
  { uri, getRun }: Pick<Tracking, "uri" | "getRun">,
  runId: string,
): Promise<string | null> {
  if (!/^https?:/.test(uri)) return null;
  const found = getRun(runId).then(
    (run) => (run === undefined ? null : `${uri.replace(/\/+$/, "")}/#/experiments/${run.experimentId}/runs/${runId}`),
    () => null,
  );
  return await Promise.race([found, sleep(PATIENCE_MS, null, { ref: false })]);
}
