import { whole } from "../numbers.ts";
import { fitting } from "./unused.ts";

/**
 * How many values of CSV files were read as null, by column, in one line, cut to the width; none where there are none.
 *
 * @param nulls  by column
 * @param width  in characters
 */
export function nullsLines(nulls: Readonly<Record<string, number>>, width: number): string[] {
  const columns = Object.entries(nulls).map(([name, values]) => `${name} ${whole(values)}`);
  return columns.length === 0 ? [] : [fitting("read as null (empty, NA and the like): ", columns, width)];
}
