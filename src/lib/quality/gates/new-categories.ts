import { decimal } from "../../cli/numbers.ts";
import { own } from "../../config/own.ts";
import { CATEGORIES_LISTED, type Figures } from "../report.ts";
import { defineGate } from "./gate.ts";
import { severitySetting } from "./setting.ts";
import { noneOf } from "./some-of.ts";

/** A tariff, a spelling or a kind of payment that no model has learned of yet. */
export const newCategories = defineGate({
  name: "new_categories",
  schema: severitySetting("warn").describe("no category that the previous decided night didn't have"),
  check: (_, { today, previous }) => {
    const limit = "none";
    if (previous === undefined) return { holds: undefined, observed: null, limit };
    const found = unseen(today.categories, previous.categories);
    return noneOf(found, limit);
  },
  shown: decimal,
});

function unseen(now: Figures["categories"], before: Figures["categories"]): string[] {
  return Object.entries(now).flatMap(([name, values]) => {
    const known = own(before, name);
    // A list that was cut off can't say what is new.
    if (known === undefined || known.length >= CATEGORIES_LISTED) return [];
    const seen = new Set(known);
    return values.filter((value) => !seen.has(value)).map((value) => `${name} ${JSON.stringify(value)}`);
  });
}
