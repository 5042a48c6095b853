import fc from "fast-check";

/** A table of texts; null is SQL's. */
export type TextTable = readonly (readonly (string | null)[])[];

/** How a table is written as CSV. */
export interface Writing {
  readonly delimiter: string;
  readonly lineEnd: string;
  /** quotes around every text, not only where they are needed */
  readonly quoteAll: boolean;
}

/** A table as RFC 4180 has it: a null is an empty field, the empty text is "". */
export function csvText(table: TextTable, { delimiter, lineEnd, quoteAll }: Writing): string {
  const field = (value: string | null) => {
    if (value === null) return "";
    const isPlain = !quoteAll && value !== "" && !/["\r\n]/.test(value) && !value.includes(delimiter);
    return isPlain ? value : `"${value.replaceAll('"', '""')}"`;
  };
  return table.map((row) => `${row.map(field).join(delimiter)}${lineEnd}`).join("");
}

export const delimiters = [",", ";", "\t", "|"] as const;
export const lineEnds = ["\n", "\r\n", "\r"] as const;

/** What has tripped other readers of CSV. */
const SPECIAL = [
  '"',
  '""',
  ",",
  ";",
  "\t",
  "|",
  "\n",
  "\r\n",
  "\r",
  "#",
  "NA",
  "NULL",
  "\\",
  '\\"',
  "'",
  " ",
  "",
  "0",
  "1.5",
  "ß",
  "€",
  "😀",
];

/**
 * Tables of one to five columns below a header.
 *
 * @param characters  texts that the encoding has
 */
export function textTables(characters: (text: string) => boolean = () => true): fc.Arbitrary<TextTable> {
  const text = fc
    .array(fc.oneof(fc.constantFrom(...SPECIAL), fc.string({ maxLength: 4, unit: "binary" })), { maxLength: 5 })
    .map((parts) => parts.join(""))
    // DuckDB's texts have no end at U+0000, and half a character is none.
    .filter((value) => characters(value) && !value.includes("\0") && !/\p{Cs}/u.test(value));
  const value = fc.oneof({ weight: 5, arbitrary: text }, { weight: 1, arbitrary: fc.constant(null) });
  return fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc
        .array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 })
        .map((rows) => [Array.from({ length: width }, (_, index) => `column ${index}`), ...rows]),
    );
}
