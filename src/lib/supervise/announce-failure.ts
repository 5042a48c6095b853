import { hostname } from "node:os";
import type { ChurnError } from "../errors.ts";
import type { Message } from "../notify/message.ts";
import { nextCommands } from "../notify/next.ts";
import { failureDigest } from "../notify/series.ts";
import { failedKey, type Interrupted, type News } from "../notify/team.ts";
import type { Ledger } from "../stage/ledger.ts";
import { decisionOf } from "../stage/nights.ts";
import { readCheckpoint } from "../stage/parts.ts";
import { lastAttempt } from "../stage/record.ts";
import { trainCheckpoint } from "../tracking/checkpoint.ts";
import { requirePresent } from "../tracking/present.ts";
import type { RunLog } from "../workspace/log.ts";
import type { Night } from "../workspace/night.ts";
import type { Services } from "../workspace/services.ts";

/**
 * Tells the team that a run failed, and MLflow that its run did. Nothing that goes wrong here hides the failure itself: it
 * goes to the log.
 */
export async function announceFailure(facts: {
  readonly root: string;
  readonly ledger: Ledger;
  readonly services: Pick<Services, "team" | "tracking">;
  readonly night: Night;
  readonly runId: string;
  readonly stage: string;
  readonly failure: ChurnError;
  readonly details: readonly string[];
  readonly log: RunLog;
}): Promise<void> {
  const { root, ledger, services, night, runId, stage, failure, details, log } = facts;
  const { redact } = ledger;
  const here = { workspace: redact(root), host: hostname() };
  const message: Message = {
    kind: "failed",
    night: night.name,
    run: runId,
    stage,
    reason: redact(failure.message),
    details: details.map(redact),
    hint: failure.hint === undefined ? null : redact(failure.hint),
    ...here,
  };
  const attempt = async (whom: string, tell: () => Promise<void>) => {
    try {
      await tell();
    } catch (error) {
      const fields = { error: String(error) };
      log.write({ level: "warn", message: `${whom} could not be told of the failure`, stage: "run-all", fields });
    }
  };
  await attempt("the team", async () => {
    const team = services.team();
    // Runs that could tell nothing are told of by the next message; one that failed is no message about them.
    for (const interrupted of await team.interrupted()) await team.tell(newsOfInterrupted(interrupted, here));
    const { channels } = await team.tell({
      key: failedKey(night.name, runId),
      message,
      failure: failureDigest(stage, failure.exitCode, failure.message),
      tail: log.tail(),
      next: nextCommands(message),
    });
    log.write({ level: "info", message: "team told of the failure", stage: "run-all", fields: { channels } });
  });
  await attempt("MLflow", () => markRunFailed(ledger, night, services));
}

/** A run that was killed before it could tell anything. */
function newsOfInterrupted({ run, night, stage }: Interrupted, here: { workspace: string; host: string }): News {
  const message: Message = {
    kind: "failed",
    night,
    run,
    stage: stage ?? "start",
    reason: "the run was ended before it could tell anybody",
    details: [],
    hint: `churn run-all --date ${night}`,
    ...here,
  };
  return { key: failedKey(night, run), message, next: nextCommands(message) };
}

/**
 * A run that is resumed later goes on under the same id, and register finishes it. Of a decided night it has: what comes
 * after the decision does it no harm.
 */
async function markRunFailed(ledger: Ledger, night: Night, services: Pick<Services, "tracking">): Promise<void> {
  if ((await decisionOf(ledger, night.name)) !== undefined) return;
  const attempt = await lastAttempt(ledger, night.name, "train");
  const mlflowRunId = attempt && readCheckpoint(trainCheckpoint, attempt)?.mlflow_run_id;
  if (mlflowRunId === undefined || mlflowRunId === null) return;
  const tracking = await services.tracking();
  // Nobody is to wait for minutes to hear of a server that is down; the next run ends this one there.
  await requirePresent(tracking);
  await tracking.setStatus(mlflowRunId, "FAILED", Date.now());
}
