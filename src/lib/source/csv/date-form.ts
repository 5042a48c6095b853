import { COLON, DOT, digitsValue, isDigit, MINUS, PLUS, SLASH, SPACE } from "./bytes.ts";
import {
  CLOCK,
  DAY_FIRST,
  dateForm,
  EITHER_FIRST,
  HALF_DAY_CLOCK,
  MONTH_FIRST,
  NO_TIME,
  TEXT,
  ZONED,
} from "./forms.ts";

/** Where a date's three parts begin, from its start, and how many digits they have. */
const starts = new Uint8Array(3);
const lengths = new Uint8Array(3);

/** A date that begins with digits, and the time of day behind it. */
export function dateFormOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const separator = separatorAfter(bytes, start, end);
  for (let part = 0; part < 3; part += 1) {
    starts[part] = at - start;
    while (at < end && isDigit(bytes[at])) at += 1;
    lengths[part] = at - start - (starts[part] ?? 0);
    if (part === 2) break;
    if (bytes[at] !== separator) return TEXT;
    at += 1;
  }
  const time = at === end ? NO_TIME : timeForm(bytes, at, end);
  if (time === -1) return TEXT;
  const one = numberAt(bytes, start, 0);
  const two = numberAt(bytes, start, 1);
  const three = numberAt(bytes, start, 2);
  if (!isShort(1)) return TEXT;
  if (lengths[0] === 4) {
    if (!isShort(2) || !isDay(one, two, three)) return TEXT;
    // DuckDB's casts know this form, with T, zones and all.
    if (separator === MINUS) return time === HALF_DAY_CLOCK ? TEXT : dateForm(0, time);
    return isPlainTime(bytes, at, time) ? dateForm(separator === SLASH ? 1 : 2, time) : TEXT;
  }
  const isTwoDigits = lengths[2] === 2;
  if (!isShort(0) || (lengths[2] !== 4 && !isTwoDigits) || (isTwoDigits && separator === MINUS)) return TEXT;
  if (!isPlainTime(bytes, at, time)) return TEXT;
  const year = isTwoDigits ? three + (three < 69 ? 2000 : 1900) : three;
  const isDayFirst = isDay(year, two, one);
  if (isDayFirst === isDay(year, one, two)) {
    if (!isDayFirst) return TEXT;
    return yearLast(separator, isTwoDigits, time, one === two ? 0 : EITHER_FIRST, three);
  }
  return yearLast(separator, isTwoDigits, time, isDayFirst ? DAY_FIRST : MONTH_FIRST, three);
}

function yearLast(separator: number, isTwoDigits: boolean, time: number, order: number, year: number): number {
  const family = separator === MINUS ? 3 : separator === SLASH ? 4 : 5;
  const late = isTwoDigits && year > 31 ? 65536 : 0;
  return dateForm(isTwoDigits ? family + 2 : family, time) + 256 * order + late;
}

/** What strptime reads: a clock behind a space, with microseconds at most, without a zone. */
function isPlainTime(bytes: Uint8Array, at: number, time: number): boolean {
  return time === NO_TIME || (time !== ZONED && bytes[at] === SPACE && fractionDigits <= 6);
}

function separatorAfter(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isDigit(bytes[at])) at += 1;
  return bytes[at] ?? 0;
}

function numberAt(bytes: Uint8Array, start: number, index: number): number {
  const from = start + (starts[index] ?? 0);
  return digitsValue(bytes, from, from + (lengths[index] ?? 0));
}

function isShort(index: number): boolean {
  const length = lengths[index] ?? 0;
  return length === 1 || length === 2;
}

const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether there is such a day in the calendar. */
export function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > (MONTH_DAYS[month - 1] ?? 0)) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

/** What a time of day behind a date is, from the T or space on; -1 where it is none. */
function timeForm(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if (first !== SPACE && first !== 0x54) return -1;
  const behind = clockEnd(bytes, at + 1, end);
  if (behind === -1) return -1;
  if (behind === end) return CLOCK;
  if (first === SPACE && isHalfDay(bytes, at + 1, behind, end)) return HALF_DAY_CLOCK;
  return hasSeconds && isZone(bytes, behind, end) ? ZONED : -1;
}

/** Whether the last clock had seconds; DuckDB reads a zone behind seconds only. */
let hasSeconds = false;
/** Digits of the last clock behind its seconds. */
let fractionDigits = 0;

/** Behind a clock such as 9:30, 09:30:00 or 09:30:00.123456, or -1. */
export function clockEnd(bytes: Uint8Array, start: number, end: number): number {
  hasSeconds = false;
  fractionDigits = 0;
  let at = start;
  while (at < end && isDigit(bytes[at])) at += 1;
  if (at === start || at - start > 2 || digitsValue(bytes, start, at) > 23) return -1;
  if (bytes[at] !== COLON || sixtieth(bytes, at + 1, end) === -1) return -1;
  at += 3;
  if (at >= end || bytes[at] !== COLON) return at;
  if (sixtieth(bytes, at + 1, end) === -1) return -1;
  hasSeconds = true;
  at += 3;
  if (bytes[at] !== DOT || at >= end) return at;
  const fraction = at + 1;
  at = fraction;
  while (at < end && isDigit(bytes[at])) at += 1;
  fractionDigits = at - fraction;
  return fractionDigits === 0 || fractionDigits > 9 ? -1 : at;
}

function sixtieth(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end || !isDigit(bytes[at]) || !isDigit(bytes[at + 1])) return -1;
  const value = digitsValue(bytes, at, at + 2);
  return value < 60 ? value : -1;
}

/** AM or PM behind a space, and an hour from 1 to 12. */
function isHalfDay(bytes: Uint8Array, clock: number, at: number, end: number): boolean {
  if (end - at !== 3 || bytes[at] !== SPACE) return false;
  const letter = (bytes[at + 1] ?? 0) | 0x20;
  if ((letter !== 0x61 && letter !== 0x70) || ((bytes[at + 2] ?? 0) | 0x20) !== 0x6d) return false;
  const hour = digitsValue(bytes, clock, bytes[clock + 1] === COLON ? clock + 1 : clock + 2);
  return hour >= 1 && hour <= 12;
}

/** Z, UTC, +02, +0200 or +02:00, maybe behind a space. */
function isZone(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  if (bytes[at] === SPACE) at += 1;
  const length = end - at;
  if (length === 1) return bytes[at] === 0x5a && at === from;
  if (length === 3 && bytes[at] === 0x55) return bytes[at + 1] === 0x54 && bytes[at + 2] === 0x43 && at > from;
  if (bytes[at] !== PLUS && bytes[at] !== MINUS) return false;
  if (!isDigit(bytes[at + 1]) || !isDigit(bytes[at + 2]) || digitsValue(bytes, at + 1, at + 3) > 15) return false;
  if (length === 3) return true;
  const minutes = bytes[at + 3] === COLON ? at + 4 : at + 3;
  return minutes + 2 === end && sixtieth(bytes, minutes, end) !== -1;
}
