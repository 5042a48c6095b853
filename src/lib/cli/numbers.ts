/** 7043 → 7,043 */
export function whole(value: number): string {
  return grouped(value.toFixed(0));
}

/** A number as it is, to six decimals: 1234.5 → 1,234.5. With the most decimals it has all of its digits. */
export function decimal(value: number, decimals = 6): string {
  const rounded = decimals < MOST_DECIMALS ? Number(value.toFixed(decimals)) : value;
  const [integer = "", ...fraction] = String(rounded).split(".");
  return [grouped(integer), ...fraction].join(".");
}

/** A share as a percentage with one decimal: 0.2654 → 26.5 % */
export function percent(share: number, decimals = 1): string {
  return `${(share * 100).toFixed(decimals)} %`;
}

/** A relative change with its sign: 0.0344 → +3.4 % */
export function signedPercent(share: number, decimals = 1): string {
  return `${share < 0 ? "-" : "+"}${percent(Math.abs(share), decimals)}`;
}

/** A metric with three decimals; one that is undefined has none. */
export function metric(value: number | null, decimals = 3): string {
  return value === null ? "undefined" : value.toFixed(decimals);
}

/** Writes a number with so many decimals; without them as many as its kind usually has. */
export type Format = (value: number, decimals?: number) => string;

/** Of a quotient, what is beyond is a double's noise. */
const MOST_DECIMALS = 12;

/**
 * Two figures with as many decimals as tell them apart where they differ, both with the same and at least the usual ones:
 * 0.56412 and 0.56405, not 0.564 and 0.564.
 */
export function apart(a: number, b: number, write: Format): readonly [a: string, b: string] {
  const usual = [write(a), write(b)] as const;
  if (write(a, MOST_DECIMALS) === write(b, MOST_DECIMALS)) return [usual[0], usual[0]];
  if (!looksLike(...usual)) return usual;
  for (let decimals = decimalsOf(usual[0]); decimals < MOST_DECIMALS; decimals += 1) {
    const [first, second] = [write(a, decimals), write(b, decimals)];
    if (!looksLike(first, second)) return [first, second];
  }
  return [write(a, MOST_DECIMALS), write(b, MOST_DECIMALS)];
}

/**
 * A figure and the limit that somebody set it, so that who reads both sees which is the greater, as the rule did: the limit
 * with all of its digits, the figure with as many as it takes: 0.996 % and 1.0 %, 0.04 % and 0.03 %. Equal ones are written alike.
 */
export function besideLimit(value: number, limit: number, write: Format): readonly [value: string, limit: string] {
  const set = asSet(limit, write);
  const [shown, bound] = apart(value, limit, write);
  return [shown === bound ? set : shown, set];
}

/** A limit with all the digits that somebody set it with, the usual ones at least: 5.0 %, 0.025 % */
export function asSet(limit: number, write: Format): string {
  return write(limit, Math.max(decimalsOf(write(limit)), decimalsOf(write(limit, MOST_DECIMALS), "needed")));
}

/** Zeros look alike, whatever their sign: -0.0 % tells nothing. */
function looksLike(a: string, b: string): boolean {
  return a === b || !/[1-9]/.test(a + b);
}

/** Decimals of a number's text; those that are needed end before the last zeros. */
function decimalsOf(text: string, which: "all" | "needed" = "all"): number {
  const [, decimals = ""] = /\.(\d+)/.exec(text) ?? [];
  return (which === "all" ? decimals : decimals.replace(/0+$/, "")).length;
}

/** Bytes as people read them: 812 B, 1.4 kB, 41 MB. */
export function fileSize(bytes: number): string {
  const step = Math.min(4, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${step > 0 && value < 9.95 ? value.toFixed(1) : whole(value)} ${["B", "kB", "MB", "GB", "TB"][step]}`;
}

/** Memory as machines and containers count it: 312 MiB, 23.1 GiB. */
export function memorySize(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${whole(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}

/** Names in a sentence: 3; 3 and 5; 3, 5 and 8. */
export function listed(names: readonly (number | string)[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Seconds with one decimal: 0.3 s */
export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

/** A count with its noun, which is singular for one: 1 customer, 7,043 customers. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${whole(count)} ${count === 1 ? noun : nouns}`;
}

/** Not by Intl, whose first formatter costs a process 9 ms: every stage is a process. */
function grouped(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ",");
}
