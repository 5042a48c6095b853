import type { DecidedColumn } from "../../source/kinds.ts";
import { whole } from "../numbers.ts";

/**
 * The columns that are not used, and why: in one line where they fit, else a line a reason, cut to the width.
 *
 * @param width  of a line, in characters
 */
export function unusedLines(columns: readonly DecidedColumn[], width: number): string[] {
  const groups = new Map<string, string[]>();
  for (const { name, unused } of columns) {
    if (unused !== null) groups.set(unused, [...(groups.get(unused) ?? []), quoted(name)]);
  }
  if (groups.size === 0) return [];
  const all = [...groups].map(([reason, names]) => `${names.join(", ")} (${reason})`);
  const line = `not used: ${all.join(", ")}`;
  if (line.length <= width) return [line];
  return [...groups].map(([reason, names]) => fitting(`not used (${reason}): `, names, width));
}

/** A name that nobody would see, or not as it is, gets its quotes. */
export function quoted(name: string): string {
  return name !== "" && name.trim() === name ? name : JSON.stringify(name);
}

/** A line with as many names as fit, and how many more there are. */
export function fitting(start: string, names: readonly string[], width: number): string {
  let line = "";
  for (let count = 1; count <= names.length; count += 1) {
    const rest = names.length - count;
    const longer = `${start}${names.slice(0, count).join(", ")}${rest === 0 ? "" : ` and ${whole(rest)} more`}`;
    if (longer.length > width) return line === "" ? `${longer.slice(0, width - 1)}…` : line;
    line = longer;
  }
  return line;
}
