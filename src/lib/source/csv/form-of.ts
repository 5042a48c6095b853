import { COLON, COMMA, DOT, isDigit, MINUS, PLUS, SLASH, SPACE, ZERO } from "./bytes.ts";
import { clockEnd, dateFormOf } from "./date-form.ts";
import {
  BLANK,
  BOOLEAN,
  COMMA_DECIMAL,
  COMMA_DECIMAL_GROUPED,
  COMMA_GROUPS,
  COMMA_OR_GROUP,
  DOT_DECIMAL,
  DOT_DECIMAL_GROUPED,
  DOT_GROUPS,
  DOT_OR_GROUP,
  EMPTY,
  EXPONENT,
  INFINITE,
  INTEGER,
  LEADING_ZERO,
  LONG_INTEGER,
  NAN,
  NULL_WORD,
  NULL_WORDS,
  TEXT,
  TIME,
} from "./forms.ts";

const LARGEST = "9223372036854775807";
/** What is longer is text. */
const LONGEST = 64;

/**
 * The form of a field's bytes; spaces around a value are no part of it. For a date with the year last two more counters may be
 * packed in: form, + 256 × one of DAY_FIRST, MONTH_FIRST and EITHER_FIRST, + 65536 where the year is late.
 */
export function formOf(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return EMPTY;
  let start = from;
  let end = to;
  while (start < end && bytes[start] === SPACE) start += 1;
  if (start === end) return BLANK;
  while (bytes[end - 1] === SPACE) end -= 1;
  const length = end - start;
  if (length > LONGEST) return TEXT;
  const first = bytes[start];
  if (isDigit(first) || first === DOT || first === COMMA) return numeric(bytes, start, start, end);
  const second = bytes[start + 1];
  if (first === MINUS && length > 1 && (isDigit(second) || second === DOT || second === COMMA)) {
    return numeric(bytes, start, start + 1, end);
  }
  return word(bytes, start, end);
}

const WORDS: ReadonlyMap<string, number> = new Map([
  ...["true", "false", "t", "f", "yes", "no"].map((text) => [text, BOOLEAN] as const),
  ["nan", NAN],
  ...["inf", "-inf", "infinity", "-infinity"].map((text) => [text, INFINITE] as const),
]);
const NULLS: ReadonlySet<string> = new Set(NULL_WORDS);
/** Whether a letter begins any of the words, so that most texts are told by it. */
const BEGINS = new Uint8Array(256);
for (const text of [...WORDS.keys(), ...NULL_WORDS]) {
  BEGINS[text.charCodeAt(0)] = 1;
  BEGINS[text.toUpperCase().charCodeAt(0)] = 1;
}

function word(bytes: Uint8Array, start: number, end: number): number {
  if (BEGINS[bytes[start] ?? 0] === 0 || end - start > 9) return TEXT;
  let text = "";
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return NULLS.has(text) ? NULL_WORD : (WORDS.get(text.toLowerCase()) ?? TEXT);
}

/** Lengths of the groups of digits in a value, and what stands between them. */
const lengths = new Uint8Array(LONGEST + 1);
const separators = new Uint8Array(LONGEST + 1);

/** @param digits  where the digits begin, behind a sign */
function numeric(bytes: Uint8Array, start: number, digits: number, end: number): number {
  let at = digits;
  while (at < end && isDigit(bytes[at])) at += 1;
  if (at === end) return integerForm(bytes, digits, end);
  const after = bytes[at];
  const isSigned = start < digits;
  if (after === COLON) return !isSigned && clockEnd(bytes, start, end) === end ? TIME : TEXT;
  if (after === MINUS || after === SLASH) return isSigned ? TEXT : dateFormOf(bytes, start, end);

  // Groups of digits between dots and commas, and maybe an exponent.
  let groups = 0;
  let groupStart = digits;
  for (at = digits; ; at += 1) {
    if (at < end && isDigit(bytes[at])) continue;
    lengths[groups] = at - groupStart;
    groups += 1;
    if (at === end || (bytes[at] !== DOT && bytes[at] !== COMMA)) break;
    separators[groups - 1] = bytes[at] ?? 0;
    groupStart = at + 1;
  }
  if (at < end && bytes[at] === SPACE && groups === 3) return isSigned ? TEXT : dateFormOf(bytes, start, end);
  const hasExponent = at < end;
  if (hasExponent && exponentEnd(bytes, at, end) !== end) return TEXT;
  if (groups === 1) {
    if (lengths[0] === 0) return TEXT;
    return isZeroLed(bytes, digits) ? LEADING_ZERO : EXPONENT;
  }
  if (groups === 3 && lengths[1] !== 3 && !isSigned && !hasExponent) {
    return separators[0] === DOT && separators[1] === DOT ? dateFormOf(bytes, start, end) : TEXT;
  }
  return separatedForm(bytes, digits, groups, hasExponent);
}

function integerForm(bytes: Uint8Array, digits: number, end: number): number {
  const length = end - digits;
  if (length > 1 && bytes[digits] === ZERO) return LEADING_ZERO;
  if (length < LARGEST.length) return INTEGER;
  if (length > LARGEST.length) return LONG_INTEGER;
  for (let index = 0; index < length; index += 1) {
    const difference = (bytes[digits + index] ?? 0) - LARGEST.charCodeAt(index);
    if (difference !== 0) return difference < 0 ? INTEGER : LONG_INTEGER;
  }
  return INTEGER;
}

/** A number in groups of digits; the groups are in `lengths` and `separators`. */
function separatedForm(bytes: Uint8Array, digits: number, groups: number, hasExponent: boolean): number {
  const last = separators[groups - 2];
  const head = lengths[0] ?? 0;
  const tail = lengths[groups - 1] ?? 0;
  if (isZeroLed(bytes, digits) && head > 1) return LEADING_ZERO;
  const isDot = last === DOT;
  if (groups === 2) {
    if (head === 0 && tail === 0) return TEXT;
    const isEither = !hasExponent && head >= 1 && head <= 3 && tail === 3 && bytes[digits] !== ZERO;
    if (isEither) return isDot ? DOT_OR_GROUP : COMMA_OR_GROUP;
    return isDot ? DOT_DECIMAL : COMMA_DECIMAL;
  }
  // Thousands: a group of one to three digits, then groups of three.
  if (head < 1 || head > 3 || bytes[digits] === ZERO) return TEXT;
  for (let index = 1; index < groups - 1; index += 1) {
    if (lengths[index] !== 3 || separators[index - 1] !== separators[0]) return TEXT;
  }
  if (last === separators[0]) {
    if (tail !== 3 || hasExponent) return TEXT;
    return isDot ? DOT_GROUPS : COMMA_GROUPS;
  }
  if (tail === 0) return TEXT;
  return isDot ? DOT_DECIMAL_GROUPED : COMMA_DECIMAL_GROUPED;
}

/** 007 and 00.5 begin with zeros that are no number's; 0 and 0.5 don't. */
function isZeroLed(bytes: Uint8Array, digits: number): boolean {
  return bytes[digits] === ZERO && isDigit(bytes[digits + 1]);
}

/** Behind e+05 that begins at `at`, or -1. */
function exponentEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 0x65 && bytes[at] !== 0x45) return -1;
  const sign = bytes[at + 1];
  const first = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
  let next = first;
  while (next < end && isDigit(bytes[next])) next += 1;
  return next === first || next - first > 3 ? -1 : next;
}
