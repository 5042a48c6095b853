import type * as z from "zod";
import { metric, percent, signedPercent, whole } from "../cli/numbers.ts";
import type { ComparisonReport, rule } from "./report.ts";

/** What is known of the model in production. */
export type Champion =
  | { readonly version: number; readonly kind: "unscorable"; readonly problem: string }
  | {
      readonly version: number;
      readonly kind: "scored";
      readonly f1: number;
      readonly identical: boolean;
      readonly sawTest: string | undefined;
    };

export type Decision = Pick<ComparisonReport, "should_deploy" | "outcome" | "reason" | "improvement" | "rules">;

/**
 * The rule: deploy when there is nothing to compare with, when F1 is better by more than the margin, relative and strict,
 * or when production can't be judged fairly and a person has to look.
 *
 * @param f1              of the new model, on the customers that judge both
 * @param minImprovement  relative: 0.01 asks for more than 1 %; a production F1 of 0 is beaten by any improvement
 */
export function decide(f1: number, champion: Champion | undefined, minImprovement: number, rows: number): Decision {
  const scored = champion?.kind === "scored" ? champion : undefined;
  const better = scored !== undefined && f1 > scored.f1 * (1 + minImprovement);
  const improvement = scored === undefined || scored.f1 === 0 ? null : f1 / scored.f1 - 1;
  const rules = [
    check(
      "production_scorable",
      champion === undefined ? undefined : scored !== undefined,
      scored !== undefined,
      "production can be scored",
    ),
    check(
      "production_unseen_test",
      scored && scored.sawTest === undefined,
      scored?.sawTest === undefined,
      "production never saw today's test customers",
    ),
    check("different_model", scored && !scored.identical, !scored?.identical, "not the model that is in production"),
    check("f1_improvement", scored && better, improvement, `more than ${percent(minImprovement)}`),
  ];
  return { ...verdict(f1, champion, better, improvement, minImprovement, rows), improvement, rules };
}

function verdict(
  f1: number,
  champion: Champion | undefined,
  better: boolean,
  improvement: number | null,
  minImprovement: number,
  rows: number,
): Pick<Decision, "should_deploy" | "outcome" | "reason"> {
  if (champion === undefined) return { should_deploy: true, outcome: "first_model", reason: "No production model" };
  const version = `version ${champion.version}`;
  if (champion.kind === "unscorable") {
    return {
      should_deploy: true,
      outcome: "champion_unscorable",
      reason: `Production, ${version}, can't be scored: ${champion.problem}. A person has to judge`,
    };
  }
  if (champion.identical)
    return {
      should_deploy: false,
      outcome: "identical",
      reason: `It is the same model as ${version}, which is in production`,
    };
  const scores = `F1 ${metric(f1)} against ${metric(champion.f1)} of ${version}`;
  if (champion.sawTest !== undefined) {
    return {
      should_deploy: true,
      outcome: "champion_saw_test",
      reason: `${scores}, but ${version} may have been trained on today's test customers: ${champion.sawTest}. A person has to judge`,
    };
  }
  if (better)
    return {
      should_deploy: true,
      outcome: "better",
      reason: improvement === null ? scores : `${scores} (${signedPercent(improvement)})`,
    };
  return {
    should_deploy: false,
    outcome: "not_better",
    reason: `F1 ${metric(f1)} is ${difference(improvement)} ${version} on the same ${whole(rows)} customers; more than ${percent(minImprovement)} above was asked`,
  };
}

function difference(improvement: number | null): string {
  if (improvement === null || improvement === 0) return "no better than";
  return improvement > 0 ? `${percent(improvement)} above` : `${percent(-improvement)} below`;
}

function check(
  name: string,
  passed: boolean | undefined,
  value: number | boolean | null,
  limit: string,
): z.infer<typeof rule> {
  const verdict = passed === undefined ? "not_applicable" : passed ? "passed" : "failed";
  return { rule: name, value: passed === undefined ? null : value, limit, verdict };
}
