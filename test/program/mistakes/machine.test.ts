import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { churn, cronEnv, dayBefore, lastDay, program } from "../../support/churn.ts";
import { complaint, succeeds, workspaceAfter } from "../../support/mistake.ts";

const test = workspaceAfter(["run-all", "--date", dayBefore]);
const tonight = ["--date", lastDay] as const;

/** Runs churn under a limit of the shell's, such as `-n 30`. */
async function limited(workspace: string, limit: string, words: readonly string[]) {
  const script = `ulimit ${limit} && exec "$@"`;
  const command = [process.execPath, program, ...words];
  return execa("/bin/sh", ["-c", script, "sh", ...command], {
    cwd: workspace,
    env: cronEnv,
    extendEnv: false,
    reject: false,
  });
}

test.for([24, 30])(
  "a night that may open %d files ends with a sentence, and the team is told",
  async (files, { workspace }) => {
    const { exitCode, stderr } = await limited(workspace, `-n ${files}`, ["run-all", ...tonight]);
    expect(complaint({ exitCode, stderr })).toEqual({
      exitCode: 5,
      error: "the process of extract can't be started: too many files are open",
      next: ["look at ulimit -n", `churn run-all --date ${lastDay}`],
    });
    const told = (await readdir(join(workspace, "notifications"))).filter((name) => name.includes(".failed."));
    expect(told).toEqual([expect.stringMatching(`^${lastDay}.failed.`)]);
    await succeeds(workspace, ["run-all", ...tonight]);
  },
);

test.for([33, 36, 44])(
  "a night that may open %d files has room for one process at least, or says so",
  async (files, { workspace }) => {
    const words = ["run-all", ...tonight, "--to", "validate"];
    const { exitCode, stderr } = await limited(workspace, `-n ${files}`, words);
    if (files === 44) expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    else if (exitCode !== 0) expect(complaint({ exitCode, stderr }).error).toMatch(/too many files are open$/);
  },
);

test.skipIf(process.arch !== "x64" || process.platform !== "linux")(
  "where there is no room for addresses, memory is to blame and not the installation",
  async ({ workspace }) => {
    // WebAssembly sets several gigabytes of addresses aside.
    const { exitCode, stderr } = await limited(workspace, "-v 3000000", ["run-all", ...tonight]);
    const { next, ...said } = complaint({ exitCode, stderr });
    expect(said).toEqual({
      exitCode: 5,
      error: "the embedded engine (ml-xgboost) doesn't load: WebAssembly.Memory(): could not allocate memory",
    });
    expect(next[0]).toBe("free some memory, or look at ulimit -v and the container's limit");
  },
);

test("a TMPDIR that is a file, or nothing, is in nobody's way", async ({ workspace }) => {
  const places = [join(workspace, "churn.yaml"), join(workspace, "gone")];
  for (const [index, TMPDIR] of places.entries()) {
    const words = index === 0 ? ["run-all", ...tonight] : ["preview"];
    expect(await churn(workspace, words, { TMPDIR })).toMatchObject({ exitCode: 0 });
  }
});

test("a clock that is set four hours ahead in the midst of a night stops no stage", async ({ workspace }) => {
  const hook = join(workspace, "hook.cjs");
  await writeFile(hook, "const { now } = Date; Date.now = () => now() + (process.uptime() > 0.3 ? 4 * 3_600_000 : 0);");
  const words = ["run-all", ...tonight, "--set", "run.timeout=1h", "--set", "run.stages.train=1h"];
  expect(await churn(workspace, words, { NODE_OPTIONS: `--require ${hook}` })).toMatchObject({ exitCode: 0 });
});

test("stdout and stderr that can't be synced at the end keep no process alive", async ({ workspace }) => {
  const hook = join(workspace, "hook.cjs");
  // A descriptor that is closed can't be synced, as one on a disk that fails can't be.
  await writeFile(hook, 'process.on("exit", () => { require("node:fs").closeSync(2); });');
  const { exitCode, timedOut } = await execa(process.execPath, [program, "run-all", "--date", dayBefore], {
    cwd: workspace,
    env: { ...cronEnv, NODE_OPTIONS: `--require ${hook}` },
    extendEnv: false,
    reject: false,
    timeout: 30_000,
    killSignal: "SIGKILL",
  });
  expect({ exitCode, timedOut }).toEqual({ exitCode: 0, timedOut: false });
});
