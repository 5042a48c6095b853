import { visible } from "../visible.ts";

/** A column of a table: what a row has in it, and how that stands there. */
export interface Column<Row> {
  readonly title?: string;
  /** left unless said otherwise; numbers stand to the right */
  readonly align?: "left" | "right";
  /** for tables that stand alike whatever is in them */
  readonly minWidth?: number;
  readonly cell: (row: Row) => string;
  /** colours a cell */
  readonly paint?: (cell: string, row: Row) => string;
}

/** A table for people. `header` has the titles, for who wants them; `lines` has a line a row, in their order. */
export interface Table {
  readonly header: string;
  readonly lines: readonly string[];
}

/**
 * Lays rows out in columns, each as wide as the widest that is shown in it. Blanks at the end of a line are cut.
 *
 * @param gap     blanks between two columns
 * @param indent  blanks before the first one
 */
export function tabulate<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { gap, indent = 0 }: { readonly gap: number; readonly indent?: number },
): Table {
  const laid = columns.map(({ title = "", align = "left", minWidth = 0, cell, paint = String }) => {
    const texts = rows.map((row) => visible(cell(row)));
    const width = Math.max(minWidth, ...[title, ...texts].map(lengthOf));
    const place = (text: string, shown: string) => {
      const blanks = " ".repeat(width - lengthOf(text));
      return align === "right" ? `${blanks}${shown}` : `${shown}${blanks}`;
    };
    return {
      title: place(title, title),
      cells: rows.map((row, index) => place(texts[index] ?? "", paint(texts[index] ?? "", row))),
    };
  });
  const line = (cells: readonly string[]) => `${" ".repeat(indent)}${cells.join(" ".repeat(gap))}`.trimEnd();
  return {
    header: line(laid.map(({ title }) => title)),
    lines: rows.map((_, row) => line(laid.map(({ cells }) => cells[row] ?? ""))),
  };
}

/** Letters, each taken for one column of the screen. */
function lengthOf(text: string): number {
  return [...text].length;
}
