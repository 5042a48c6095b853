import { asSet, besideLimit, percent } from "../../cli/numbers.ts";
import type { Figures } from "../report.ts";
import { defineGate } from "./gate.ts";
import { limitSetting, share } from "./setting.ts";
import { someOf } from "./some-of.ts";

/** Columns that came empty. */
export const nullRate = defineGate({
  name: "null_rate",
  schema: limitSetting(share, 0.1).describe("at most this share of nulls, mean over all extracted columns"),
  check: ({ limit }, { today }) => ({
    holds: today.null_rate <= limit,
    observed: today.null_rate,
    limit: `at most ${asSet(limit, percent)}`,
    bounds: [limit],
    detail: worstColumns(today, limit),
  }),
  shown: percent,
});

function worstColumns({ null_rate_by_column }: Figures, limit: number): string | undefined {
  const worst = Object.entries(null_rate_by_column)
    .filter(([, rate]) => rate > limit)
    .sort(([, a], [, b]) => b - a);
  return worst.length === 0
    ? undefined
    : someOf(worst.map(([name, rate]) => `${name} ${besideLimit(rate, limit, percent)[0]}`));
}
