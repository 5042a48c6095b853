import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure, scratch } from "./process.mjs";

const PACKAGES = ["pandas", "pyarrow", "scikit-learn", "xgboost-cpu", "mlflow"];
const venv = fileURLToPath(new URL("../../node_modules/.cache/bench/venv", import.meta.url));
/** The folder of its programs. */
export const venvPrograms = join(venv, "bin");
const python = join(venvPrograms, "python");
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Makes the peer's Python once, with the newest packages that pip gives; remove node_modules/.cache/bench for newer ones. */
export function preparePeer() {
  if (existsSync(python)) {
    try {
      return versions();
    } catch {
      rmSync(venv, { recursive: true, force: true }); // an installation that was broken off
    }
  }
  mkdirSync(venv, { recursive: true });
  const show = { stdio: ["ignore", "inherit", "inherit"] };
  execFileSync("python3", ["-m", "venv", venv], show);
  execFileSync(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES], show);
  return versions();
}

/** @returns {Record<string, string>} */
function versions() {
  const code = `import importlib.metadata as m, json, platform
print(json.dumps({"python": platform.python_version(), **{name: m.version(name) for name in ${JSON.stringify(PACKAGES)}}}))`;
  return JSON.parse(execFileSync(python, ["-c", code], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
}

/** The libxgboost that the peer trains with. */
export function peerLibrary() {
  const name = process.platform === "darwin" ? "libxgboost.dylib" : "libxgboost.so";
  const lib = join(venv, "lib");
  const files = readdirSync(lib).map((folder) => join(lib, folder, "site-packages", "xgboost", "lib", name));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`the peer's Python has no ${name}: remove node_modules/.cache/bench`);
  return found;
}

/**
 * The command of one night of the peer.
 *
 * @param {string} customers  CSV or Parquet
 * @param {"none" | "sqlite" | string} tracking  MLflow in a SQLite file that stays from night to night, or the address of a server
 * @param {{ peaks?: boolean, threads?: number }} [options]
 *   peaks: it tells the peak memory of each stage, and what it takes as a whole is not to be seen from outside
 */
export function peerNight(customers, tracking, { peaks = false, threads = availableParallelism() } = {}) {
  const folder = join(scratch, tracking === "none" ? "peer" : "peer-tracking");
  mkdirSync(folder, { recursive: true });
  const address = tracking === "sqlite" ? `sqlite:///${join(folder, "mlflow.db")}` : tracking;
  const more = [...(tracking === "none" ? [] : ["--tracking", address]), ...(peaks ? ["--peaks"] : [])];
  const work = join(folder, "work");
  return {
    command: [python, beside("peer.py"), customers, work, "--threads", String(threads), ...more],
    cwd: folder, // MLflow's artifacts go to the working folder
    env: { MLFLOW_DISABLE_TELEMETRY: "true" },
    folder,
  };
}

/**
 * The last line of a program of the peer's: what it has measured itself.
 *
 * @param {string} stdout
 */
export function lastLine(stdout) {
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/**
 * Python's own fit on a matrix of churn's.
 *
 * @param {string} features  the night's folder of the features stage
 * @param {{ rounds: number, parameters: Record<string, string> }} trained  the result of train
 */
export function measureFit(features, { rounds, parameters }) {
  const files = [join(features, "train.parquet"), join(features, "features.json")];
  return measure([python, beside("fit.py"), ...files, String(rounds), JSON.stringify(parameters)]);
}
