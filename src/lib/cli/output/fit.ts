import { SCREEN_WIDTH } from "./wrap.ts";

/** What colours a text and takes no room: ECMA-48's SGR. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const COLOUR = /\u001b\[[\d;]*m/g;

const COMMAND = /^ *(?:Next: )?churn /;

/**
 * A line as it fits a screen: broken at blanks where it is longer, with what hangs over some columns in. A word that is longer by itself, a
 * path say, stays whole, so that it can be copied, and so does a command in a line of its own. Where nobody looks at a screen, in a pipe or a log, a line stays a line.
 *
 * @param onScreen  whether somebody does
 * @param indent    columns before what hangs over
 */
export function fitted(line: string, onScreen: boolean, indent = 2): string[] {
  if (!onScreen || widthOf(line) <= SCREEN_WIDTH || COMMAND.test(line)) return [line];
  const [start = ""] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = start;
  for (const [, blanks = "", word = ""] of line.slice(start.length).matchAll(/( *)([^ ]+)/g)) {
    const isFirst = current.trim() === "";
    if (!isFirst && widthOf(current) + blanks.length + widthOf(word) > SCREEN_WIDTH) {
      lines.push(current);
      current = " ".repeat(indent) + word;
    } else current += `${blanks}${word}`;
  }
  return [...lines, current];
}

function widthOf(text: string): number {
  return [...text.replaceAll(COLOUR, "")].length;
}
