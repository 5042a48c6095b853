import type { OnWait } from "../../store/store.ts";
import type { Terminal } from "../command.ts";
import { visible } from "../visible.ts";

/** That a command waits, what for, and how long. */
export function waitingLine(what: string): string {
  return `waiting  ${visible(what)}`;
}

/** Says whom a command waits for: on a terminal until something else is printed, elsewhere (a log, a mail) once. */
export function waitingFor(terminal: Pick<Terminal, "status" | "say" | "interactive">): OnWait {
  let isSaid = false;
  return (holder) => {
    const what = `to see whether ${visible(holder)} lives`;
    if (terminal.interactive) terminal.status(`waiting ${what}`);
    else if (!isSaid) terminal.say(waitingLine(what));
    isSaid = true;
  };
}
