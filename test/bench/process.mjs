import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";

/** GNU time: CPU of a process and all that it waited for, peak memory of the largest of them. Without it only wall time is measured. */
const TIME = existsSync("/usr/bin/time") ? "/usr/bin/time" : undefined;

/**
 * A process from its start to its end.
 *
 * @typedef {object} Measured
 * @property {number} seconds  wall time
 * @property {number | null} cpuSeconds  user and system, of the whole tree
 * @property {number | null} peakMb  of the largest process of the tree
 * @property {string} stdout
 */

const folder = mkdtempSync(join(tmpdir(), "churn-bench-"));
const timeFile = join(folder, "time");

/** Everything that the bench makes lies below, and goes with the bench's process, however that ends. */
export const scratch = folder;

process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(128 + constants.signals[signal]));

/**
 * Runs a command to its end and measures it.
 *
 * @param {readonly string[]} command
 * @param {{ cwd?: string, exitCode?: number, env?: Record<string, string> }} [options]  exitCode: the one that is expected
 * @returns {Measured}
 */
export function measure(command, { cwd = scratch, exitCode = 0, env = {} } = {}) {
  const [program = "", ...words] =
    TIME === undefined ? command : [TIME, "--quiet", "--format", "%U %S %M", "--output", timeFile, ...command];
  const startedAt = performance.now();
  const ended = spawnSync(program, words, {
    cwd,
    env: { ...bareEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (ended.error !== undefined) throw ended.error;
  if (ended.status !== exitCode) {
    throw new Error(`${command.join(" ")} ended with ${ended.status ?? ended.signal}\n${ended.stderr.slice(-2000)}`);
  }
  const [user = 0, system = 0, peakKb = 0] =
    TIME === undefined ? [] : readFileSync(timeFile, "utf8").trim().split(" ").map(Number);
  return {
    seconds,
    cpuSeconds: TIME === undefined ? null : user + system,
    peakMb: TIME === undefined ? null : peakKb / 1024,
    stdout: ended.stdout,
  };
}

/**
 * Nothing of the shell's configures either side, as under cron. NODE_EXTRA_CA_CERTS alone triples the time of a bare Node, which
 * would flatter every ratio to it; OpenMP's threads train.
 */
export function bareEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(CHURN_|MLFLOW_|NODE_|OMP_)/.test(name)));
}

/** What the bench is about, for who waits for it. @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** For JSON: what the processes printed is no figure. */
export function withoutOutput(key, value) {
  return key === "stdout" ? undefined : value;
}
