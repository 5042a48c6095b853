import { datePattern } from "./date-pattern.ts";

/** Words that usually stand for a value that isn't there, besides those that churn takes for null by itself. */
const NOTHING =
  /^(?:null|nil|none|nan|nat|na|n\/a|n\.a\.|#n\/a|#null!|<na>|\(null\)|\(none\)|\(blank\)|missing|unknown|undefined|0000-00-00(?: 00:00:00)?|-+|\?+|\.)$/i;

export function looksLikeNull(text: string): boolean {
  return NOTHING.test(text);
}

const MONEY =
  "(?:[$€£¥₹]|EUR|USD|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|TRY|kr\\.?|zł|Kč|Fr\\.?)";
const DIGITS = "(?:\\d{1,3}(?:[ '’.,\u00a0\u202f]\\d{3})+|\\d{1,3}(?:,\\d{2})+,\\d{3}|\\d+)(?:[.,]\\d*)?";
const NUMBER = new RegExp(
  `^(?!\\+[\\d ]{8})[-+−]?\\(?[-+−]?${MONEY}?[ \u00a0]?[-+−]?${DIGITS}[ \u00a0\u202f]?(?:${MONEY}|[%‰])?-?\\)?$`,
);

/** Whether a text is a number with something around it or between its thousands: 5 %, $1,200.50, 1 234, +5, (3.00). */
export function looksLikeNumber(text: string): boolean {
  return NUMBER.test(text);
}

const DATE = /^(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4}|\d{8}T\d{4,6})(?!\d)/;

/** Whether a text begins with a date, whatever stands behind it and whether there is such a day. */
export function looksLikeDate(text: string): boolean {
  return DATE.test(text);
}

const DAY_FIRST = /^\d{1,2}([ .,/-]*)[A-Za-z]{3,9}([ .,/-]*)(\d{4}|\d{2})(.*)$/;
const MONTH_FIRST = /^[A-Za-z]{3,9}([ .,/-]*)\d{1,2}([ .,/-]+)(\d{4}|\d{2})(.*)$/;
const CLOCKS = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p"];

/** The source.csv.date_format by which all of some texts are dates with a month by name, or undefined. */
export function namedMonthFormat(texts: readonly string[]): string | undefined {
  const [text = ""] = texts;
  return formatsOf(text).find((format) => texts.every(datePattern(format)));
}

function formatsOf(text: string): string[] {
  const year = (digits: string | undefined) => (digits?.length === 2 ? "%y" : "%Y");
  const dates = (month: string) => {
    const day = DAY_FIRST.exec(text);
    if (day !== null) return [`%d${day[1]}${month}${day[2]}${year(day[3])}`];
    const first = MONTH_FIRST.exec(text);
    return first === null ? [] : [`${month}${first[1]}%d${first[2]}${year(first[3])}`];
  };
  return ["%b", "%B"].flatMap(dates).flatMap((date) => CLOCKS.map((clock) => `${date}${clock}`));
}
