import type * as z from "zod";
import type { Format } from "../../cli/numbers.ts";
import type { Database } from "../../duckdb/database.ts";
import type { Target } from "../../prepare/label.ts";
import type { CsvReading } from "../../source/csv/format.ts";
import type { ColumnKind, DecidedColumn } from "../../source/kinds.ts";
import type { Figures, Severity } from "../report.ts";

/** What a gate may know of customers.parquet when it says what to measure. */
export interface Customers {
  /** in the file's order, with their canonical types */
  readonly columns: readonly Omit<DecidedColumn, "kind">[];
  /** those of them that may become features as they are, or by their categories */
  readonly candidates: readonly { readonly name: string; readonly type: string }[];
  readonly dataset: {
    readonly id: string;
    readonly target: Target;
    readonly types: Readonly<Record<string, ColumnKind>>;
  };
  readonly features: "all" | readonly string[];
  /** how CSV files were read; null where the source is another */
  readonly csv: CsvReading | null;
}

/** What a gate judges by. */
interface Facts<Measure extends string> {
  readonly today: Figures;
  /** of the newest decided earlier night */
  readonly previous: Figures | undefined;
  /** what a measure of the gate's own came to; null where SQL says NULL */
  readonly measured: (measure: Measure) => number | null;
  /** what the gate's own search came to, by names of its own */
  readonly found: Readonly<Record<string, number>>;
}

/** Looks through the customers, a relation of SQL, for what one scan's aggregates can't say. */
type Search = (db: Database, relation: string) => Promise<Readonly<Record<string, number>>>;

/** What a gate finds; the rest of its verdict follows from its setting. */
export interface Finding {
  /** undefined: there is nothing to compare with */
  readonly holds: boolean | undefined;
  readonly observed: number | null;
  /** for people: at least 1,000 */
  readonly limit: string;
  /** what the observed value was held against, which it must be seen to differ from */
  readonly bounds?: readonly number[];
  /** the columns or categories concerned */
  readonly detail?: string | undefined;
}

/** One check of tonight: a gate that is switched on, with its setting. A gate that is set a column has one a column. */
export interface Check {
  /** as in churn.yaml: row_count, ranges.tenure_months */
  readonly name: string;
  readonly severity: Severity;
  /** by names of the gate's own: aggregates over the customers, as SQL; those of all checks take one scan together */
  readonly measures: Readonly<Record<string, string>>;
  readonly search: Search | undefined;
  readonly find: (facts: Facts<string>) => Finding;
  readonly shown: Format;
  readonly hint: ((date: string) => string) | undefined;
}

/** A quality gate as a value. `Setting` is its entry in churn.yaml as parsed, `Written` as people may write it. */
interface Gate<Name extends string, Setting, Written> {
  readonly name: Name;
  readonly schema: z.ZodDefault<z.ZodType<Setting, Written>>;
  /** whether a person may let it pass when it fails: not where no model could be made of such customers */
  readonly isWaivable: boolean;
  /** The checks that its setting asks for, whatever the customers are: nothing where the gate is switched off. */
  readonly asked: (settings: Readonly<Record<Name, Setting>>) => readonly Pick<Check, "name" | "severity">[];
  /**
   * What to check of these customers: nothing where the gate is switched off.
   *
   * @throws {UsageError} when a setting doesn't fit their columns
   */
  readonly checks: (settings: Readonly<Record<Name, Setting>>, customers: Customers) => readonly Check[];
}

interface HasSeverity {
  readonly severity: Severity;
}

interface Definition<Name extends string, Setting, Written, One, Measure extends string> {
  /** its key in churn.yaml's gates and in validation.json */
  readonly name: Name;
  /** what stands at that key, with default and description */
  readonly schema: z.ZodDefault<z.ZodType<Setting, Written>>;
  readonly check: (setting: One, facts: Facts<Measure>, customers: Customers) => Finding;
  /** the observed value, for people */
  readonly shown: Format;
  /** what to do when it fails, where that is more than to look at the source */
  readonly hint?: (date: string) => string;
  /** false where no model could be made of customers who break it */
  readonly isWaivable?: false;
}

/**
 * A gate over all customers; `false` switches it off. `measures` is what it needs to know beyond the report's figures, `search`
 * what aggregates can't say.
 */
export function defineGate<
  const Name extends string,
  Setting extends HasSeverity,
  Written,
  Measure extends string = never,
>(
  gate: Definition<Name, Setting | false, Written, Setting, Measure> & {
    readonly measures?: (customers: Customers, setting: Setting) => Readonly<Record<Measure, string>>;
    readonly search?: (customers: Customers, setting: Setting) => Search;
    /** whether there is anything to judge, whatever the setting */
    readonly applies?: (customers: Customers) => boolean;
  },
): Gate<Name, Setting | false, Written> {
  const { name, schema, measures, search, isWaivable = true } = gate;
  return {
    name,
    schema,
    isWaivable,
    asked: (settings) => {
      const setting: Setting | false = settings[name];
      return setting === false ? [] : [{ name, severity: setting.severity }];
    },
    checks: (settings, customers) => {
      const setting: Setting | false = settings[name];
      if (setting === false || gate.applies?.(customers) === false) return [];
      return [
        {
          ...checkOf(gate, name, { setting, customers }, measures?.(customers, setting) ?? {}),
          search: search?.(customers, setting),
        },
      ];
    },
  };
}

/** A gate that is set, measured and checked a column. */
export function defineColumnGate<
  const Name extends string,
  Setting extends HasSeverity,
  Written,
  Measure extends string,
>(
  gate: Definition<Name, Record<string, Setting>, Written, Setting, Measure> & {
    readonly measures: (customers: Customers, setting: Setting, column: string) => Readonly<Record<Measure, string>>;
  },
): Gate<Name, Record<string, Setting>, Written> {
  const { name, schema, measures, isWaivable = true } = gate;
  return {
    name,
    schema,
    isWaivable,
    asked: (settings) =>
      Object.entries(settings[name]).map(([column, { severity }]) => ({ name: `${name}.${column}`, severity })),
    checks: (settings, customers) =>
      Object.entries(settings[name]).map(([column, setting]) =>
        checkOf(gate, `${name}.${column}`, { setting, customers }, measures(customers, setting, column)),
      ),
  };
}

function checkOf<Setting extends HasSeverity, Measure extends string>(
  { check, shown, hint }: Pick<Definition<string, unknown, unknown, Setting, Measure>, "check" | "shown" | "hint">,
  name: string,
  { setting, customers }: { readonly setting: Setting; readonly customers: Customers },
  measures: Readonly<Record<string, string>>,
): Check {
  const find = (facts: Facts<string>) => check(setting, facts, customers);
  return { name, severity: setting.severity, measures, search: undefined, find, shown, hint };
}
