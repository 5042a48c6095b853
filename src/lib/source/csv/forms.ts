/**
 * What a field looks like. Every value has one form, whatever column it stands in; a column's forms, counted over all rows, say
 * what the column is (column-type.ts). Forms are numbers from 0, so that counts lie in a typed array.
 */
export const EMPTY = 0;
/** nothing but spaces */
export const BLANK = 1;
/** NA, N/A, NULL, \N */
export const NULL_WORD = 2;
/** "": in a column of text the empty text */
export const QUOTED_EMPTY = 3;
/** as source.csv.nulls says, in every column */
export const CONFIGURED_NULL = 4;
/** fits into 64 bits */
export const INTEGER = 5;
/** more digits than 64 bits hold */
export const LONG_INTEGER = 6;
/** 00123: no number, for the zeros say something */
export const LEADING_ZERO = 7;
/** 1e3 */
export const EXPONENT = 8;
/** 19.90, 0.125, 1234.567: the dot can only be the decimal */
export const DOT_DECIMAL = 9;
/** 19,90 */
export const COMMA_DECIMAL = 10;
/** 1,234.50 */
export const DOT_DECIMAL_GROUPED = 11;
/** 1.234,50 */
export const COMMA_DECIMAL_GROUPED = 12;
/** 1.234: a decimal, or a thousand */
export const DOT_OR_GROUP = 13;
/** 1,234 */
export const COMMA_OR_GROUP = 14;
/** 1.234.567 */
export const DOT_GROUPS = 15;
/** 1,234,567 */
export const COMMA_GROUPS = 16;
export const NAN = 17;
export const INFINITE = 18;
/** true, false, t, f, yes, no, in any case */
export const BOOLEAN = 19;
/** 12:30, 12:30:00 */
export const TIME = 20;
export const TEXT = 21;
/** from here on dates: DATE + family * TIMES + time of day */
export const DATE = 22;

/** How a date's parts follow each other: year first or last, of four digits or two, and what stands between them. */
export const FAMILIES = [
  { year: "first", digits: 4, separator: "-" },
  { year: "first", digits: 4, separator: "/" },
  { year: "first", digits: 4, separator: "." },
  { year: "last", digits: 4, separator: "-" },
  { year: "last", digits: 4, separator: "/" },
  { year: "last", digits: 4, separator: "." },
  { year: "last", digits: 2, separator: "/" },
  { year: "last", digits: 2, separator: "." },
] as const;

/** What follows a date. */
export const NO_TIME = 0;
export const CLOCK = 1;
/** 3:45 PM */
export const HALF_DAY_CLOCK = 2;
/** with Z or an offset */
export const ZONED = 3;
const TIMES = 4;

/** What is counted beside the forms. Of a date with the year last, which of day and month comes first. */
export const DAY_FIRST = DATE + FAMILIES.length * TIMES;
export const MONTH_FIRST = DAY_FIRST + 1;
/** both are months, and not the same */
export const EITHER_FIRST = DAY_FIRST + 2;
/** a year of two digits that is no day */
export const LATE_YEAR = DAY_FIRST + 3;
/** a date of the form that source.csv.date_format says, whatever else it may look like */
export const CONFIGURED_DATE = DAY_FIRST + 4;
export const COUNTERS = DAY_FIRST + 5;

export function dateForm(family: number, time: number): number {
  return DATE + family * TIMES + time;
}

/** What is null in columns that are otherwise numbers, dates or booleans. */
export const NULL_WORDS = ["NA", "N/A", "NULL", "\\N"] as const;
