import { whole } from "../../cli/numbers.ts";
import { againstPrevious, times } from "./against-previous.ts";
import { defineGate } from "./gate.ts";
import { limitSetting, share } from "./setting.ts";

/** A table that was loaded in part, or with another one's rows. */
export const rowsAgainstPrevious = defineGate({
  name: "rows_against_previous",
  schema: limitSetting(share, 0.5).describe(
    "rows against the previous decided night: at least this share, at most its inverse",
  ),
  check: ({ limit }, { today, previous }) => againstPrevious(today.row_count, previous?.row_count, limit, whole),
  shown: times,
});
