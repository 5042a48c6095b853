import type { Promotion } from "../../tracking/promote.ts";
import type { PromotionPlan } from "../../tracking/promotion-plan.ts";
import type { Hold } from "../../tracking/rejection.ts";
import { today } from "../../workspace/night.ts";
import { LONGEST_NAME, visible } from "../visible.ts";

/** Letters of a reason in a question or a table. */
const LONGEST_REASON = 200;

/** The question before a promotion: what changes, and what leaves. */
export function promotionQuestion({
  version,
  replaces,
  kind,
  way,
}: Pick<PromotionPlan, "version" | "replaces" | "kind" | "way">): string {
  const subject = `${visible(version.name)} version ${version.version}`;
  const from = version.stage === "None" ? "" : `from ${version.stage} `;
  const where = way === "aliases" ? "to champion" : `${from}to Production`;
  const what =
    kind === "finish"
      ? `Finish the promotion of ${subject}, which is in Production already`
      : `Promote ${subject} ${where}`;
  return `${what}${leaving(replaces, way)}? [y/N] `;
}

/** The question before a rollback: what comes back, and what is rejected. */
export function rollbackQuestion({ version, replaces }: PromotionPlan): string {
  const out = replaces.map((one) => one.version);
  const taken = out.length === 0 ? "" : `, and reject ${named(out)}`;
  return `Put ${visible(version.name)} version ${version.version} back into production${taken}? [y/N] `;
}

/** Once more, in the days after a rollback. */
export function holdQuestion(hold: Hold, timezone: string): string {
  const sentence = holdSentence(hold, timezone);
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}. Promote all the same? [y/N] `;
}

/** version 4 was rolled back on 2026-11-23 by maria (too many false alarms), and register.hold lasts until 2026-11-30 */
export function holdSentence({ version, by, at, reason, until }: Hold, timezone: string): string {
  const who = by === null ? "" : ` by ${visible(by, LONGEST_NAME)}`;
  const why = visible(reason, LONGEST_REASON);
  return `version ${version} was rolled back on ${today(timezone, at)}${who} (${why}), and register.hold lasts until ${today(timezone, until)}`;
}

/** The result in one line: churn-model version 4 is in Production, version 3 is Archived */
export function promotionLine(model: string, { version, replaced, way }: Promotion): string {
  const line = `${visible(model)} version ${version} is ${way === "aliases" ? "champion" : "in Production"}`;
  if (replaced.length === 0 || way === "aliases") return line;
  return `${line}, ${named(replaced)} ${replaced.length === 1 ? "is" : "are"} Archived`;
}

/** The result in one line: churn-model version 3 is back in production, version 4 is rejected */
export function rollbackLine(model: string, { version, replaced }: Promotion): string {
  const line = `${visible(model)} version ${version} is back in production`;
  return replaced.length === 0 ? line : `${line}, ${named(replaced)} ${replaced.length === 1 ? "is" : "are"} rejected`;
}

/** The result for programs. */
export function promotionJson(model: string, promotion: Promotion) {
  return {
    model,
    version: promotion.version,
    stage: promotion.way === "aliases" ? null : "Production",
    alias: promotion.way === "stages" ? null : "champion",
    kind: promotion.kind,
    replaced: promotion.replaced,
    promoted_by: promotion.promotedBy,
    promoted_at: promotion.promotedAt,
    reason: promotion.reason,
  };
}

/** What changes places with what, to tell two plans apart. */
export function replacedBy({ version, replaces }: Pick<PromotionPlan, "version" | "replaces">): string {
  return [version, ...replaces].map((one) => `${one.version} ${one.stage} ${one.aliases.join(" ")}`).join();
}

function leaving(replaces: PromotionPlan["replaces"], way: PromotionPlan["way"]): string {
  if (replaces.length === 0) return "";
  const versions = named(replaces.map((one) => one.version));
  return way === "aliases" ? `, in place of ${versions}` : `, ${versions} to Archived`;
}

function named(versions: readonly number[]): string {
  return `version${versions.length === 1 ? "" : "s"} ${versions.join(" and ")}`;
}
