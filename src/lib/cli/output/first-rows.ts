import type { ChalkInstance } from "chalk";
import type { FirstRows } from "../../duckdb/first-rows.ts";
import { counted, whole } from "../numbers.ts";
import { visible } from "../visible.ts";
import { tabulate } from "./table.ts";

/** Letters of a value; what is longer is cut. */
const LONGEST_VALUE = 30;
const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/;

/** A table's first rows, numbers to the right, and how many it has. As wide as the table is: who reads it scrolls, or has less -S. */
export function firstRowsLines({ columns, rows, row_count }: FirstRows, chalk: ChalkInstance): string[] {
  const { header, lines } = tabulate(
    rows,
    columns.map(({ name, type }, index) => ({
      title: visible(name, LONGEST_VALUE),
      align: NUMBERS.test(type) ? ("right" as const) : ("left" as const),
      cell: (row: FirstRows["rows"][number]) => visible(row[index] ?? "NULL", LONGEST_VALUE),
      paint: (cell: string, row: FirstRows["rows"][number]) =>
        row[index] === null ? cell.replace("NULL", chalk.dim("NULL")) : cell,
    })),
    { gap: 2 },
  );
  const shown = rows.length < row_count ? `the first ${whole(rows.length)} of ` : "";
  const size = `${shown}${counted(row_count, "row")}, ${counted(columns.length, "column")}`;
  return [chalk.dim(header), ...lines, chalk.dim(size)];
}
