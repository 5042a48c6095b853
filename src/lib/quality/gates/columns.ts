import { decimal } from "../../cli/numbers.ts";
import type { ColumnKind } from "../../source/kinds.ts";
import type { Figures } from "../report.ts";
import { defineGate } from "./gate.ts";
import { severitySetting } from "./setting.ts";
import { someOf } from "./some-of.ts";

/** A source that was changed. */
export const columns = defineGate({
  name: "columns",
  schema: severitySetting("fail").describe("the same columns and kinds as the previous decided night"),
  check: (_, { today, previous }) => {
    const limit = "as before";
    if (previous === undefined) return { holds: undefined, observed: null, limit };
    const found = differences(today.columns, previous.columns);
    return {
      holds: found.length === 0,
      observed: found.length,
      limit,
      detail: found.length === 0 ? undefined : someOf(found),
    };
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

function differences(now: Figures["columns"], before: Figures["columns"]): string[] {
  const names = new Set(now.map(({ name }) => name));
  const kinds = new Map(before.map(({ name, kind }) => [name, kind]));
  return [
    ...before.filter(({ name }) => !names.has(name)).map(({ name }) => `${name} is gone`),
    ...now.flatMap(({ name, kind }) => {
      const was = kinds.get(name);
      if (was === undefined) return [`${name} is new`];
      // What has had no value yet may become anything.
      return was === null || kind === null || was === kind ? [] : [`${name} was ${WORDS[was]}, is ${WORDS[kind]}`];
    }),
  ];
}
