import { hostname } from "node:os";
import type { ChurnError } from "../errors.ts";
import { deliver } from "../notify/deliver.ts";
import type { Message } from "../notify/message.ts";
import { ownWords } from "../notify/outgoing.ts";
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
  readonly services: Pick<Services, "channels" | "tracking">;
  readonly night: Night;
  readonly runId: string;
  readonly stage: string;
  readonly failure: ChurnError;
  readonly details: readonly string[];
  readonly log: RunLog;
}): Promise<void> {
  const { root, ledger, services, night, runId, stage, failure, details, log } = facts;
  const { redact } = ledger;
  const message: Message = {
    kind: "failed",
    night: night.name,
    run: runId,
    stage,
    // The message goes to people elsewhere, who have no business with what a database quotes of a customer.
    reason: redact(ownWords(failure.message, failure.foreign)),
    details: details.map((line) => redact(ownWords(line, failure.foreign))),
    hint: failure.hint === undefined ? null : redact(ownWords(failure.hint, failure.foreign)),
    workspace: redact(root),
    host: hostname(),
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
    const receipts = await deliver(message, services.channels());
    log.write({ level: "info", message: "team told of the failure", stage: "run-all", fields: { receipts } });
  });
  await attempt("MLflow", () => markRunFailed(ledger, night, services));
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
