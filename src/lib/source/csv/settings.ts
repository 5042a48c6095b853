import * as z from "zod";
import { isDateFormat } from "./date-pattern.ts";
import { ENCODINGS, encodingOf } from "./encoding.ts";

export const decimal = z.enum([".", ","]);
export type Decimal = z.infer<typeof decimal>;

/** One byte in every encoding, and nothing that values are made of. */
const character = z
  .string()
  .regex(/^[\t!-/:-@[-`{-~]$/, 'one character that is no letter, digit or space, such as ";" or "\\t"');

/** source.csv: how CSV files are written, where that isn't to be found out. */
export const csvSettings = z
  .strictObject({
    delimiter: character.optional().describe("between fields"),
    quote: z
      .union([character, z.literal("")])
      .optional()
      .describe('around fields, " by default; "" where none is'),
    escape: character.optional().describe("before a quote within quotes: the quote itself, or a backslash"),
    decimal: decimal.optional().describe("of numbers"),
    nulls: z.array(z.string().regex(/\S/, "a word")).default([]).describe("words that are null in every column"),
    date_format: z
      .string()
      .refine(isDateFormat, "a date's form with %d, %m and %Y, such as %d/%m/%Y")
      .optional()
      .describe("of dates, where it could be read in two ways: %d/%m/%Y, %m/%d/%Y, …"),
    encoding: z
      .string()
      .refine((name) => encodingOf(name) !== undefined, `one of ${ENCODINGS.join(", ")}`)
      .optional()
      .describe(`${ENCODINGS.join(", ")}`),
    header: z
      .boolean()
      .default(true)
      .describe("whether the first line names the columns; else they are column0, column1, …"),
    skip: z.int().min(0).default(0).describe("lines before the header"),
    comment: character.optional().describe("lines that begin with it are left out; by default none are"),
    bad_lines: z
      .enum(["fail", "leave_out"])
      .default("fail")
      .describe("lines of another number of fields and the like: stop, or leave them out and count them"),
    last_line_end: z
      .enum(["required", "optional"])
      .default("required")
      .describe("whether a last line without an end may be cut off"),
  })
  .refine(({ delimiter, quote, comment }) => {
    const used = [delimiter, quote, comment].filter((one) => one !== undefined && one !== "");
    return new Set(used).size === used.length;
  }, "source.csv has one character for two things");
export type CsvSettings = z.output<typeof csvSettings>;
