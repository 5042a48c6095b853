/** 7043 → 7,043 */
export function whole(value: number): string {
  return grouped(value.toFixed(0));
}

/** A number as it is, to six decimals: 1234.5 → 1,234.5 */
export function decimal(value: number): string {
  const [integer = "", ...fraction] = String(Number(value.toFixed(6))).split(".");
  return [grouped(integer), ...fraction].join(".");
}

/** A share as a percentage with one decimal: 0.2654 → 26.5 % */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A relative change with its sign: 0.0344 → +3.4 % */
export function signedPercent(share: number): string {
  return `${share < 0 ? "-" : "+"}${percent(Math.abs(share))}`;
}

/** A metric with three decimals; one that is undefined has none. */
export function metric(value: number | null): string {
  return value === null ? "undefined" : value.toFixed(3);
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
