import type { Promotion, PromotionPlan } from "../../tracking/promote.ts";
import { visible } from "../visible.ts";

/** The question before a promotion: what changes, and what leaves. */
export function promotionQuestion({ version, replaces, kind }: PromotionPlan): string {
  const subject = `${visible(version.name)} version ${version.version}`;
  const what =
    kind === "finish"
      ? `Finish the promotion of ${subject}, which is in Production already`
      : `Promote ${subject} from ${version.stage} to Production`;
  return `${what}${replaces.length === 0 ? "" : `, ${named(replaces.map((one) => one.version))} to Archived`}? [y/N] `;
}

/** The result in one line: churn-model version 4 is in Production, version 3 is Archived */
export function promotionLine(model: string, { version, replaced }: Promotion): string {
  const line = `${visible(model)} version ${version} is in Production`;
  return replaced.length === 0 ? line : `${line}, ${named(replaced)} ${replaced.length === 1 ? "is" : "are"} Archived`;
}

function named(versions: readonly number[]): string {
  return `version${versions.length === 1 ? "" : "s"} ${versions.join(" and ")}`;
}
