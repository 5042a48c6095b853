import { decimal } from "../../cli/numbers.ts";
import { defineGate } from "./gate.ts";
import { severitySetting } from "./setting.ts";
import { noneOf } from "./some-of.ts";

/** An export that is written in another way: what a comma or a date means may have changed with it. */
export const csvFormat = defineGate({
  name: "csv_format",
  schema: severitySetting("fail").describe("CSV files written as on the previous decided night"),
  applies: ({ csv }) => csv !== null,
  check: (_, { previous }, { csv }) => {
    const limit = "as before";
    if (previous === undefined || csv === null) return { holds: undefined, observed: null, limit };
    const found = csv.changed.map(({ what, before, now }) => `${what} was ${shown(before)}, is ${shown(now)}`);
    return noneOf(found, limit);
  },
  shown: decimal,
  hint: (date) =>
    `a format that changed on purpose: say it in source.csv, or churn run-all --date ${date} --set gates.csv_format=warn`,
});

/** A tab would look like nothing. */
function shown(value: string): string {
  return /^[\w%/.:-]+$/.test(value) && value.length > 1 ? value : JSON.stringify(value);
}
