import * as z from "zod";
import { decimal, whole } from "../../cli/numbers.ts";
import { suggestion } from "../../cli/suggestions.ts";
import { identifier } from "../../duckdb/sql.ts";
import { UsageError } from "../../errors.ts";
import { severity } from "../report.ts";
import { type Customers, defineColumnGate } from "./gate.ts";

const range = z
  .strictObject({ min: z.number().optional(), max: z.number().optional(), severity: severity.default("fail") })
  .refine(({ min = -Infinity, max = Infinity }) => min <= max, "a range has a min above its max");
type Range = z.infer<typeof range>;

/** Values that can't be: a negative price, a tenure of 900 years. */
export const ranges = defineColumnGate({
  name: "ranges",
  schema: z.record(z.string().min(1), range).default({}).describe("column: lowest and highest value allowed"),
  measures: ({ columns }, { min, max }, name) => {
    const column = numbersOf(columns, name);
    const outside = [
      ...(min === undefined ? [] : [`${column} < CAST('${min}' AS DOUBLE)`]),
      ...(max === undefined ? [] : [`${column} > CAST('${max}' AS DOUBLE)`]),
    ];
    return {
      lowest: `CAST(min(${column}) AS DOUBLE)`,
      highest: `CAST(max(${column}) AS DOUBLE)`,
      outside: `count(*) FILTER (WHERE ${outside.length === 0 ? "false" : outside.join(" OR ")})`,
    };
  },
  check: (setting, { measured }) => {
    const outside = measured("outside") ?? 0;
    return {
      holds: outside === 0,
      observed: extreme(setting, measured("lowest"), measured("highest")),
      limit: limitText(setting),
      detail: outside === 0 ? undefined : `${whole(outside)} ${outside === 1 ? "row" : "rows"}`,
    };
  },
  shown: decimal,
});

/** The column in SQL; one without a value may be of any type, and is in every range. */
function numbersOf(columns: Customers["columns"], name: string): string {
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) {
    const names = columns.map((candidate) => candidate.name);
    throw new UsageError(`gates.ranges: the customers have no column ${name}`, suggestion(name, names));
  }
  if (column.unused === "no values") return "CAST(NULL AS DOUBLE)";
  if (column.type !== "BIGINT" && column.type !== "DOUBLE") {
    throw new UsageError(
      `gates.ranges: ${name} is of type ${column.type}, a range needs numbers`,
      `dataset: { types: { ${name}: numeric } } reads text as numbers`,
    );
  }
  return identifier(name);
}

/** The value that says most: the highest where only that is too high or only a max is asked, else the lowest. */
function extreme({ min, max }: Range, lowest: number | null, highest: number | null): number | null {
  const tooHigh = max !== undefined && highest !== null && highest > max;
  return min === undefined || (tooHigh && lowest !== null && lowest >= min) ? highest : lowest;
}

function limitText({ min, max }: Range): string {
  if (min === undefined) return max === undefined ? "any" : `at most ${decimal(max)}`;
  return max === undefined ? `at least ${decimal(min)}` : `${decimal(min)} to ${decimal(max)}`;
}
