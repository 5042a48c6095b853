import {
  BLANK,
  BOOLEAN,
  CLOCK,
  COMMA_DECIMAL,
  COMMA_DECIMAL_GROUPED,
  COMMA_GROUPS,
  COMMA_OR_GROUP,
  CONFIGURED_DATE,
  CONFIGURED_NULL,
  DATE,
  DAY_FIRST,
  DOT_DECIMAL,
  DOT_DECIMAL_GROUPED,
  DOT_GROUPS,
  DOT_OR_GROUP,
  dateForm,
  EITHER_FIRST,
  EMPTY,
  EXPONENT,
  FAMILIES,
  HALF_DAY_CLOCK,
  INFINITE,
  INTEGER,
  LATE_YEAR,
  LEADING_ZERO,
  LONG_INTEGER,
  MONTH_FIRST,
  NAN,
  NO_TIME,
  NULL_WORD,
  QUOTED_EMPTY,
  TEXT,
  TIME,
  ZONED,
} from "./forms.ts";
import type { Decimal } from "./settings.ts";

/** How a column's text becomes values. */
export type Reading =
  | { readonly kind: "text" | "boolean" | "time" }
  | {
      readonly kind: "number";
      readonly type: "BIGINT" | "DOUBLE";
      /** undefined where no value has one */
      readonly decimal: Decimal | undefined;
      /** whether the other of dot and comma stands between thousands */
      readonly isGrouped: boolean;
    }
  | {
      readonly kind: "date";
      readonly type: "DATE" | "TIMESTAMP" | "TIMESTAMP WITH TIME ZONE";
      /** of the date alone, as strptime takes it */
      readonly format: string;
      /** what stands behind it; none where the format is the configured one, whole */
      readonly times: readonly ("none" | "clock" | "half-day" | "zoned")[];
    };

/** What a column's values say by themselves. */
export interface Guess {
  readonly decimal: Decimal | undefined;
  readonly dateFormat: string | undefined;
}

/** What can be asked of a person only. */
export type Question =
  | { readonly kind: "which decimal" }
  | { readonly kind: "which date"; readonly formats: readonly string[] };

export function isQuestion(found: Reading | Question): found is Question {
  return found.kind === "which decimal" || found.kind === "which date";
}

/** What decides where the values don't, the first first. */
export interface Deciding {
  readonly configured: Guess;
  /** as the newest decided earlier night read the column */
  readonly earlier: Guess;
  /** of the file: what stands between fields, and which decimals other columns have beyond doubt */
  readonly delimiter: string | undefined;
  readonly decimals: ReadonlySet<Decimal>;
}

/** Of each form of forms.ts, how many values a column has. */
export type Counts = Uint32Array;

const TEXT_READING: Reading = { kind: "text" };
const ISO = "%Y-%m-%d";

/** How many values of a column are no null, whatever it turns out to be. */
export function valuesOf(counts: Counts): number {
  let sum = 0;
  for (let form = 0; form < DAY_FIRST; form += 1) sum += counts[form] ?? 0;
  return sum - nullsOf(counts);
}

/** How many are null where the column is of numbers, dates or booleans. */
export function nullsOf(counts: Counts): number {
  return count(counts, EMPTY, BLANK, NULL_WORD, QUOTED_EMPTY, CONFIGURED_NULL);
}

/** What a column's values say by themselves, whatever the file, the configuration and earlier nights say. */
export function guessOf(counts: Counts): Guess {
  return { decimal: isNumbers(counts) ? ownDecimal(counts) : undefined, dateFormat: ownDateFormat(counts) };
}

/**
 * How a column is read: all of its values have to be of one kind, else it is text.
 *
 * @returns a question where the values could be read in two ways and nothing decides
 */
export function readingOf(counts: Counts, deciding: Deciding): Reading | Question {
  const values = valuesOf(counts);
  if (values === 0) return TEXT_READING;
  if (count(counts, BOOLEAN) === values) return { kind: "boolean" };
  if (count(counts, TIME) === values) return { kind: "time" };
  if (count(counts, CONFIGURED_DATE) === values) return configuredDates(deciding);
  if (isNumbers(counts)) return numberReading(counts, deciding);
  const family = familyOf(counts);
  return family === undefined ? TEXT_READING : dateReading(counts, family, deciding);
}

/** How many of a text column's values would be numbers or dates by themselves. */
export function typedValuesOf(counts: Counts): number {
  return valuesOf(counts) - count(counts, TEXT, LEADING_ZERO, BOOLEAN, TIME, NAN, INFINITE);
}

