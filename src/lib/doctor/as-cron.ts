import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { text } from "node:stream/consumers";
import { parseJson } from "../artifacts/json-text.ts";
import { shellWord } from "../cli/shell.ts";
import { ChurnError, ServiceError } from "../errors.ts";
import type { Start } from "../schedule/start.ts";
import { userName } from "../workspace/user.ts";
import { doctorFormat, type Report } from "./report.ts";

/**
 * All that cron gives a job of an environment, but for the lines of the crontab itself: of its owner, as the system knows them.
 *
 * @see crontab(5)
 */
export function environmentOfCron(): Record<string, string> {
  return { HOME: home(), LOGNAME: userName(), PATH: "/usr/bin:/bin", SHELL: "/bin/sh" };
}

/** What the program has that a line of `churn schedule` starts: cron's variables, and those that the line itself gives. */
export function environmentOfLine({ variables }: Pick<Start, "variables">): Record<string, string> {
  return { ...environmentOfCron(), ...variables };
}

/** Seconds that a process has beyond its checks. */
const GRACE_SECONDS = 30;

/**
 * The report of `churn doctor` as cron would get it: in the environment of churn's line alone, by /bin/sh, without a terminal, in a session
 * of its own, in the home folder.
 *
 * @param asked.folder   the workspace's, or the one that doctor was asked in, absolute
 * @param asked.seconds  that each check has
 * @param asked.env      the environment
 * @throws {ServiceError} when there is none
 */
export async function reportInCron(asked: {
  readonly program: string;
  readonly folder: string;
  readonly overrides: readonly string[];
  readonly seconds: number;
  readonly env: Readonly<Record<string, string>>;
}): Promise<Report> {
  const { program, folder, overrides, seconds, env } = asked;
  const sets = overrides.flatMap((override) => ["--set", override]);
  const words = [process.execPath, program, "-C", folder, ...sets, "doctor", "--json", "--timeout", `${seconds}s`];
  const child = spawn("/bin/sh", ["-c", `exec ${words.map(shellWord).join(" ")}`], {
    cwd: existsSync(env.HOME ?? "") ? env.HOME : "/",
    env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end();
  const stop = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  };
  process.once("exit", stop);
  // The last checks begin when the others have ended.
  const timer = setTimeout(stop, (2 * seconds + GRACE_SECONDS) * 1000);
  try {
    const ended = new Promise<string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(String(code ?? signal)));
    });
    const [end, printed, said] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return readReport(end, printed, said);
  } finally {
    clearTimeout(timer);
    process.off("exit", stop);
  }
}

function readReport(end: string, printed: string, said: string): Report {
  const where = "what churn doctor says in cron's environment";
  try {
    return doctorFormat.read(parseJson(Buffer.from(printed), where), where);
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    throw new ServiceError(
      `in cron's environment churn doctor ended with ${end}, and without a report`,
      "what it said stands above; the command that cron runs ends likewise",
      { cause: error, details: said.trimEnd().split("\n") },
    );
  }
}

/** As the system's list of users has it; a container may have a number and no user. */
function home(): string {
  try {
    return userInfo().homedir;
  } catch {
    return "/";
  }
}
