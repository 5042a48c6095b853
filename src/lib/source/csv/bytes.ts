export const ZERO = 0x30;
export const DOT = 0x2e;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const PLUS = 0x2b;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SPACE = 0x20;

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}

/** The number that digits spell. */
export function digitsValue(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + (bytes[at] ?? 0) - ZERO;
  return value;
}
