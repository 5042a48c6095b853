import { percent } from "../../cli/numbers.ts";
import { againstPrevious, times } from "./against-previous.ts";
import { defineGate } from "./gate.ts";
import { limitSetting, share } from "./setting.ts";

/** A label that means something else since yesterday. */
export const targetRateAgainstPrevious = defineGate({
  name: "target_rate_against_previous",
  schema: limitSetting(share, 0.5).describe("share of churners against the previous decided night, likewise"),
  check: ({ limit }, { today, previous }) => againstPrevious(today.target_rate, previous?.target_rate, limit, percent),
  shown: times,
});
