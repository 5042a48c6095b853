import * as z from "zod";
import { ENCODINGS } from "./encoding.ts";
import { decimal } from "./settings.ts";

/** How CSV files are written, as far as their bytes can say it. Null: nothing in them says it, or files differ. */
export const csvFormat = z.strictObject({
  encoding: z.enum(ENCODINGS).nullable(),
  delimiter: z.string().nullable(),
  escape: z.string().nullable(),
  decimals: z.record(z.string(), decimal).describe("column: of its numbers, where any has one"),
  date_formats: z.record(z.string(), z.string()).describe("column: of its dates, without the time of day"),
});
export type CsvFormat = z.infer<typeof csvFormat>;

/** How CSV files were read: part of extract's result. */
export const csvReading = z.strictObject({
  read: csvFormat.describe("the format in force: by source.csv, by what the files say, else as the night before"),
  guessed: csvFormat.describe("what the files say beyond doubt"),
  changed: z
    .array(z.strictObject({ what: z.string(), before: z.string(), now: z.string() }))
    .describe("what the newest decided earlier night read otherwise, and source.csv doesn't say"),
  nulls: z.record(z.string(), z.int()).describe("column: values that are empty or a word for null"),
  left_out: z.strictObject({
    lines: z.int(),
    first: z.array(z.strictObject({ file: z.string(), line: z.int(), reason: z.string() })),
  }),
  lines: z
    .strictObject({
      rows: z.int(),
      header: z.int(),
      skipped: z.int(),
      blank: z.int(),
      comments: z.int(),
      bad: z.int(),
    })
    .describe("all line ends outside quotes, and a last line without one"),
});
export type CsvReading = z.infer<typeof csvReading>;

export const NO_FORMAT: CsvFormat = { encoding: null, delimiter: null, escape: null, decimals: {}, date_formats: {} };

/**
 * What differs from how an earlier night read the files, where both are known.
 *
 * @param isSet  whether source.csv says it, which is then no difference
 */
export function formatChanges(
  before: CsvFormat,
  now: CsvFormat,
  isSet: (key: "encoding" | "delimiter" | "escape" | "decimal" | "date_format") => boolean,
): CsvReading["changed"] {
  const changes: CsvReading["changed"] = [];
  for (const what of ["encoding", "delimiter", "escape"] as const) {
    const [was, is] = [before[what], now[what]];
    if (was !== null && is !== null && was !== is && !isSet(what)) changes.push({ what, before: was, now: is });
  }
  const columns = [
    ["decimal", before.decimals, now.decimals],
    ["date_format", before.date_formats, now.date_formats],
  ] as const;
  for (const [key, earlier, later] of columns) {
    if (isSet(key)) continue;
    for (const [column, is] of Object.entries(later)) {
      const was = Object.hasOwn(earlier, column) ? earlier[column] : undefined;
      if (was !== undefined && was !== is) changes.push({ what: `${key} of ${column}`, before: was, now: is });
    }
  }
  return changes;
}

/** The format with what an earlier night knew and this one says nothing of, for the nights to come. */
export function carriedOn(read: CsvFormat, before: CsvFormat): CsvFormat {
  return {
    encoding: read.encoding ?? before.encoding,
    delimiter: read.delimiter ?? before.delimiter,
    escape: read.escape ?? before.escape,
    decimals: { ...before.decimals, ...read.decimals },
    date_formats: { ...before.date_formats, ...read.date_formats },
  };
}
