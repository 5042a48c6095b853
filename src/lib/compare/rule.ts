import type * as z from "zod";
import { apart, asSet, besideLimit, counted, metric, percent, signedPercent, whole } from "../cli/numbers.ts";
import type { Config } from "../config/schema.ts";
import type { ComparisonReport, OlderNight, rule } from "./report.ts";

/** What is known of the new model, on the customers that judge both. */
export interface Newcomer {
  readonly f1: number;
  /** null where it is undefined */
  readonly auc: number | null;
  readonly rows: number;
  /** customers who are predicted to churn */
  readonly predicted: number;
}

/** What is known of the model in production. */
export type Champion =
  | {
      readonly version: number;
      /** damaged: it isn't what churn registered any more */
      readonly kind: "unscorable" | "damaged";
      readonly problem: string;
      /** how it may be had back */
      readonly remedy?: string;
    }
  | {
      readonly version: number;
      readonly kind: "scored";
      readonly f1: number;
      readonly identical: boolean;
      readonly sawTest: string | undefined;
    };

/** What is known of an older night: its champion is what was in production at the end of its date. */
export interface Older extends Omit<OlderNight, "outcome" | "would_register"> {
  /** the night's, YYYY-MM-DD */
  readonly date: string;
}

export type Decision = Pick<
  ComparisonReport,
  "should_deploy" | "outcome" | "reason" | "improvement" | "min_improvement" | "rules" | "older"
>;
type Verdict = Pick<Decision, "should_deploy" | "outcome" | "reason">;

/**
 * The rule: deploy when there is nothing to compare with and the model knows something, when F1 is better by more than the
 * margin, relative and strict, or when production can't be judged fairly and a person has to look. An older night is judged alike,
 * and deployed only where that is allowed.
 *
 * @param asked  a margin of 0.01 asks for more than 1 %; a production F1 of 0 is beaten by any improvement
 * @param older  what makes the night an older one; undefined when it is none
 */
export function decide(
  newcomer: Newcomer,
  champion: Champion | undefined,
  asked: Pick<Config["compare"], "min_improvement" | "first">,
  older?: Older,
): Decision {
  const { f1 } = newcomer;
  const { min_improvement } = asked;
  const scored = champion?.kind === "scored" ? champion : undefined;
  const better = scored !== undefined && f1 > scored.f1 * (1 + min_improvement);
  const improvement = scored === undefined || scored.f1 === 0 ? null : f1 / scored.f1 - 1;
  const verdict =
    champion === undefined
      ? firstVerdict(newcomer, asked.first.min_auc, older)
      : verdictAgainst(champion, newcomer, { better, improvement, min_improvement, older });
  const rules = [
    check(
      "newest_night",
      older === undefined || older.may_register,
      older === undefined,
      "no later night is decided or in production, or --allow-register",
    ),
    ...firstRules(newcomer, champion, asked.first.min_auc),
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
    check("f1_improvement", scored && better, improvement, `more than ${asSet(min_improvement, percent)}`),
  ];
  return {
    ...(older === undefined ? verdict : olderVerdict(older, verdict, champion)),
    improvement,
    min_improvement,
    rules,
    older: older === undefined ? null : olderFacts(older, verdict),
  };
}

/** A first model has no opponent, so it must show by itself that it knows something. */
function firstVerdict(newcomer: Newcomer, minAuc: number, older: Older | undefined): Verdict {
  const weaknesses = [weakAuc(newcomer, minAuc), weakPredictions(newcomer)].filter((one) => one !== undefined);
  const none =
    older === undefined ? "No production model" : `Nothing is known to have been in production on ${older.date}`;
  if (weaknesses.length === 0) return { should_deploy: true, outcome: "first_model", reason: none };
  return {
    should_deploy: false,
    outcome: "first_model_too_weak",
    reason: `${none}, and this one is too weak to be the first: ${weaknesses.join(", and ")}`,
  };
}

function weakAuc({ auc }: Newcomer, minAuc: number): string | undefined {
  if (auc === null) return "its AUC is undefined";
  if (auc >= minAuc) return undefined;
  return `its AUC is ${besideLimit(auc, minAuc, metric)[0]}, at least ${minAuc} is asked`;
}

