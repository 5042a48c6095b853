import { open } from "node:fs/promises";
import { visible } from "../../cli/visible.ts";
import { UsageError } from "../../errors.ts";
import type { CsvSettings } from "../csv/settings.ts";

/** Longer than a header of thousands of columns; and than any trailer. */
const LOOKED_AT = 256 * 1024;

/** A line under the header, as sqlcmd, psql and mysql draw it: dashes, and what stands between columns. */
const RULE = /^(?=.*--)[-+|,;:\t "']+$/;
/** "(2 rows affected)", "(2 rows)", "2 rows selected", "2 Row(s) produced. Time Elapsed: 0.1s" */
const COUNT = /^\(?\d+ rows?(?:\(s\))?(?: (?:affected|selected|returned|produced|in set)\b[^",;]*)?\)?\.?$/i;

/**
 * Refuses CSV with what tools print for people around it. A rule of dashes has as many fields as its header, and would be a
 * customer; a count of rows would be one where there is one column.
 *
 * @param gives  what people call it: "what sqlcmd gives"
 * @param csv    source.csv, which may say that such lines are none
 * @throws {UsageError}
 */
export async function refuseTableForPeople(
  path: string,
  gives: string,
  { skip = 0, comment, bad_lines }: Partial<CsvSettings> = {},
): Promise<void> {
  const { start, end } = await edgesOf(path);
  const number = start.slice(skip, skip + 2).findIndex((line) => RULE.test(line) && line[0] !== comment);
  if (number !== -1) {
    throw new UsageError(
      `source.command: line ${skip + number + 1} of ${gives} is a rule of dashes, as in a table for people`,
      HINT,
    );
  }
  if (bad_lines === "leave_out" || !COUNT.test(end)) return;
  const shown = visible(end, 100);
  throw new UsageError(`source.command: the last line of ${gives} counts rows: ${shown}`, HINT, { foreign: [shown] });
}

const HINT = "have the tool write plain CSV, with nothing around it: docs/sources.md says how for some";

/** The first lines, and the last one that has letters. */
async function edgesOf(path: string): Promise<{ start: readonly string[]; end: string }> {
  await using file = await open(path);
  const { size } = await file.stat();
  const textAt = async (position: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, position);
    return buffer.toString("latin1", 0, bytesRead);
  };
  const lines = (text: string) => text.split(/\r?\n/);
  const last = await textAt(Math.max(0, size - LOOKED_AT));
  return { start: lines(await textAt(0)), end: lines(last.trimEnd()).at(-1) ?? "" };
}
