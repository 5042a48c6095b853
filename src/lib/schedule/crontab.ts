import { spawn } from "node:child_process";
import { type ChurnError, ServiceError, UsageError } from "../errors.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { userName } from "../workspace/user.ts";
import { folderInPath } from "./start.ts";

/** The crontab of the user that this process runs as. A table is a text of bytes, each as the letter of its number (Latin-1). */
export interface Crontab {
  /** The whole table; empty where the user has none. */
  read(): Promise<string>;
  /** Puts a table in the place of the one that is there. An empty one is removed. */
  write(table: string): Promise<void>;
}

/** There is no `crontab` program: this machine has no cron. Exit code 2. */
export class NoCrontabError extends UsageError {
  override readonly name = "NoCrontabError";
}

/** It reads or writes one small file. */
const LIMIT_MS = 10_000;
/** Lines of what crontab says that are shown. */
const MOST_LINES = 10;
const TIMER_HINT = "or a systemd timer: churn schedule print --systemd";

/**
 * The user's crontab, by the `crontab` program: it alone may touch the file, and tells the daemon.
 *
 * @param env      the process's environment: PATH and HOME are handed on
 * @param folders  where the program is looked for when PATH hasn't got it
 * @throws {UsageError} from its methods: there is no crontab, this user may not use it, or it refuses a table
 * @throws {ServiceError} when it fails otherwise
 */
export function openCrontab(
  { PATH, HOME }: Readonly<Record<string, string | undefined>>,
  folders = "/usr/bin:/bin",
): Crontab {
  const env = {
    PATH: [PATH, folders].filter(Boolean).join(":"),
    // Its sentences are told apart, so they have to be English.
    LC_ALL: "C",
    ...(HOME === undefined ? {} : { HOME }),
  };
  const run = (words: readonly string[], input = "") => runCrontab(words, input, env);
  return {
    async read() {
      const end = await run(["-l"]);
      if (end.exitCode === 0) return end.output;
      // Debian, cronie and macOS; then busybox.
      if (/^(?:crontab: )?no crontab for |can't open '[^']*': No such file/m.test(end.said)) return "";
      throw failure(end);
    },
    async write(table) {
      if (table === "") {
        const end = await run(["-r"]);
        if (end.exitCode !== 0 && !/no crontab for /.test(end.said)) throw failure(end);
        return;
      }
      const end = await run(["-"], table);
      if (end.exitCode === 0) return;
      if (!/errors? in crontab|can't install/i.test(end.said)) throw failure(end);
      throw new UsageError(
        "crontab refuses the new table, and keeps the old one",
        "its words stand above: crontab -e",
        {
          details: end.said.split("\n").slice(0, MOST_LINES),
        },
      );
    },
  };
}

interface End {
  readonly exitCode: number | null;
  readonly output: string;
  /** without the line end behind it */
  readonly said: string;
}

function failure({ exitCode, said }: End): ChurnError {
  const details = said.split("\n").slice(0, MOST_LINES);
  if (/not allowed/i.test(said))
    return new UsageError(
      `${userName()} may not use crontab on this machine`,
      ["as root: a line of that name in /etc/cron.allow, or none of it in /etc/cron.deny;", TIMER_HINT],
      { details },
    );
  return new ServiceError(
    exitCode === null ? "crontab doesn't come to an end" : `crontab ended with status ${exitCode}`,
    "crontab -l by hand shows whether it works",
    { details },
  );
}

async function runCrontab(
  words: readonly string[],
  input: string,
  env: Readonly<Record<string, string>>,
): Promise<End> {
  // To start a process that isn't there takes as long as to start one.
  if (folderInPath("crontab", env.PATH) === undefined) throw noCrontab();
  const child = spawn("crontab", words, { env, timeout: LIMIT_MS, killSignal: "SIGKILL", stdio: "pipe" });
  const output: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => output.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => said.push(bytes));
  child.stdin.on("error", () => {}); // EPIPE of one that ended before it had read: its end tells
  child.stdin.end(Buffer.from(input, "latin1"));
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return {
      exitCode,
      output: Buffer.concat(output).toString("latin1"),
      said: Buffer.concat(said).toString("utf8").trimEnd(),
    };
  } catch (error) {
    if (errorCode(error) !== "ENOENT" && errorCode(error) !== "EACCES") throw machineError(error, "crontab");
    throw noCrontab(error);
  }
}

function noCrontab(cause?: unknown): NoCrontabError {
  return new NoCrontabError(
    "there is no crontab program here",
    ["Debian and Ubuntu: sudo apt install cron;", TIMER_HINT],
    { cause },
  );
}
