// Whole processes beside each other: churn, node alone, and the same pipeline in Python (peer.py), on the sample and on more
// customers. It asserts nothing: whatever the figures, it ends with 0.
//
//     npm run bench [-- --json | --markdown] [--runs 7] [--rows 100000]

import { join } from "node:path";
import { parseArgs } from "node:util";
import { about } from "./about.mjs";
import { sampleComparisons, scaledComparison, startComparisons } from "./comparisons.mjs";
import { writeCustomersCsv, writeScaledCustomers } from "./customers.mjs";
import { measureSteps } from "./makeup.mjs";
import { startMlflowServer } from "./mlflow-server.mjs";
import { preparePeer } from "./peer.mjs";
import { say, scratch, withoutOutput } from "./process.mjs";
import { goalsTable, processesTable, render, stagesTable, stepsTable } from "./tables.mjs";
import { takeTurns } from "./turns.mjs";
import { prepareScaled, prepareWorkspaces, requireBuild } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    runs: { type: "string", default: "7" },
    rows: { type: "string", default: "100000" },
  },
});

const { report, groups, steps } = await measureAll(Number(options.runs), Number(options.rows));
const withStages = groups.filter(({ sides }) => sides.some(({ stages }) => stages.length > 0));
const sections = [goalsTable(groups), processesTable(groups), stepsTable(steps), ...withStages.map(stagesTable)];
process.stdout.write(
  `${options.json ? JSON.stringify({ ...report, groups, steps }, withoutOutput, 2) : render(report, sections, options.markdown)}\n`,
);

/**
 * @param {number} runs  of processes that take seconds; those that take milliseconds run three times as often
 * @param {number} rows  of the scaled customers
 */
async function measureAll(runs, rows) {
  requireBuild();
  say("the peer's Python");
  const report = about(preparePeer());
  say("workspaces");
  const { first, usual } = prepareWorkspaces();
  const [customers, scaled] = [join(scratch, "customers.csv"), join(scratch, "customers.parquet")];
  await writeCustomersCsv(first, customers);
  await writeScaledCustomers(first, scaled, rows);
  const workspace = prepareScaled("scaled", scaled);
  const server = await startMlflowServer();
  try {
    const groups = [
      ...startComparisons({ first }, { short: 3 * runs, long: runs }),
      ...sampleComparisons({ first, usual, customers, server: server.url }, runs),
      scaledComparison({ workspace, customers: scaled }, { rows, runs, goals: { whole: 0.9 } }),
    ].map(takeTurns);
    say("what a stage's time is made of");
    return { report, groups, steps: measureSteps({ first }, 3 * runs) };
  } finally {
    await server.stop();
  }
}
