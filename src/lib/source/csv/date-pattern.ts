import { isDay } from "./date-form.ts";

const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/** Directives of strptime that may stand in source.csv.date_format, and what DuckDB reads at them. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: "(?<year>\\d{4})",
  y: "(?<short>\\d{2})",
  m: "(?<month>\\d{1,2})",
  d: "(?<day>\\d{1,2})",
  b: `(?<word>${MONTHS.map((name) => name.slice(0, 3)).join("|")})`,
  B: `(?<word>${MONTHS.join("|")})`,
  H: "(?<hour>\\d{1,2})",
  I: "(?<half>\\d{1,2})",
  M: "(?<minute>\\d{1,2})",
  S: "(?<second>\\d{1,2})",
  f: "\\d{1,6}",
  p: "(?:am|pm)",
};

/** Whether a text is a form of dates: a year, a month and a day, each once. */
export function isDateFormat(format: string): boolean {
  const named = [...format.matchAll(/%(.?)/gs)].map(([, directive = ""]) => directive);
  const times = (...names: readonly string[]) => named.filter((name) => names.includes(name)).length;
  return (
    named.every((name) => name in DIRECTIVES) &&
    new Set(named).size === named.length &&
    times("Y", "y") === 1 &&
    times("m", "b", "B") === 1 &&
    times("d") === 1 &&
    times("H", "I") <= 1 &&
    times("I") === times("p")
  );
}

/** Whether a text is a date of the form, day by day of the calendar; spaces around it are no part of it. */
export function datePattern(format: string): (text: string) => boolean {
  const expression = format.replace(/%(.)|[\\^$.*+?()[\]{}|/]/g, (found, directive?: string) =>
    directive === undefined ? `\\${found}` : (DIRECTIVES[directive] ?? ""),
  );
  const whole = new RegExp(`^ *${expression} *$`, "i");
  return (text) => {
    const found = whole.exec(text)?.groups;
    if (found === undefined) return false;
    const { year, short = "", month, word = "", day, hour = 0, half = 1, minute = 0, second = 0 } = found;
    const named = MONTHS.findIndex((name) => name.startsWith(word.toLowerCase())) + 1;
    const isTime =
      Number(hour) < 24 && Number(half) >= 1 && Number(half) <= 12 && Number(minute) < 60 && Number(second) < 60;
    return isTime && isDay(Number(year ?? fullYear(short)), Number(month ?? named), Number(day));
  };
}

/** As strptime has it. */
function fullYear(short: string): number {
  return Number(short) + (Number(short) < 69 ? 2000 : 1900);
}
