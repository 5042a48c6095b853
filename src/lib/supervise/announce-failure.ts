import { hostname } from "node:os";
import type { ChurnError } from "../errors.ts";
import type { Message } from "../notify/message.ts";
import { nextCommands } from "../notify/next.ts";
import { ownWords } from "../notify/outgoing.ts";
import { failureDigest } from "../notify/series.ts";
import { failedKey, type Team, type Untold } from "../notify/team.ts";
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
    // The message goes to people elsewhere, who have no business with what a database quotes of a customer.
    reason: redact(ownWords(failure.message, failure.foreign)),
    details: details.map((line) => redact(ownWords(line, failure.foreign))),
    hint: failure.hint === undefined ? null : redact(ownWords(failure.hint, failure.foreign)),
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
    await tellUntold(team, night.name, here);
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

/** Tells of runs that told nothing themselves: a night that fails too has no good message that could name them. */
async function tellUntold(team: Team, night: string, here: { workspace: string; host: string }): Promise<void> {
  for (const { run, night: of, stage, reason } of await team.untold(night)) {
    const message: Message = {
      kind: "failed",
      night: of,
      run,
      stage: stage ?? "start",
      reason: reason ?? "the run was ended before it could tell anybody",
      details: [],
      hint: `churn run-all --date ${of.slice(0, 10)}`,
      ...here,
    };
    await team.tell({
      key: failedKey(of, run),
      message,
      ...(reason === null ? {} : { failure: failureDigest(stage ?? "start", 75, reason) }),
      next: nextCommands(message),
    });
  }
}

/**
 * Notes a run that ended to be tried later. Should its night come to nothing, the next night's message says so; what earlier nights left
 * is told now.
 */
export async function leaveUntold(
  services: Pick<Services, "team">,
  root: string,
  run: Untold,
  redact: (text: string) => string,
  log: Pick<RunLog, "write">,
): Promise<void> {
  const team = services.team();
  try {
    await tellUntold(team, run.night, { workspace: redact(root), host: hostname() });
    await team.leaveUntold({ ...run, reason: run.reason && redact(run.reason) });
  } catch (error) {
    // Another machine may have the store by now, and whoever starts next is to hear of that.
    const fields = { error: String(error) };
    log.write({ level: "warn", message: "the run could not be noted as one for later", stage: "run-all", fields });
  }
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
