import { own } from "../config/own.ts";
import type { Config } from "../config/schema.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { familyOf } from "./canonical.ts";
import { roleOf } from "./dataset-columns.ts";
import type { EarlierColumn } from "./kinds.ts";

/**
 * Categories of earlier nights that are numbers in the source now, a sentence each. Their texts are categories as before, so the
 * gate `columns` sees no other kind; a number that has become text is another kind, and that gate's.
 *
 * @param columns  as the source types them
 */
export function changedKinds(
  columns: readonly TypedColumn[],
  dataset: Config["dataset"],
  earlier: readonly EarlierColumn[] = [],
): string[] {
  const before = new Map(earlier.map((column) => [column.name, column]));
  return columns.flatMap(({ name, type }) => {
    const isNumber = ["integer", "wide", "float"].includes(familyOf(type));
    if (!isNumber || own(dataset.types, name) !== undefined || roleOf(name, dataset) !== undefined) return [];
    const found = before.get(name);
    if (found?.kind !== "categorical") return [];
    return [
      `${name} was categorical, and is numeric in the source now (${type}): it stays categorical, as dataset.types: { ${name}: categorical } would say`,
    ];
  });
}
