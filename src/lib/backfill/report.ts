import * as z from "zod";
import { recordPart } from "../artifacts/format.ts";
import { outcome } from "../compare/report.ts";

const filledDay = z.strictObject({
  date: z.string(),
  night: z.string(),
  run: z.string().nullable().describe("null where none began"),
  outcome: z
    .enum(["registered", "not_registered", "failed", "decided_before"])
    .describe("decided_before: another run was faster"),
  comparison: outcome.nullable().describe("compare's word, of a decided night"),
  stage: z.string().nullable().describe("at which it failed; null where none had begun"),
  f1: z.number().nullable(),
  auc_roc: z.number().nullable(),
  version: z.int().positive().nullable().describe("that was registered"),
  reason: z.string().describe("why it was decided so, or failed"),
  exit_code: z.int().nonnegative().describe("with which run-all would have ended"),
  took: z.number().nonnegative().describe("seconds"),
  told_before: z.boolean().describe("it failed as on an earlier night that tried it, which has told of that"),
});
/** What became of a day of a backfill. */
export type FilledDay = z.infer<typeof filledDay>;

/** What `churn backfill --json` prints. */
export const backfillFormat = recordPart({
  since: z.string().describe("YYYY-MM-DD, as until"),
  until: z.string(),
  days: z.array(filledDay).describe("those without a decided night, in the order in which they were tried"),
  left: z.array(z.string()).describe("days that were not tried"),
  goes_on: z
    .string()
    .nullable()
    .describe("the command for what failed, other than for want of customers, and what is left"),
});

const plannedDay = z.strictObject({
  date: z.string(),
  night: z.string(),
  first_stage: z.string().nullable().describe("the first one that would run"),
  is_older: z.boolean().describe("a night of a later date is decided"),
  may_register: z.boolean(),
});
/** What would be done about a day. */
export type PlannedDay = z.infer<typeof plannedDay>;

/** What `churn backfill --dry-run --json` prints. */
export const backfillPlanFormat = recordPart({
  since: z.string().describe("YYYY-MM-DD, as until"),
  until: z.string(),
  days: z.array(plannedDay).describe("those without a decided night, in order"),
});
