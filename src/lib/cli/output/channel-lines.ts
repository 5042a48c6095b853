import { visible } from "../visible.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

/** As wide as the longest name of a channel, and two blanks. */
const WIDTH = "terminal".length + 2;

/** What became of a message on a channel, as lines of at most 80 columns: the name stands before the first one. */
export function channelLines(channel: string, text: string): string[] {
  return wrap(visible(text), SCREEN_WIDTH - WIDTH).map(
    (line, index) => `${(index === 0 ? channel : "").padEnd(WIDTH)}${line}`,
  );
}
