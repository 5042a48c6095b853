import { asSet, percent } from "../../cli/numbers.ts";
import { defineGate } from "./gate.ts";
import { limitSetting, share } from "./setting.ts";

/** A table that was loaded twice. */
export const duplicateRate = defineGate({
  name: "duplicate_rate",
  schema: limitSetting(share, 0.01).describe("at most this share of rows whose id came before"),
  check: ({ limit }, { today }) => ({
    holds: today.duplicate_rate <= limit,
    observed: today.duplicate_rate,
    limit: `at most ${asSet(limit, percent)}`,
    bounds: [limit],
  }),
  shown: percent,
});
