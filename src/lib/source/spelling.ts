/**
 * The one spelling of a category. A source may say the same value in three ways: 1 as an integer, 1.0 where a null has made a
 * float of it, '1.0' where that was written as text. As a category all three are '1'.
 */

/** A whole number as floats are written. What people write otherwise (01.0, 1e0) is no number of a program's. */
const WHOLE_AS_FLOAT = "-?(?:0|[1-9][0-9]*)[.]0+|-0";

/**
 * Whether a text is a whole number as floats are written, as SQL.
 *
 * @param text  SQL of a text
 */
export function isWholeAsFloat(text: string): string {
  // Few texts end in 0, and only those are looked at closely.
  return `(suffix(${text}, '0') AND regexp_full_match(${text}, '${WHOLE_AS_FLOAT}'))`;
}

/** @param text  SQL of a text; NULL stays NULL */
export function spelledText(text: string): string {
  // No other ends in -0 once its fraction is gone.
  return `CASE WHEN ${isWholeAsFloat(text)}
    THEN CASE WHEN ltrim(${text}, '-0.') = '' THEN '0' ELSE regexp_replace(${text}, '[.]0+$', '') END ELSE ${text} END`;
}

/**
 * A text without the padding of CHAR columns, as SQL. Hardly any has some: to look for it costs a quarter of rtrim, which looks at
 * every character's class.
 *
 * @param text  SQL of a text; NULL stays NULL
 */
export function unpaddedText(text: string): string {
  return `CASE WHEN suffix(${text}, ' ') OR strlen(${text}) <> length(${text}) THEN rtrim(${text}) ELSE ${text} END`;
}

/** Doubles up to here are integers of DuckDB's, with all their digits. */
const HUGEINT_MAX = "1e38";

/**
 * @param number  SQL of a finite number with a fraction, possibly: FLOAT, DOUBLE or DECIMAL
 * @returns  whole numbers with all their digits, others as the shortest text that gives the double again
 */
export function spelledNumber(number: string): string {
  return `CASE WHEN ${number} = trunc(${number}) AND abs(${number}) < ${HUGEINT_MAX}
    THEN CAST(CAST(${number} AS HUGEINT) AS VARCHAR) ELSE CAST(CAST(${number} AS DOUBLE) AS VARCHAR) END`;
}

/** `spelledText` of one text: a category that an earlier churn wrote down. */
export function spelled(text: string): string {
  if (!new RegExp(`^(?:${WHOLE_AS_FLOAT})$`).test(text)) return text;
  return text.replace(/[.]0+$/, "").replace(/^-0$/, "0");
}
