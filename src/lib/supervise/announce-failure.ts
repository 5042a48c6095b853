import { hostname } from "node:os";
import type { ChurnError } from "../errors.ts";
import type { Message } from "../notify/message.ts";
import { nextCommands } from "../notify/next.ts";
import { ownWords } from "../notify/outgoing.ts";
import { failureDigest } from "../notify/series.ts";
import { failedKey, type Team } from "../notify/team.ts";
import type { Archive } from "../stage/archive.ts";
import { decisionOf } from "../stage/nights.ts";
import { readCheckpoint } from "../stage/parts.ts";
import { lastAttempt } from "../stage/record.ts";
import { trainCheckpoint } from "../tracking/checkpoint.ts";
import { requirePresent } from "../tracking/present.ts";
import type { RunLog } from "../workspace/log.ts";
import type { Night } from "../workspace/night.ts";
import type { Services } from "../workspace/services.ts";
import type { FailedEvent } from "./view.ts";

/**
 * Tells the team that a run failed, and MLflow that its run did. Nothing that goes wrong here hides the failure itself: it
 * goes to the log.
 *
 * @returns whether it is written down for the team, which hears of it now or at the next start
 */
export async function announceFailure(facts: {
  readonly root: string;
  readonly archive: Archive;
  readonly services: Pick<Services, "team" | "tracking">;
  readonly night: Night;
  readonly runId: string;
  readonly stage: string;
  /** as run-all says it, with its next steps */
  readonly failure: ChurnError;
  /** as the stage told it */
  readonly event: FailedEvent;
  readonly log: RunLog;
}): Promise<boolean> {
  const { root, archive, services, night, runId, stage, failure, event, log } = facts;
  const { redact } = archive;
  const workspace = redact(root);
  const own = (text: string) => redact(ownWords(text, event.foreign));
  const message: Message = {
    kind: "failed",
    night: night.name,
    run: runId,
    stage,
    // The message goes to people elsewhere, who have no business with what a database quotes of a customer.
    reason: own(event.message),
    details: event.details.map(own),
    hint: failure.hint === undefined ? null : own(failure.hint),
    workspace,
    host: hostname(),
  };
  const attempt = (whom: string, tell: () => Promise<void>) => told(log, whom, tell);
  const team = services.team();
  await attempt("the team of earlier runs", () => tellUntold(team, night.name, workspace));
  const isTold = await attempt("the team", async () => {
    const { channels } = await team.tell({
      key: failedKey(night.name, runId),
      message,
      failure: failureDigest(stage, event.exitCode, own(event.message)),
      tail: log.tail(),
      next: nextCommands(message),
    });
    log.write({ level: "info", message: "team told of the failure", stage: "run-all", fields: { channels } });
  });
  await markRunFailed({ archive, services, night, log });
  return isTold;
}

/** @returns whether whoever is to hear of the failure could be told */
async function told(log: Pick<RunLog, "write">, whom: string, tell: () => Promise<void>): Promise<boolean> {
  try {
    await tell();
    return true;
  } catch (error) {
    const fields = { error: String(error) };
    log.write({ level: "warn", message: `${whom} could not be told of the failure`, stage: "run-all", fields });
    return false;
  }
}

/** Tells of runs that told nothing themselves: a night that fails too has no good message that could name them. */
async function tellUntold(team: Team, night: string, workspace: string): Promise<void> {
  for (const { run, night: of, host, stage, reason, failure } of await team.untold(night)) {
    const message: Message = {
      kind: "failed",
      night: of,
      run,
      stage: stage ?? "start",
      reason: reason ?? "the run was ended before it could tell anybody",
      details: [],
      hint: `churn run-all --date ${of.slice(0, 10)}`,
      workspace,
      host,
    };
    await team.tell({
      key: failedKey(of, run),
      message,
      ...(failure === null ? {} : { failure }),
      next: nextCommands(message),
    });
  }
}

/**
 * Notes a run that ended to be tried later. Should its night come to nothing, the next night's message says so; what earlier nights left
 * is told now.
 */
export async function leaveUntold(
  {
    archive,
    services,
    root,
    log,
  }: {
    readonly archive: Pick<Archive, "redact">;
    readonly services: Pick<Services, "team">;
    readonly root: string;
    readonly log: Pick<RunLog, "write">;
  },
  {
    run,
    night,
    stage,
    event,
  }: {
    readonly run: string;
    readonly night: string;
    readonly stage: string;
    readonly event: FailedEvent;
  },
): Promise<void> {
  const { redact } = archive;
  const team = services.team();
  const reason = redact(ownWords(event.message, event.foreign));
  const failure = failureDigest(stage, event.exitCode, reason);
  try {
    await tellUntold(team, night, redact(root));
    await team.leaveUntold({ run, night, host: hostname(), stage, reason, failure });
  } catch (error) {
    // Another machine may have the store by now, and whoever starts next is to hear of that.
    const fields = { error: String(error) };
    log.write({ level: "warn", message: "the run could not be noted as one for later", stage: "run-all", fields });
  }
}

/**
 * Tells MLflow that a night's run failed. One that is resumed later goes on under the same id, and register finishes it. Of a decided
 * night it has: what comes after the decision does it no harm.
 */
export async function markRunFailed({
  archive,
  services,
  night,
  log,
}: {
  readonly archive: Archive;
  readonly services: Pick<Services, "tracking">;
  readonly night: Night;
  readonly log: Pick<RunLog, "write">;
}): Promise<void> {
  await told(log, "MLflow", () => setFailed(archive, night, services));
}

async function setFailed(archive: Archive, night: Night, services: Pick<Services, "tracking">): Promise<void> {
  if ((await decisionOf(archive, night.name)) !== undefined) return;
  const attempt = await lastAttempt(archive, night.name, "train");
  const mlflowRunId = attempt && readCheckpoint(trainCheckpoint, attempt)?.mlflow_run_id;
  if (mlflowRunId === undefined || mlflowRunId === null) return;
  const tracking = await services.tracking();
  // Nobody is to wait for minutes to hear of a server that is down; the next run ends this one there.
  await requirePresent(tracking);
  await tracking.setStatus(mlflowRunId, "FAILED", Date.now());
}
