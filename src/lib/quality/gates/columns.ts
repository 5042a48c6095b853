import { decimal } from "../../cli/numbers.ts";
import { own } from "../../config/own.ts";
import type { ColumnKind, UnusedReason } from "../../source/kinds.ts";
import type { Figures } from "../report.ts";
import { type Customers, defineGate } from "./gate.ts";
import { severitySetting } from "./setting.ts";
import { noneOf } from "./some-of.ts";

/** A source that was changed. */
export const columns = defineGate({
  name: "columns",
  schema: severitySetting("fail").describe("the same columns and kinds as the previous decided night"),
  check: (_, { today, previous }, customers) => {
    const limit = "as before";
    if (previous === undefined) return { holds: undefined, observed: null, limit };
    const found = differences(today.columns, previous.columns, customers);
    return noneOf(found, limit);
  },
  shown: decimal,
  hint: (date) => `columns that changed on purpose: churn run-all --date ${date} --set gates.columns=warn`,
});

const WORDS: Readonly<Record<ColumnKind, string>> = {
  numeric: "numeric",
  categorical: "categorical",
  boolean: "boolean",
  date: "a date",
  ignore: "not used",
};

function wordsOf(kind: ColumnKind, unused: UnusedReason | null): string {
  return kind === "ignore" && unused === "unique text" ? "unique text" : WORDS[kind];
}

function differences(
  now: Figures["columns"],
  before: Figures["columns"],
  { dataset: { types }, features }: Customers,
): string[] {
  const names = new Set(now.map(({ name }) => name));
  const earlier = new Map(before.map((column) => [column.name, column]));
  return [
    ...before.filter(({ name }) => !names.has(name)).map(({ name }) => `${name} is gone`),
    ...now.flatMap(({ name, kind, unused }) => {
      const found = earlier.get(name);
      // No list of features takes a new column by itself.
      if (found === undefined) return features === "all" ? [`${name} is new`] : [];
      const { kind: was } = found;
      // What has had no value yet may become anything, and so may what dataset.types alone had ignored.
      if (found.unused === "dataset.types") return [];
      if (was === null || kind === null || was === kind) return [];
      // Changed on purpose, or a number of churn 1.x that was an index all along.
      if (own(types, name) === kind || (was === "numeric" && unused === "index")) return [];
      return [`${name} was ${wordsOf(was, found.unused)}, is ${wordsOf(kind, unused)}`];
    }),
  ];
}

/** The columns that the previous decided night didn't have. */
export function newColumns(now: Figures["columns"], before: Figures["columns"]): string[] {
  const known = new Set(before.map(({ name }) => name));
  return now.map(({ name }) => name).filter((name) => !known.has(name));
}
