import * as z from "zod";
import { decimal, whole } from "../../cli/numbers.ts";
import { labelCounts } from "../../prepare/label.ts";
import type { Figures } from "../report.ts";
import { defineGate } from "./gate.ts";
import { count, limitSetting } from "./setting.ts";
import { someOf } from "./some-of.ts";

/** A label that nothing can be learned from: one class only, other spellings, or none that is dataset.target.positive. */
export const classes = defineGate({
  name: "classes",
  schema: limitSetting(count, 2).describe("exactly so many classes in the label"),
  isWaivable: false,
  search:
    ({ dataset }) =>
    async (db, relation) => {
      const [found] = await db.rows(
        `SELECT count(*) AS classes FROM ${labelCounts(relation, dataset.target.column)}`,
        z.object({ classes: z.int() }),
      );
      return { ...found };
    },
  check: ({ limit }, { today, found: { classes: found = 0 } }) => {
    return {
      holds: found === limit && (today.target_rate ?? 0) > 0,
      observed: found,
      limit: `exactly ${whole(limit)}`,
      detail: whatIsWrong(today, found, limit),
    };
  },
  shown: decimal,
});

function whatIsWrong({ target_rate, target_distribution }: Figures, found: number, limit: number): string | undefined {
  if (target_rate === null) return "every label is null";
  const labels = Object.keys(target_distribution).map((label) => JSON.stringify(label));
  const values = someOf(labels, 5);
  if (target_rate === 0) return `dataset.target.positive is none of ${values}`;
  return found === limit ? undefined : `there ${found === 1 ? "is" : "are"} ${values}`;
}
