import { besideLimit, metric } from "../../cli/numbers.ts";
import { labelCondition } from "../../prepare/label.ts";
import { separate } from "../separation.ts";
import { defineGate } from "./gate.ts";
import { limitSetting, share } from "./setting.ts";
import { someOf } from "./some-of.ts";

/** A column that was filled in after the customer had left: a reason for leaving, a last invoice, an index of a sorted table. */
export const leakage = defineGate({
  name: "leakage",
  schema: limitSetting(share, 0.98).describe("at most this AUC of one raw column, category or null alone"),
  search:
    ({ candidates, columns, dataset: { target } }, { limit }) =>
    async (db, relation) => {
      const type = columns.find(({ name }) => name === target.column)?.type ?? "VARCHAR";
      const separations = await separate(db, relation, labelCondition(target, type), candidates, limit);
      return Object.fromEntries(separations.map(({ subject, auc }) => [subject, auc]));
    },
  check: ({ limit }, { found }) => {
    const text = `at most ${limit}`;
    const [highest, ...others] = Object.entries(found).sort(([, a], [, b]) => b - a);
    if (highest === undefined) return { holds: undefined, observed: null, limit: text, detail: "too few of a class" };
    const above = [highest, ...others].filter(([, auc]) => auc > limit);
    return {
      holds: above.length === 0,
      observed: highest[1],
      limit: text,
      bounds: [limit],
      detail:
        above.length === 0
          ? undefined
          : someOf(above.map(([subject, auc]) => `${subject} ${besideLimit(auc, limit, metric)[0]}`)),
    };
  },
  shown: metric,
  hint: () =>
    "a column that is known only once a customer has left is no feature: dataset: { types: { COLUMN: ignore } } in churn.yaml",
});
