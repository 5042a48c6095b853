import * as z from "zod";
import { own } from "../../config/own.ts";
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

/** What a file's bytes say of itself beyond doubt. */
export interface FileGuess {
  readonly name: string;
  readonly encoding?: CsvFormat["encoding"];
  readonly delimiter?: string;
  readonly escape?: string;
}

const OF_A_FILE = ["encoding", "delimiter", "escape"] as const;

/** What all files say alike; null where none says it, or they differ. */
export function agreed(files: readonly FileGuess[]): Pick<CsvFormat, (typeof OF_A_FILE)[number]> {
  return {
    encoding: only(files.flatMap(({ encoding }) => encoding ?? [])) ?? null,
    delimiter: only(files.flatMap(({ delimiter }) => delimiter ?? [])) ?? null,
    escape: only(files.flatMap(({ escape: sure }) => sure ?? [])) ?? null,
  };
}

/** The one value that all have, or undefined. */
export function only<Value>(values: readonly Value[]): Value | undefined {
  const [value, ...others] = new Set(values);
  return others.length === 0 ? value : undefined;
}

/**
 * What differs from how an earlier night read the files, where both are known. A file among others is named: a new one may be
 * written in another way than those that were there.
 *
 * @param now    of the columns in all files
 * @param isSet  whether source.csv says it, which is then no difference
 */
export function formatChanges(
  before: CsvFormat,
  now: Pick<CsvFormat, "decimals" | "date_formats">,
  files: readonly FileGuess[],
  isSet: (key: "encoding" | "delimiter" | "escape" | "decimal" | "date_format") => boolean,
): CsvReading["changed"] {
  const changes: CsvReading["changed"] = [];
  for (const what of OF_A_FILE) {
    const was = before[what];
    if (was === null || isSet(what)) continue;
    for (const [is, names] of filesBy(files, what)) {
      if (is === was) continue;
      const [first, ...others] = names;
      const where = others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
      const isOfAll = names.length === files.filter((file) => file[what] !== undefined).length;
      changes.push({ what: isOfAll ? what : `${what} of ${where}`, before: was, now: is });
    }
  }
  const columns = [
    ["decimal", before.decimals, now.decimals],
    ["date_format", before.date_formats, now.date_formats],
  ] as const;
  for (const [key, earlier, later] of columns) {
    if (isSet(key)) continue;
    for (const [column, is] of Object.entries(later)) {
      const was = own(earlier, column);
      if (was !== undefined && was !== is) changes.push({ what: `${key} of ${column}`, before: was, now: is });
    }
  }
  return changes;
}

/** The files' names by what they say. */
function filesBy(files: readonly FileGuess[], what: (typeof OF_A_FILE)[number]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of files) {
    const is = file[what] ?? undefined;
    if (is !== undefined) found.set(is, [...(found.get(is) ?? []), file.name]);
  }
  return found;
}

/**
 * The format with what an earlier night knew and this one says nothing of, for the nights to come. Files that differ have no
 * delimiter, encoding or escape in common, so none is carried on.
 */
export function carriedOn(read: CsvFormat, before: CsvFormat, files: readonly FileGuess[]): CsvFormat {
  const differ = (what: (typeof OF_A_FILE)[number]) => filesBy(files, what).size > 1;
  return {
    encoding: read.encoding ?? (differ("encoding") ? null : before.encoding),
    delimiter: read.delimiter ?? (differ("delimiter") ? null : before.delimiter),
    escape: read.escape ?? (differ("escape") ? null : before.escape),
    decimals: { ...before.decimals, ...read.decimals },
    date_formats: { ...before.date_formats, ...read.date_formats },
  };
}
