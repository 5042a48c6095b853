import { decimal, percent, whole } from "../cli/numbers.ts";
import { own } from "../config/own.ts";
import type { Config } from "../config/schema.ts";
import { CATEGORIES_LISTED, type Quality, type RangeMeasure } from "./measure.ts";
import type { GateCheck, ValidationReport } from "./report.ts";

type Gates = Config["gates"];

/** What one gate finds; the rest of its check follows from the configuration. */
interface Finding {
  /** undefined: there is nothing to compare with */
  readonly holds: boolean | undefined;
  readonly observed: number | null;
  readonly limit: string;
  readonly detail?: string | undefined;
}

/**
 * Holds today's customers to every gate of churn.yaml that is not switched off. All are checked; those that warn and those
 * that fail come last.
 *
 * @param previous  the report of the newest decided earlier night
 */
export function checkGates(quality: Quality, previous: ValidationReport | undefined, gates: Gates): GateCheck[] {
  const checks: GateCheck[] = [];
  const check = <Gate extends { readonly severity: GateCheck["severity"] }>(
    name: string,
    gate: Gate | false,
    find: (gate: Gate) => Finding,
  ) => {
    if (gate === false) return;
    const { holds, observed, limit, detail = null } = find(gate);
    const verdict = holds === undefined ? "not_applicable" : holds ? "passed" : "failed";
    checks.push({ gate: name, severity: gate.severity, verdict, observed, limit, detail });
  };

  check("row_count", gates.row_count, ({ limit }) => ({
    holds: quality.row_count >= limit,
    observed: quality.row_count,
    limit: `at least ${whole(limit)}`,
  }));
  check("null_rate", gates.null_rate, ({ limit }) => ({
    holds: quality.null_rate <= limit,
    observed: quality.null_rate,
    limit: `at most ${percent(limit)}`,
    detail: worstColumns(quality, limit),
  }));
  check("duplicate_rate", gates.duplicate_rate, ({ limit }) => ({
    holds: quality.duplicate_rate <= limit,
    observed: quality.duplicate_rate,
    limit: `at most ${percent(limit)}`,
  }));
  check("null_ids", gates.null_ids, ({ limit }) => ({
    holds: quality.nullIds <= limit,
    observed: quality.nullIds,
    limit: `at most ${whole(limit)}`,
  }));
  check("classes", gates.classes, ({ limit }) => checkClasses(quality, limit));
  check("rows_against_previous", gates.rows_against_previous, ({ limit }) =>
    checkRatio(quality.row_count, previous?.row_count, limit, whole),
  );
  check("target_rate_against_previous", gates.target_rate_against_previous, ({ limit }) =>
    checkRatio(quality.target_rate, previous?.target_rate, limit, percent),
  );
  check("columns", gates.columns, () => checkColumns(quality, previous));
  check("new_categories", gates.new_categories, () => checkCategories(quality, previous));
  for (const [name, range] of Object.entries(gates.ranges)) {
    const measure = own(quality.ranges, name);
    if (measure !== undefined) check(`ranges.${name}`, range, () => checkRange(measure, range));
  }
  return checks.sort((a, b) => rank(a) - rank(b));
}

function rank({ verdict, severity }: GateCheck): number {
  if (verdict === "passed") return 0;
  if (verdict === "not_applicable") return 1;
  return severity === "warn" ? 2 : 3;
}

/** Some of a list: the first three, and how many more. */
function some(items: readonly string[], shown = 3): string {
  const rest = items.length - shown;
  return rest > 0 ? `${items.slice(0, shown).join(", ")} and ${whole(rest)} more` : items.join(", ");
}

function worstColumns({ null_rate_by_column }: Quality, limit: number): string | undefined {
  const worst = Object.entries(null_rate_by_column)
    .filter(([, rate]) => rate > limit)
    .sort(([, a], [, b]) => b - a);
  return worst.length === 0 ? undefined : some(worst.map(([name, rate]) => `${name} ${percent(rate)}`));
}

function checkClasses(quality: Quality, limit: number): Finding {
  const { classes, positives } = quality;
  const values = some(
    Object.keys(quality.target_distribution).map((value) => JSON.stringify(value)),
    5,
  );
  const detail =
    classes === 0
      ? "every label is null"
      : positives === 0
        ? `dataset.target.positive is none of ${values}`
        : classes === limit
          ? undefined
          : `there ${classes === 1 ? "is" : "are"} ${values}`;
  return { holds: classes === limit && positives > 0, observed: classes, limit: `exactly ${whole(limit)}`, detail };
}

function checkRatio(
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
  return { holds, observed: ratio, limit: text, detail: `${format(now)} against ${format(before)}` };
}

function checkColumns({ columns }: Quality, previous: ValidationReport | undefined): Finding {
  const limit = "as before";
  if (previous === undefined) return { holds: undefined, observed: null, limit };
  const before = new Map(previous.columns.map(({ name, type }) => [name, type]));
  const now = new Set(columns.map(({ name }) => name));
  const differences = [
    ...previous.columns.filter(({ name }) => !now.has(name)).map(({ name }) => `${name} is gone`),
    ...columns.flatMap(({ name, type }) => {
      const was = before.get(name);
      if (was === undefined) return [`${name} is new`];
      return was === type ? [] : [`${name} was ${was}, is ${type}`];
    }),
  ];
  return {
    holds: differences.length === 0,
    observed: differences.length,
    limit,
    detail: differences.length === 0 ? undefined : some(differences),
  };
}

function checkCategories({ categories }: Quality, previous: ValidationReport | undefined): Finding {
  const limit = "none";
  if (previous === undefined) return { holds: undefined, observed: null, limit };
  const unseen = Object.entries(categories).flatMap(([name, values]) => {
    const before = own(previous.categories, name);
    // A list that was cut off can't say what is new.
    if (before === undefined || before.length >= CATEGORIES_LISTED) return [];
    const known = new Set(before);
    return values.filter((value) => !known.has(value)).map((value) => `${name} ${JSON.stringify(value)}`);
  });
  return {
    holds: unseen.length === 0,
    observed: unseen.length,
    limit,
    detail: unseen.length === 0 ? undefined : some(unseen),
  };
}

function checkRange(
  { lowest, highest, outside }: RangeMeasure,
  { min, max }: { min?: number | undefined; max?: number | undefined },
): Finding {
  const limit =
    min === undefined
      ? max === undefined
        ? "any"
        : `at most ${decimal(max)}`
      : max === undefined
        ? `at least ${decimal(min)}`
        : `${decimal(min)} to ${decimal(max)}`;
  const tooHigh = max !== undefined && highest !== null && highest > max;
  const observed = min === undefined || (tooHigh && lowest !== null && lowest >= min) ? highest : lowest;
  const detail = outside === 0 ? undefined : `${whole(outside)} ${outside === 1 ? "row" : "rows"}`;
  return { holds: outside === 0, observed, limit, detail };
}
