// Whole processes beside each other: churn, node alone, and the same pipeline in Python (peer.py). It asserts nothing: whatever
// the figures, it ends with 0.
//
//     npm run bench [-- --json | --markdown] [--runs N]

import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { compare, comparisons } from "./comparisons.mjs";
import { measureSteps, stageSeconds } from "./makeup.mjs";
import { startMlflowServer } from "./mlflow-server.mjs";
import { preparePeer } from "./peer.mjs";
import { scratch } from "./process.mjs";
import { render } from "./tables.mjs";
import { prepareWorkspaces, requireBuild, writeCustomersCsv } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    runs: { type: "string", default: "7" },
  },
});

try {
  const measured = await results(Math.max(5, Number(options.runs)));
  process.stdout.write(
    `${options.json ? JSON.stringify(measured, withoutOutput, 2) : render(measured, options.markdown)}\n`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/**
 * Everything that `render` shows.
 *
 * @param {number} runs  of processes that take seconds; those that take milliseconds run three times as often
 */
async function results(runs) {
  requireBuild();
  say("the peer's Python");
  const peer = preparePeer();
  say("workspaces");
  const workspaces = prepareWorkspaces();
  const customers = await writeCustomersCsv(workspaces.first);
  const server = await startMlflowServer();
  const prepared = { ...workspaces, customers, server: server.url };

  const measured = [];
  try {
    for (const comparison of comparisons(prepared, { short: 3 * runs, long: runs })) {
      say(`${comparison.name} beside ${comparison.beside}`);
      measured.push(await compare(comparison));
    }
  } finally {
    await server.stop();
  }
  say("what a stage's time is made of");
  const steps = measureSteps(prepared, 3 * runs);
  const tracked = measured.find(({ besideName }) => besideName === "peer with MLflow");
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores, ${arch()}`,
    versions: { churn: churnVersions(), peer },
    comparisons: measured,
    steps,
    stages: stageSeconds(tracked),
  };
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

function say(text) {
  process.stderr.write(`${text}\n`);
}

/** What the processes printed is no figure. */
function withoutOutput(key, value) {
  return key === "stdout" ? undefined : value;
}
