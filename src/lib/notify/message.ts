import * as z from "zod";
import { type ComparisonReport, outcome } from "../compare/report.ts";
import type { RegistrationReport } from "../tracking/registration.ts";

/** What register decided, and by which figures. */
const decision = {
  night: z.string(),
  model: z.string().describe("register.model"),
  outcome,
  reason: z.string(),
  f1: z.number(),
  auc_roc: z.number().nullable(),
  rows: z.int().positive().describe("test customers"),
  production: z
    .strictObject({ version: z.int().positive(), f1: z.number().nullable() })
    .nullable()
    .describe("what the new model was held against"),
  improvement: z.number().nullable().describe("of F1 over production, relative"),
  mlflow_run_id: z.string(),
};

/** What the team is told, as facts: each channel says them in its own way. */
export const message = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("registered"), ...decision, version: z.int().positive() }),
  z.strictObject({ kind: z.literal("not_registered"), ...decision }),
  z.strictObject({
    kind: z.literal("failed"),
    night: z.string(),
    run: z.string(),
    stage: z.string(),
    reason: z.string(),
    details: z.array(z.string()).describe("lines of evidence, such as a table of gates"),
    hint: z.string().nullable(),
    workspace: z.string().describe("its folder"),
    host: z.string(),
  }),
]);
export type Message = z.infer<typeof message>;

/** What a night's decision says to the team: registered, or not and why. */
export function decisionMessage(facts: {
  readonly night: string;
  readonly comparison: ComparisonReport;
  readonly registration: RegistrationReport;
  readonly mlflowRunId: string;
}): Message {
  const { night, comparison, registration, mlflowRunId } = facts;
  const { production } = comparison;
  const { f1, auc_roc } = comparison.new.metrics;
  const decided = {
    night,
    model: registration.name,
    outcome: comparison.outcome,
    reason: registration.reason,
    f1,
    auc_roc: auc_roc ?? null,
    rows: comparison.rows,
    production: production && { version: production.version, f1: production.metrics?.f1 ?? null },
    improvement: comparison.improvement,
    mlflow_run_id: mlflowRunId,
  };
  return registration.registered && registration.version !== null
    ? { kind: "registered", ...decided, version: registration.version }
    : { kind: "not_registered", ...decided };
}
