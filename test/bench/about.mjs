import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, totalmem } from "node:os";

/** The machine without its name: "2 cores (Intel(R) Xeon(R) Processor), x64, 16 GB of memory", of 2³⁰ bytes. */
export function machine() {
  const [{ model = "" } = {}] = cpus();
  const processor = model.trim() === "" ? "" : ` (${model.trim().replaceAll(/\s+/g, " ")})`;
  return `${availableParallelism()} cores${processor}, ${arch()}, ${Math.round(totalmem() / 2 ** 30)} GB of memory`;
}

/**
 * What the figures are of.
 *
 * @param {Record<string, string>} peer  the versions of its packages
 */
export function about(peer) {
  return { date: new Date().toISOString().slice(0, 10), machine: machine(), versions: { churn: churnVersions(), peer } };
}

function churnVersions() {
  const require = createRequire(import.meta.url);
  const version = (name) => require(`${name}/package.json`).version;
  return {
    node: process.versions.node,
    churn: require("../../package.json").version,
    duckdb: version("@duckdb/node-bindings"),
    "ml-xgboost": version("ml-xgboost"),
  };
}
