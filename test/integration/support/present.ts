import { execa } from "execa";

/**
 * Whether a program is on this machine. Where it isn't, a line says that its tests are skipped: Debian's packages have it, and
 * install-schedulers.sh installs it.
 */
export async function present(program: string): Promise<boolean> {
  const { exitCode } = await execa("/bin/sh", ["-c", `command -v ${program}`], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    reject: false,
  });
  if (exitCode !== 0) process.stderr.write(`skipped: there is no ${program} on this machine\n`);
  return exitCode === 0;
}
