import * as z from "zod";
import {
  type ComparisonReport,
  minImprovement,
  outcome,
  outcomeOf1,
  outcomeOf3,
  productionMoved,
} from "../compare/report.ts";
import type { RegistrationReport } from "../tracking/registration.ts";

/** What register decided, and by which figures, as churn 1.1 wrote it. */
const decisionOf2 = {
  night: z.string(),
  model: z.string().describe("register.model"),
  outcome: outcomeOf1,
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

/** Likewise churn 1.2 and 1.3. */
const decisionOf3 = { ...decisionOf2, outcome: outcomeOf3, min_improvement: minImprovement };

/** Likewise churn 1.4. */
const decisionOf4 = {
  ...decisionOf3,
  outcome,
  recorded_f1: z.number().nullable().describe("of the version in production, on the test customers of its own night"),
};

const decision = {
  ...decisionOf4,
  stage: z.string().nullable().describe("of the version that holds the new model; null where aliases alone count"),
  production_moved: productionMoved,
};

const failed = z.strictObject({
  kind: z.literal("failed"),
  night: z.string(),
  run: z.string(),
  stage: z.string(),
  reason: z.string(),
  details: z.array(z.string()).describe("lines of evidence, such as a table of gates"),
  hint: z.string().nullable(),
  workspace: z.string().describe("its folder"),
  host: z.string(),
});

/** What churn 1.1 told the team. */
export const messageOf2 = messageOf(decisionOf2);
/** What churn 1.2 and 1.3 told it. */
export const messageOf3 = messageOf(decisionOf3);
/** What churn 1.4 told it. */
export const messageOf4 = messageOf(decisionOf4);

/** What the team is told of a night. */
export const nightMessage = messageOf(decision);
export type NightMessage = z.infer<typeof nightMessage>;

const moved = {
  model: z.string().describe("register.model"),
  version: z.int().positive().describe("in production now"),
  replaced: z.array(z.int().positive()).describe("versions that were"),
  by: z.string().nullable(),
  reason: z.string().nullable(),
};

/** Nights of the past that were made up for, told together. */
const backfill = z.strictObject({
  kind: z.literal("backfill"),
  nights: z
    .array(
      z.strictObject({
        night: z.string(),
        outcome: z.enum(["registered", "not_registered", "failed"]),
        comparison: outcome.nullable().describe("compare's word, of a decided night"),
        stage: z.string().nullable().describe("at which it failed"),
        f1: z.number().nullable(),
        auc_roc: z.number().nullable(),
        version: z.int().positive().nullable().describe("that was registered"),
        reason: z.string().describe("why it was decided so, or failed"),
      }),
    )
    .min(1)
    .describe("in order"),
  left: z.array(z.string()).describe("days that were not tried, YYYY-MM-DD"),
  was_killed: z
    .boolean()
    .describe("it could not tell of itself: failures, and days that are left, are not among these"),
  goes_on: z.string().nullable().describe("the command for what failed and what is left"),
  looks_back: z
    .int()
    .positive()
    .nullable()
    .describe("of run-all --catch-up: how many days, within which what failed is tried again every night"),
});
export type BackfillMessage = z.infer<typeof backfill>;

/** What churn 1.8 told. */
export const messageOf8 = z.discriminatedUnion("kind", [
  ...nightMessage.options,
  z.strictObject({ kind: z.literal("promoted"), ...moved }),
  z.strictObject({ kind: z.literal("rolled_back"), ...moved }),
  z.strictObject({
    kind: z.literal("digest"),
    week: z.string().describe("the Monday it is told on, YYYY-MM-DD"),
    nights: z
      .array(z.strictObject({ night: z.string(), f1: z.number(), auc_roc: z.number().nullable(), reason: z.string() }))
      .min(1)
      .describe("nights without a new model, in order"),
  }),
  z.strictObject({ kind: z.literal("test") }).describe("sent by churn message test"),
]);

/** What the team is told, as facts: each channel says them in its own way. */
export const message = z.discriminatedUnion("kind", [
  ...messageOf8.options,
  backfill,
  z.strictObject({
    kind: z.literal("watchdog"),
    findings: z
      .array(
        z.strictObject({
          what: z.string().describe("late, nights, production_age, registry, disk, unseen"),
          text: z.string(),
          since: z.iso.datetime().describe("when it was found first"),
          is_new: z.boolean().describe("false for one that was told before, and stands"),
          next: z.string().nullable().describe("a command"),
        }),
      )
      .min(1),
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
}): NightMessage {
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
    min_improvement: comparison.min_improvement,
    recorded_f1: production?.recorded_f1 ?? null,
    stage: registration.stage,
    production_moved: comparison.production_moved,
    mlflow_run_id: mlflowRunId,
  };
  return registration.registered && registration.version !== null
    ? { kind: "registered", ...decided, version: registration.version }
    : { kind: "not_registered", ...decided };
}

function messageOf<Shape extends z.core.$ZodLooseShape>(decided: Shape) {
  return z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("registered"), ...decided, version: z.int().positive() }),
    z.strictObject({ kind: z.literal("not_registered"), ...decided }),
    failed,
  ]);
}