function weakPredictions({ predicted, rows }: Newcomer): string | undefined {
  if (predicted === 0)
    return `${rows === 1 ? "the one test customer is not" : `none of ${whole(rows)} test customers is`} predicted to churn`;
  if (predicted < rows) return undefined;
  return `${rows === 1 ? "the one test customer" : `every one of ${whole(rows)} test customers`} is predicted to churn`;
}

function firstRules(newcomer: Newcomer, champion: Champion | undefined, minAuc: number): z.infer<typeof rule>[] {
  const asFirst = (weakness: string | undefined) => (champion === undefined ? weakness === undefined : undefined);
  return [
    check("first_model_auc", asFirst(weakAuc(newcomer, minAuc)), newcomer.auc, `at least ${minAuc}`),
    check(
      "first_model_predictions",
      asFirst(weakPredictions(newcomer)),
      newcomer.predicted,
      `some of ${counted(newcomer.rows, "test customer")} are predicted to churn, not all`,
    ),
  ];
}

/** @param ruled  what the rule says, against what was in production on the night's date */
function olderVerdict(older: Older, ruled: Verdict, champion?: Champion): Verdict {
  const { newer, date, known_by, may_register } = older;
  const judged =
    champion === undefined
      ? ruled.reason
      : `Held against version ${champion.version}, in production on ${date} (${known_by}): ${ruled.reason}`;
  if (may_register && !ruled.should_deploy) return { ...ruled, reason: judged };
  if (may_register) return { ...ruled, reason: `${judged}. ${championAtDecision(older, champion?.version ?? null)}` };
  const whether = ruled.should_deploy
    ? "though it would have been (--again --allow-register registers it)"
    : "and wouldn't have been";
  return {
    should_deploy: false,
    outcome: "older_night",
    reason: `${newer}, so it isn't registered, ${whether}. ${judged}`,
  };
}

/**
 * What whoever is to promote a version of an older night has to know: it was not held against what is in production by now. The
 * sentence is kept with the decision, and so speaks of its moment.
 *
 * @param then  the version that it was held against, in production on the night's date; null for none
 */
export function championAtDecision(
  { current_version: now }: Pick<OlderNight, "current_version">,
  then: number | null,
): string {
  if (now === null) return "Nothing was in production when it was decided";
  return now === then
    ? `Version ${now} was still in production when it was decided`
    : `Version ${now} was in production when it was decided, and this one was not held against it`;
}

function olderFacts({ date: _, ...facts }: Older, { outcome, should_deploy }: Verdict): OlderNight {
  return { ...facts, outcome, would_register: should_deploy };
}

function verdictAgainst(
  champion: Champion,
  { f1, rows }: Newcomer,
  {
    better,
    improvement,
    min_improvement,
    older,
  }: {
    readonly better: boolean;
    readonly improvement: number | null;
    readonly min_improvement: number;
    readonly older: Older | undefined;
  },
): Verdict {
  const version = `version ${champion.version}`;
  if (champion.kind !== "scored") {
    const how = champion.kind === "damaged" ? "is damaged" : "can't be scored";
    const remedy = champion.remedy === undefined ? "" : `. To have it back: ${champion.remedy}`;
    return {
      should_deploy: true,
      outcome: `champion_${champion.kind}`,
      reason: `Production, ${version}, ${how}: ${champion.problem}${remedy}. A person has to judge`,
    };
  }
  if (champion.identical)
    return {
      should_deploy: false,
      outcome: "identical",
      reason: `It is the same model as ${version}, which ${older === undefined ? "is" : "was"} in production`,
    };
  const [now, before] = apart(f1, champion.f1, metric);
  const scores = `F1 ${now} against ${before} of ${version}`;
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
      reason:
        improvement === null ? scores : `${scores} (${besideLimit(improvement, min_improvement, signedPercent)[0]})`,
    };
  const [gain, margin] = difference(improvement, min_improvement);
  return {
    should_deploy: false,
    outcome: "not_better",
    reason: `F1 ${now} is ${gain} ${version} on the same ${counted(rows, "customer")}; more than ${margin} above was asked`,
  };
}

function difference(improvement: number | null, minImprovement: number): readonly [gain: string, margin: string] {
  const margin = asSet(minImprovement, percent);
  if (improvement === null || improvement === 0) return ["no better than", margin];
  if (improvement < 0) return [`${apart(-improvement, 0, percent)[0]} below`, margin];
  const [gain] = besideLimit(improvement, minImprovement, percent);
  return [gain === margin ? `exactly ${gain} above` : `${gain} above`, margin];
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
