const WHOLE = new Intl.NumberFormat("en-US");

/** 7043 → 7,043 */
export function whole(value: number): string {
  return WHOLE.format(value);
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
