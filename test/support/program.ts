import { fileURLToPath } from "node:url";
import { execa } from "execa";

export const program = fileURLToPath(new URL("../../bin/churn", import.meta.url));

export interface Ended {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What cron gives a job, and nothing else: the built program is always tested in it. */
export const cronEnv = { HOME: "/nonexistent", LOGNAME: "nobody", PATH: "/usr/bin:/bin", SHELL: "/bin/sh", TZ: "UTC" };

/** Runs the built program in a folder, in cron's environment, without a terminal. */
export async function churn(
  cwd: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { exitCode, signal, stdout, stderr } = await execa(process.execPath, [program, ...words], {
    cwd,
    env: { ...cronEnv, ...env },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  return { exitCode, signal, stdout, stderr };
}
