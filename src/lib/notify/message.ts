import * as z from "zod";
import { metric, signedPercent } from "../cli/numbers.ts";
import type { ComparisonReport } from "../compare/report.ts";
import type { RegistrationReport } from "../tracking/registration.ts";

/** One message, rendered many times: a title, its lines, and a command to go on with. */
export const message = z.strictObject({
  kind: z.enum(["registered", "not_registered", "failed"]),
  title: z.string(),
  lines: z.array(z.string()),
  next: z.string().nullable(),
});
export type Message = z.infer<typeof message>;

/** What became of the message on one channel. */
export const receipt = z.strictObject({
  channel: z.string(),
  outcome: z.enum(["sent", "failed"]),
  detail: z.string().nullable(),
});

/** models/NIGHT/notification.json: what the team was told, and how it went. */
export const notificationReport = z.strictObject({
  schema_version: z.literal(1),
  message,
  channels: z.array(receipt),
  sent_at: z.iso.datetime(),
});

/** What a night's decision says to the team: registered, or not and why. */
export function decisionMessage(facts: {
  readonly comparison: ComparisonReport;
  readonly registration: RegistrationReport;
  readonly mlflowRunId: string;
}): Message {
  const { comparison, registration, mlflowRunId } = facts;
  if (!registration.registered) {
    return {
      kind: "not_registered",
      title: "Training completed, no new model registered.",
      lines: [`Reason: ${registration.reason}`],
      next: null,
    };
  }
  const { f1, auc_roc } = comparison.new.metrics;
  const gain =
    comparison.improvement === null || comparison.production === null
      ? ""
      : ` (${signedPercent(comparison.improvement)} over version ${comparison.production.version})`;
  const lines = [
    `Version ${registration.version}   F1 ${metric(f1)}${gain}   AUC-ROC ${metric(auc_roc ?? null)}`,
    ...(comparison.outcome === "better" ? [] : [`Reason: ${registration.reason}`]),
    "Model is now in Staging. Please review and promote to Production.",
    `MLflow run ${mlflowRunId}`,
  ];
  return {
    kind: "registered",
    title: "New churn model registered!",
    lines,
    next: `churn promote --version ${registration.version}`,
  };
}

/** What a failed run says to the team. */
export function failureMessage(facts: {
  readonly stage: string;
  readonly night: string;
  readonly reason: string;
  readonly details: readonly string[];
  readonly hint: string | undefined;
  readonly place: string;
}): Message {
  return {
    kind: "failed",
    title: `Churn training failed at ${facts.stage}, night of ${facts.night}`,
    lines: [facts.reason, ...facts.details, facts.place],
    next: facts.hint ?? null,
  };
}

const SIGNS = { registered: "✅", not_registered: "ℹ️", failed: "❌" } as const;

/** The message as plain text: the file's form, and the terminal's. */
export function plainText({ kind, title, lines, next }: Message): string {
  return [
    `${SIGNS[kind]} ${title}`,
    ...lines,
    ...(next === null ? [] : [kind === "failed" ? `Next: ${next}` : next]),
  ].join("\n");
}
