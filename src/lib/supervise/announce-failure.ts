import { hostname } from "node:os";
import type { ChurnError } from "../errors.ts";
import { fileChannel, terminalChannel } from "../notify/channels.ts";
import { deliver } from "../notify/deliver.ts";
import { failureMessage } from "../notify/message.ts";
import type { Ledger } from "../stage/ledger.ts";
import { decisionOf } from "../stage/nights.ts";
import { readCheckpoint } from "../stage/parts.ts";
import { lastAttempt } from "../stage/record.ts";
import { trainCheckpoint } from "../tracking/checkpoint.ts";
import { openTracking } from "../tracking/open.ts";
import type { RunLog } from "../workspace/log.ts";
import type { Night } from "../workspace/night.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Tells the team that a run failed, and MLflow that its run did. The terminal has the failure's own lines already, so only
 * the other channels hear. Nothing that goes wrong here hides the failure itself: it goes to the log.
 */
export async function announceFailure(facts: {
  readonly workspace: Workspace;
  readonly ledger: Ledger;
  readonly night: Night;
  readonly runId: string;
  readonly stage: string;
  readonly failure: ChurnError;
  readonly details: readonly string[];
  readonly log: RunLog;
}): Promise<void> {
  const { workspace, ledger, night, runId, stage, failure, details, log } = facts;
  const { config, root, store, redact } = workspace;
  const message = failureMessage({
    stage,
    night: night.name,
    reason: redact(failure.message),
    details: details.map(redact),
    hint: failure.hint === undefined ? undefined : redact(failure.hint),
    place: `${root} on ${hostname()}`,
  });
  const receipts = await deliver(message, config.notify.channels, {
    terminal: terminalChannel(() => {}),
    file: fileChannel(store, `notifications/${night.name}.failed.${runId}.txt`),
  });
  log.write({ level: "info", message: "team told of the failure", stage: "run-all", fields: { receipts } });
  try {
    await markRunFailed(ledger, night, workspace);
  } catch (error) {
    log.write({
      level: "warn",
      message: "MLflow could not be told of the failure",
      stage: "run-all",
      fields: { error: String(error) },
    });
  }
}

/**
 * A run that is resumed later goes on under the same id, and register finishes it. Of a decided night it has: what comes
 * after the decision does it no harm.
 */
async function markRunFailed(ledger: Ledger, night: Night, { config, root }: Workspace): Promise<void> {
  if ((await decisionOf(ledger, night.name)) !== undefined) return;
  const attempt = await lastAttempt(ledger, night.name, "train");
  const mlflowRunId = attempt && readCheckpoint(trainCheckpoint, attempt)?.mlflow_run_id;
  if (mlflowRunId === undefined || mlflowRunId === null) return;
  const tracking = await openTracking(config.tracking, root);
  await tracking.setStatus(mlflowRunId, "FAILED", Date.now());
}
