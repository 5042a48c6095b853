import { VALUE_LIMITS } from "./value-limits.ts";

const [QUOTE, COMMA, LIST, OBJECT] = Buffer.from('",[{');

/**
 * Counts what a text of JSON would become, before it is parsed: JSON.parse itself knows no limit.
 *
 * @returns why it is too much; undefined where it isn't. Punctuation within texts counts as well
 */
export function excessOf(text: Uint8Array): string | undefined {
  let [quotes, commas, containers] = [0, 0, 0];
  for (const byte of text) {
    if (byte === COMMA) commas += 1;
    else if (byte === QUOTE) quotes += 1;
    else if (byte === LIST || byte === OBJECT) containers += 1;
  }
  if (commas > VALUE_LIMITS.numbers) return `it has more than ${VALUE_LIMITS.numbers} values`;
  if (containers + quotes / 2 > VALUE_LIMITS.others)
    return `it has more than ${VALUE_LIMITS.others} lists, objects and texts`;
  return undefined;
}
