import type { Finding } from "./gate.ts";

/**
 * A figure against the previous decided night's: at least `limit` times it, at most its inverse.
 *
 * @param now     null where it is undefined today
 * @param before  undefined without an earlier night; what was undefined or 0 then can't be compared with
 * @param format  of both figures, for people
 */
export function againstPrevious(
  now: number | null,
  before: number | null | undefined,
  limit: number,
  format: (value: number) => string,
): Finding {
  const text =
    limit === 0.5 ? "half to double" : `${limit} to ${limit === 0 ? "any" : Number((1 / limit).toFixed(3))} times`;
  if (before === undefined || before === null || before === 0) return { holds: undefined, observed: null, limit: text };
  if (now === null) return { holds: false, observed: null, limit: text, detail: "every label is null" };
  const ratio = now / before;
  const holds = ratio >= limit && ratio <= 1 / limit;
  return {
    holds,
    observed: ratio,
    limit: text,
    bounds: [limit, 1 / limit],
    detail: `${format(now)} against ${format(before)}`,
  };
}

/** 0.47 × */
export function times(ratio: number, decimals = 2): string {
  return `${ratio.toFixed(decimals)} ×`;
}
