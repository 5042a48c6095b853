import { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setImmediate } from "node:timers/promises";
import { ServiceError } from "../errors.ts";
import { errorCode, machineError } from "../files/machine-error.ts";

/**
 * Hears why the operating system refuses a process that is started until `stop`. Node throws some refusals (no memory) and
 * tells of others (no descriptors, no more processes) by an event in the next turn, before which execa has broken already.
 *
 * @see https://nodejs.org/docs/latest-v20.x/api/diagnostics_channel.html#child-process
 */
export function hearRefusal(): {
  /** The refusal as it was heard, else what was thrown, as a sentence about the stage; what no machine says stays as it was thrown. */
  explain(stage: string, thrown: unknown): Promise<unknown>;
  stop(): void;
} {
  let heard: unknown;
  const onStart = (message: unknown) => {
    if (typeof message !== "object" || message === null || !("process" in message)) return;
    if (message.process instanceof ChildProcess)
      message.process.once("error", (error) => {
        heard = error;
      });
  };
  subscribe("child_process", onStart);
  return {
    explain: async (stage, thrown) => {
      await setImmediate();
      const cause = heard ?? thrown;
      const what = `the process of ${stage} can't be started`;
      const known = machineError(cause, what);
      if (known instanceof ServiceError) return known;
      const code = errorCode(cause);
      return code === undefined ? cause : new ServiceError(`${what}: ${code}`, undefined, { cause });
    },
    stop: () => void unsubscribe("child_process", onStart),
  };
}
