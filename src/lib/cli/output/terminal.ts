import { createInterface, type Interface } from "node:readline/promises";
import { Chalk } from "chalk";
import { errorCode, machineError } from "../../files/machine-error.ts";
import { writeAtOnce } from "../../files/write-at-once.ts";
import { InterruptedError } from "../../supervise/interruption.ts";
import { redactWithin } from "../../workspace/redact.ts";
import type { Terminal } from "../command.ts";

const CLEAR_LINE = "\r\u001b[2K";

type Env = Readonly<Record<string, string | undefined>>;

/** The process's own terminal: results on stdout, messages on stderr, each coloured only where it is a terminal itself. */
export function openTerminal(env: Env): Terminal {
  let drawn = false;
  let redact = (text: string) => text;
  const interactive = process.stderr.isTTY === true && env.TERM !== "dumb" && !isSet(env.CI);
  const clear = () => {
    if (drawn) write(2, CLEAR_LINE);
    drawn = false;
  };
  return {
    print: (line) => {
      clear();
      write(1, `${redact(line)}\n`);
    },
    printJson: (value) => {
      clear();
      write(1, `${JSON.stringify(redactWithin(value, redact))}\n`);
    },
    printBytes: (bytes) => {
      clear();
      write(1, bytes);
    },
    say: (line) => {
      clear();
      write(2, `${redact(line)}\n`);
    },
    status: (line) => {
      if (!interactive) return;
      if (line === undefined) return clear();
      write(2, `${CLEAR_LINE}${redact(line)}`);
      drawn = true;
    },
    mask: (secrets) => {
      redact = secrets;
    },
    ask: async (question) => {
      if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await answerTo(redact(question), lines);
      } finally {
        lines.close();
      }
    },
    chalk: {
      stdout: new Chalk({ level: colourLevel(env, process.stdout.isTTY === true) }),
      stderr: new Chalk({ level: colourLevel(env, process.stderr.isTTY === true) }),
    },
    interactive,
    onScreen: process.stdout.isTTY === true,
    columns: process.stderr.columns ?? 80,
  };
}

/**
 * The answer that somebody types; none, as for the Return key alone, when the input ends (Ctrl-D).
 *
 * @throws {InterruptedError} at Ctrl-C, which a terminal that edits a line gets as a key and not as a signal
 */
async function answerTo(question: string, lines: Interface): Promise<string> {
  let typed = false;
  try {
    return await new Promise<string>((resolve, reject) => {
      const hint = "nothing was changed; the same command asks again";
      lines.once("SIGINT", () => reject(new InterruptedError("SIGINT", hint)));
      lines.once("close", () => resolve(""));
      // At Ctrl-D some versions of Node reject it, others never settle it.
      lines.question(question).then(
        (text) => {
          typed = true;
          resolve(text);
        },
        () => resolve(""),
      );
    });
  } finally {
    // Else the cursor still stands behind the question.
    if (!typed) write(2, "\n");
  }
}

/** @see no-color.org and force-color.org: a variable that is set and not empty counts. */
function colourLevel(env: Env, isTerminal: boolean): 0 | 1 {
  if (isSet(env.NO_COLOR)) return 0;
  if (isSet(env.FORCE_COLOR) && env.FORCE_COLOR !== "0") return 1;
  return isTerminal && env.TERM !== "dumb" ? 1 : 0;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

/**
 * Writes at once, so that nothing is lost when the process ends. A reader that went away is no error, and a message that
 * can't be written (a full disk behind cron's log, say) stops no work: only a result has to arrive.
 *
 * @throws {ServiceError} when a result can't be written
 */
function write(fd: 1 | 2, content: string | Uint8Array): void {
  try {
    writeAtOnce(fd, content);
  } catch (error) {
    const code = errorCode(error);
    if (fd === 1 && code !== "EPIPE" && code !== "EIO") throw machineError(error, "stdout");
  }
}
