import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { classificationMetrics, metricsOf1 } from "../model/evaluation.ts";

/** The outcomes that churn 1.0 and 1.1 knew. */
export const outcomeOf1 = z.enum([
  "first_model",
  "better",
  "not_better",
  "identical",
  "champion_unscorable",
  "champion_saw_test",
]);

/** The outcomes that churn 1.2 and 1.3 knew. */
export const outcomeOf3 = z.enum([...outcomeOf1.options, "first_model_too_weak", "older_night"]);

/** How a comparison ended, one of a closed set. The words are stable: programs read them. */
export const outcome = z.enum([...outcomeOf3.options, "champion_damaged"]);
export type Outcome = z.infer<typeof outcome>;

/** Whether nobody stood against the new model although somebody is in production: a person has to judge. */
export function isWithoutContest(ended: Outcome): boolean {
  return ended === "champion_unscorable" || ended === "champion_damaged";
}

export const rule = z.strictObject({
  rule: z.string(),
  value: z.union([z.number(), z.boolean()]).nullable(),
  limit: z.string().describe("for people: more than 1.0 %"),
  verdict: z.enum(["passed", "failed", "not_applicable"]),
});

export const minImprovement = z
  .number()
  .nullable()
  .describe("relative gain of F1 that was asked; null where churn 1.0 or 1.1 wrote it");

const reportOf2 = reportWith(classificationMetrics);

const reportOf3 = reportOf2.extend({ outcome: outcomeOf3, min_improvement: minImprovement });

const reportOf4 = reportOf3.extend({ outcome });

/** That production was moved by other means than churn's: in MLflow's own pages, say. */
export const productionMoved = z
  .strictObject({ from: z.int().positive().nullable(), to: z.int().positive() })
  .nullable()
  .describe("versions, where production was moved outside churn since the night before");
export type ProductionMoved = z.infer<typeof productionMoved>;

/** Of a night that is older than the newest decided one, or than the version in production: what was in production on its date. */
export const olderNight = z
  .strictObject({
    newer: z.string().describe("what makes it an older one"),
    at: z.iso.datetime().describe("the end of its date: what was in production then is what it was held against"),
    known_by: z.string().describe("how that is known"),
    current_version: z.int().positive().nullable().describe("in production when it was judged"),
    outcome: outcome.describe("by the rule, as if it were the newest"),
    would_register: z.boolean().describe("by the rule"),
    may_register: z.boolean().describe("--allow-register was given"),
  })
  .nullable()
  .describe("null for the newest night, and where churn 1.8 or before wrote it, which held it against production");
export type OlderNight = NonNullable<z.infer<typeof olderNight>>;

const reportOf5 = reportOf4.extend({
  production_moved: productionMoved,
  last_promotion: z
    .string()
    .nullable()
    .describe(
      "when churn last promoted a version, as the registry's tags said; null where none tells, or churn 1.4 wrote it",
    ),
});

/** models/NIGHT/comparison.json: the new model against the one in production, on the same customers. */
const comparisonReport = reportOf5.extend({ older: olderNight });
export type ComparisonReport = z.infer<typeof comparisonReport>;

export const comparisonFormat = defineFormat({
  version: 6,
  schema: comparisonReport,
  upgrades: {
    1: upgrade(reportWith(metricsOf1), reportOf2, (old) => old),
    2: upgrade(reportOf2, reportOf3, (old) => ({ ...old, min_improvement: null })),
    3: upgrade(reportOf3, reportOf4, (old) => old),
    4: upgrade(reportOf4, reportOf5, (old) => ({ ...old, production_moved: null, last_promotion: null })),
    5: upgrade(reportOf5, comparisonReport, (old) => ({ ...old, older: null })),
  },
});

function reportWith<Metrics extends z.ZodType>(metrics: Metrics) {
  return z.strictObject({
    should_deploy: z.boolean(),
    outcome: outcomeOf1,
    reason: z.string(),
    rows: z.int().positive().describe("customers that judged both models"),
    new: z.strictObject({ model_digest: z.string(), threshold: z.number(), metrics }),
    production: z
      .strictObject({
        version: z.int().positive(),
        model_digest: z.string().nullable().describe("null where its files can't be read"),
        threshold: z.number().nullable(),
        metrics: metrics.nullable().describe("on today's test customers; null where it can't be scored"),
        recorded_f1: z.number().nullable().describe("on the test customers of its own night; never decides"),
        problem: z
          .string()
          .nullable()
          .describe("why it can't be scored, or how it may have seen today's test customers"),
      })
      .nullable(),
    improvement: z.number().nullable().describe("relative gain of F1; null where production's F1 is unknown or 0"),
    rules: z.array(rule),
  });
}
