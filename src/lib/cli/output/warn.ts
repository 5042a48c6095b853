import type { Terminal } from "../command.ts";
import { visible } from "../visible.ts";
import { fitted } from "./fit.ts";

const LABEL = "warning  ";

/** Shows people what is amiss and ends nothing. */
export function warn(terminal: Pick<Terminal, "say" | "chalk" | "interactive">, sentence: string): void {
  const line = `${terminal.chalk.stderr.yellow(LABEL.trim())}  ${visible(sentence)}`;
  for (const one of fitted(line, terminal.interactive, LABEL.length)) terminal.say(one);
}
