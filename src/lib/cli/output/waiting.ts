import type { OnWait } from "../../store/store.ts";
import type { Terminal } from "../command.ts";
import { visible } from "../visible.ts";

/** Says on a terminal whom a command waits for, until something else is printed. */
export function waitingFor(terminal: Pick<Terminal, "status">): OnWait {
  return (holder) => terminal.status(`waiting to see whether ${visible(holder)} lives`);
}
