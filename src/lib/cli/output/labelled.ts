import { visible } from "../visible.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

/** What stands before hints is as wide as what stands before an error's lines. */
const LABEL_WIDTH = 5;

/**
 * A sentence as lines of at most 80 columns, with a word before the first one.
 *
 * @param paint  colours the word
 */
export function labelled(label: string, text: string, paint: (label: string) => string = String): string[] {
  const width = Math.max(LABEL_WIDTH, label.length);
  return wrap(visible(text), SCREEN_WIDTH - width - 2).map(
    (line, index) => `${index === 0 ? paint(label.padEnd(width)) : " ".repeat(width)}  ${line}`,
  );
}
