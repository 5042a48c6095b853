import type { OnWait } from "../../store/store.ts";
import type { Terminal } from "../command.ts";
import { visible } from "../visible.ts";
import { fitted } from "./fit.ts";

const LABEL = "waiting  ";

/** Says that a command waits, what for, and how long. */
export function sayWaiting(terminal: Pick<Terminal, "say" | "interactive">, what: string): void {
  for (const line of fitted(waitingLine(what), terminal.interactive, LABEL.length)) terminal.say(line);
}

/** The same in a line. */
export function waitingLine(what: string): string {
  return `${LABEL}${visible(what)}`;
}

/** Says whom a command waits for: on a terminal until something else is printed, elsewhere (a log, a mail) once. */
export function waitingFor(terminal: Pick<Terminal, "status" | "say" | "interactive">): OnWait {
  let isSaid = false;
  return (holder) => {
    const what = `to see whether ${visible(holder)} lives`;
    if (terminal.interactive) terminal.status(`waiting ${what}`);
    else if (!isSaid) sayWaiting(terminal, what);
    isSaid = true;
  };
}
