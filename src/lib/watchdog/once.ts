import type { Finding, FindingKind } from "./finding.ts";
import type { Standing } from "./state.ts";

/** What is news of what was found, and of what was told. */
export interface News {
  /** found, and not told yet */
  readonly fresh: readonly Finding[];
  /** told, and not found any more */
  readonly cleared: readonly Standing[];
  /** told, or to be told now */
  readonly standing: readonly Standing[];
}

/**
 * Holds what was found to what was told: each finding is told once, until it has cleared.
 *
 * @param unjudged  kinds of which nothing could be found out: what was told of them stands
 * @param at        the present moment: ISO 8601, in UTC
 */
export function newsOf(
  { standing }: { readonly standing: readonly Standing[] },
  findings: readonly Finding[],
  unjudged: readonly FindingKind[],
  at: string,
): News {
  const isFound = (one: Standing) => findings.some((finding) => isSame(one, finding));
  const cleared = standing.filter((one) => !isFound(one) && !unjudged.includes(one.what));
  const fresh = findings.filter((finding) => !standing.some((one) => isSame(one, finding)));
  return {
    fresh,
    cleared,
    standing: [
      ...standing.filter((one) => !cleared.includes(one)),
      ...fresh.map(({ what, subject }) => ({ what, subject, since: at })),
    ],
  };
}

/** A finding as people are told of it. */
export interface ToldFinding extends Finding {
  /** when it was found first: ISO 8601, in UTC */
  readonly since: string;
  /** false for one that was told before, and stands */
  readonly is_new: boolean;
}

/** What was found, what is new first. */
export function inOrder(findings: readonly Finding[], { fresh, standing }: News, at: string): readonly ToldFinding[] {
  const told = findings.map((finding) => ({
    ...finding,
    since: standing.find((one) => isSame(one, finding))?.since ?? at,
    is_new: fresh.some((one) => isSame(one, finding)),
  }));
  return [...told.filter(({ is_new }) => is_new), ...told.filter(({ is_new }) => !is_new)];
}

/** Whether both are the same finding. */
export function isSame(one: Pick<Finding, "what" | "subject">, other: Pick<Finding, "what" | "subject">): boolean {
  return one.what === other.what && one.subject === other.subject;
}