/** A column's numbers and nulls, as if there were nothing else. */
export function onlyNumbers(counts: Counts): Counts {
  return counts.map((some, form) => (form <= INFINITE && form !== LEADING_ZERO ? some : 0));
}

/** Its dates and nulls; those of the configured form alone, where there is one and it finds any. */
export function onlyDates(counts: Counts): Counts {
  const configured = count(counts, CONFIGURED_DATE);
  const dates = counts.map((some, form) => (form < INTEGER || (form >= DATE && configured === 0) ? some : 0));
  if (configured > 0) {
    dates[TEXT] = configured;
    dates[CONFIGURED_DATE] = configured;
  }
  return dates;
}

function configuredDates({ configured }: Deciding): Reading {
  const format = configured.dateFormat ?? ISO;
  return { kind: "date", type: hasClock(format) ? "TIMESTAMP" : "DATE", format, times: [] };
}

function count(counts: Counts, ...forms: readonly number[]): number {
  return forms.reduce((sum, form) => sum + (counts[form] ?? 0), 0);
}

function isNumbers(counts: Counts): boolean {
  const numbers = count(counts, INTEGER, LONG_INTEGER, EXPONENT, NAN, INFINITE) + separated(counts);
  return numbers > 0 && numbers === valuesOf(counts);
}

function separated(counts: Counts): number {
  const either = count(counts, DOT_OR_GROUP, COMMA_OR_GROUP);
  return either + dotEvidence(counts) + commaEvidence(counts);
}

const dotEvidence = (counts: Counts) => count(counts, DOT_DECIMAL, DOT_DECIMAL_GROUPED, COMMA_GROUPS);
const commaEvidence = (counts: Counts) => count(counts, COMMA_DECIMAL, COMMA_DECIMAL_GROUPED, DOT_GROUPS);

function ownDecimal(counts: Counts): Decimal | undefined {
  const isDot = dotEvidence(counts) > 0;
  const isComma = commaEvidence(counts) > 0;
  if (isDot === isComma) return undefined;
  return isDot ? "." : ",";
}

function numberReading(counts: Counts, deciding: Deciding): Reading | Question {
  if (separated(counts) === 0) return numbers(counts, undefined);
  const { configured, earlier } = deciding;
  const decimal = configured.decimal ?? ownDecimal(counts);
  if (decimal !== undefined) {
    // What the key can't read is no number.
    const against = decimal === "." ? commaEvidence(counts) : dotEvidence(counts);
    return against > 0 ? TEXT_READING : numbers(counts, decimal);
  }
  if (dotEvidence(counts) > 0) return TEXT_READING;
  const decided = earlier.decimal ?? decimalOfFile(counts, deciding);
  return decided === undefined ? { kind: "which decimal" } : numbers(counts, decided);
}

/** 1.234 and 1,234 are decided by the rest of the file, where that is sure. */
function decimalOfFile(counts: Counts, { delimiter, decimals }: Deciding): Decimal | undefined {
  const hasDots = count(counts, DOT_OR_GROUP) > 0;
  const hasCommas = count(counts, COMMA_OR_GROUP) > 0;
  const [only, ...others] = decimals;
  const ofOthers = others.length === 0 ? only : undefined;
  // Programs that write 19,90 in one column may well write 1.234 for a decimal in another.
  if (hasDots && ofOthers === ",") return undefined;
  if (ofOthers !== undefined || decimals.size > 1) return ofOthers;
  if (hasDots && hasCommas) return undefined;
  if (delimiter === ";") return hasCommas ? "," : undefined;
  return hasDots ? "." : undefined;
}

function numbers(counts: Counts, decimal: Decimal | undefined): Reading {
  const groups =
    decimal === "."
      ? count(counts, COMMA_OR_GROUP, COMMA_GROUPS, DOT_DECIMAL_GROUPED)
      : count(counts, DOT_OR_GROUP, DOT_GROUPS, COMMA_DECIMAL_GROUPED);
  const wholeGroups =
    decimal === "." ? count(counts, COMMA_OR_GROUP, COMMA_GROUPS) : count(counts, DOT_OR_GROUP, DOT_GROUPS);
  const whole = count(counts, INTEGER) + (decimal === undefined ? 0 : wholeGroups);
  return {
    kind: "number",
    type: whole === valuesOf(counts) ? "BIGINT" : "DOUBLE",
    decimal,
    isGrouped: decimal !== undefined && groups > 0,
  };
}

