import { closeSync, constants, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Logger } from "pino";
import { makeFolder } from "../files/folders.ts";
import { knownError, machineError } from "../files/machine-error.ts";
import { openInPlace, requireFolderWithin } from "../files/within.ts";
import { redactWithin } from "./redact.ts";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  /** fixed words that grep finds; values are in the fields */
  readonly message: string;
  /** a stage's name, or run-all for what its supervisor says of the whole run */
  readonly stage: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const TAIL_LINES = 20;

/**
 * A run's log: JSON Lines in `logs/DATE/RUN.jsonl`, one write a line, secrets masked. A line that the disk doesn't take is
 * lost: what the run does, and why it fails, matters more, and `onLost` is told once.
 */
export interface RunLog {
  /** relative to the workspace */
  readonly key: string;
  write(line: LogLine): void;
  /** The last lines in short, without their fields: for a message about the run. */
  tail(): readonly string[];
  close(): void;
}

export async function openRunLog(options: {
  readonly root: string;
  readonly date: string;
  readonly night: string;
  readonly runId: string;
  readonly redact: (text: string) => string;
  readonly onLost: (reason: string) => void;
}): Promise<RunLog> {
  const key = `logs/${options.date}/${options.runId}.jsonl`;
  const path = join(options.root, key);
  const fd = openLog(options.root, path);
  const { default: pino } = await import("pino"); // CommonJS: bundled, it has its default export alone
  const { redact } = options;
  const logger: Logger = pino(
    {
      base: { run: options.runId, night: options.night },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (level) => ({ level }),
        // Before they are JSON: a mask in the place of a number would make none of it.
        log: (fields) =>
          Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, redactWithin(part, redact)])),
      },
    },
    { write: append },
  );
  let lost = false;
  function append(line: string): void {
    try {
      writeSync(fd, line);
    } catch (error) {
      const known = knownError(error);
      if (known === undefined) throw error;
      if (!lost) options.onLost(`lines of ${key} are lost: ${known.message}`);
      lost = true;
    }
  }

  const last: string[] = [];
  return {
    key,
    write: ({ level, message, stage, fields }) => {
      const words = redact(message);
      logger[level]({ stage, ...fields }, words);
      const mark = level === "info" ? "" : `${level}: `;
      last.push(`${new Date().toISOString().slice(11, 19)}Z  ${stage.padEnd(9)}  ${mark}${words}`);
      if (last.length > TAIL_LINES) last.shift();
    },
    tail: () => [...last],
    close: () => closeSync(fd),
  };
}

/** Behind a link there may be anybody's file, or a folder in which old logs would be removed. */
function openLog(root: string, path: string): number {
  try {
    requireFolderWithin(root, dirname(path));
    makeFolder(dirname(path));
    return openInPlace(path, constants.O_WRONLY | constants.O_APPEND);
  } catch (error) {
    throw machineError(error, path);
  }
}
