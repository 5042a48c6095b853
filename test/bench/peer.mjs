import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure, scratch } from "./process.mjs";

const PACKAGES = ["pandas", "pyarrow", "scikit-learn", "xgboost-cpu", "mlflow"];
const venv = fileURLToPath(new URL("../../node_modules/.cache/bench/venv", import.meta.url));
/** The folder of its programs. */
export const venvPrograms = join(venv, "bin");
const python = join(venvPrograms, "python");
const pipeline = fileURLToPath(new URL("peer.py", import.meta.url));

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

/**
 * One night of the peer, both cores.
 *
 * @param {string} customers  CSV
 * @param {"none" | "sqlite" | string} tracking  MLflow in a SQLite file that stays from night to night, or the address of a server
 */
export function runPeer(customers, tracking) {
  const folder = join(scratch, tracking === "none" ? "peer" : "peer-tracking");
  mkdirSync(folder, { recursive: true });
  const address = tracking === "sqlite" ? `sqlite:///${join(folder, "mlflow.db")}` : tracking;
  const words = tracking === "none" ? [] : ["--tracking", address];
  return measure([python, pipeline, customers, join(folder, "work"), "--threads", "2", ...words], {
    cwd: folder, // MLflow's artifacts go to the working folder
    env: { MLFLOW_DISABLE_TELEMETRY: "true" },
  });
}