/** The one form that all dates of a column have, by its place in FAMILIES; undefined where the column is no dates. */
function familyOf(counts: Counts): number | undefined {
  const values = valuesOf(counts);
  for (let family = 0; family < FAMILIES.length; family += 1) {
    const zoned = count(counts, dateForm(family, ZONED));
    const local = count(counts, ...[NO_TIME, CLOCK, HALF_DAY_CLOCK].map((time) => dateForm(family, time)));
    const dates = zoned + local;
    if (dates === 0) continue;
    // Where there is a zone, all have one: without it a time means another instant.
    const isOne = zoned === 0 || local === 0;
    // What casts read as dates may be infinite.
    return isOne && dates + (family === 0 ? count(counts, INFINITE) : 0) === values ? family : undefined;
  }
  return undefined;
}

const ORDERS = { day: ["d", "m", "Y"], month: ["m", "d", "Y"], year: ["Y", "m", "d"] } as const;

function formatOf(family: number, order: keyof typeof ORDERS): string {
  const { separator = "-", digits = 4 } = FAMILIES[family] ?? {};
  const parts = ORDERS[order].map((part) => `%${part === "Y" && digits === 2 ? "y" : part}`);
  return parts.join(separator);
}

/** The form of a column's dates, where their values leave no doubt. */
function ownDateFormat(counts: Counts): string | undefined {
  const family = familyOf(counts);
  if (family === undefined) return undefined;
  if (FAMILIES[family]?.year === "first") return formatOf(family, "year");
  if (mayBeYearFirst(counts, family)) return undefined;
  const isDayFirst = count(counts, DAY_FIRST) > 0;
  const isMonthFirst = count(counts, MONTH_FIRST) > 0;
  return isDayFirst === isMonthFirst ? undefined : formatOf(family, isDayFirst ? "day" : "month");
}

/** 24/01/05 may begin with its year. */
function mayBeYearFirst(counts: Counts, family: number): boolean {
  const { digits, separator } = FAMILIES[family] ?? {};
  return digits === 2 && separator === "/" && count(counts, LATE_YEAR) === 0;
}

function dateReading(counts: Counts, family: number, deciding: Deciding): Reading | Question {
  const own = ownDateFormat(counts);
  if (FAMILIES[family]?.year === "first") return dates(counts, family, formatOf(family, "year"));
  const isDayFirst = count(counts, DAY_FIRST) > 0;
  const isMonthFirst = count(counts, MONTH_FIRST) > 0;
  if (isDayFirst && isMonthFirst) return TEXT_READING;

  const order = configuredOrder(deciding.configured.dateFormat);
  if (order !== undefined) {
    const isPossible = order === "day" ? !isMonthFirst : !isDayFirst;
    return isPossible ? dates(counts, family, formatOf(family, order)) : TEXT_READING;
  }
  if (own !== undefined) return dates(counts, family, own);
  const possible = [
    ...(isMonthFirst ? [] : [formatOf(family, "day")]),
    ...(isDayFirst ? [] : [formatOf(family, "month")]),
  ];
  const earlier = possible.find((format) => format === deciding.earlier.dateFormat);
  if (earlier !== undefined) return dates(counts, family, earlier);
  // With dots the day comes first, wherever dates are written so; and 05/05/2024 is the same in both.
  const isSure = FAMILIES[family]?.separator === "." || count(counts, EITHER_FIRST) === 0;
  const [first] = possible;
  if (isSure && !mayBeYearFirst(counts, family) && first !== undefined) return dates(counts, family, first);
  return { kind: "which date", formats: possible };
}

/** Whether a configured form only decides between day and month, of dates that are known without it. */
export function isOrderOnly(format: string): boolean {
  return configuredOrder(format) !== undefined || format === ISO;
}

/** Whether the configured form says which of day and month comes first where the year is last, whatever stands between. */
function configuredOrder(format: string | undefined): "day" | "month" | undefined {
  const found = /^%([dm])([-/.])%([dm])\2%[Yy]$/.exec(format ?? "");
  if (found === null || found[1] === found[3]) return undefined;
  return found[1] === "d" ? "day" : "month";
}

function dates(counts: Counts, family: number, format: string): Reading {
  const has = (time: number) => count(counts, dateForm(family, time)) > 0;
  const times = [
    ...(has(NO_TIME) ? ["none" as const] : []),
    ...(has(CLOCK) ? ["clock" as const] : []),
    ...(has(HALF_DAY_CLOCK) ? ["half-day" as const] : []),
    ...(has(ZONED) ? ["zoned" as const] : []),
  ];
  const isDay = times.every((time) => time === "none");
  const type = has(ZONED) ? "TIMESTAMP WITH TIME ZONE" : isDay ? "DATE" : "TIMESTAMP";
  return { kind: "date", type, format, times };
}

function hasClock(format: string): boolean {
  return /%[HIM]/.test(format);
}
