// A night of a million customers, and of ten, beside the same pipeline in Python (peer.py): time and memory of each stage, and
// churn's train call beside Python's own fit. It asserts nothing: whatever the figures, it ends with 0.
//
//     npm run bench:large [-- --json | --markdown] [--rows 1000000,10000000] [--runs N]

import { join } from "node:path";
import { parseArgs } from "node:util";
import { about } from "./about.mjs";
import { scaledComparison, sized } from "./comparisons.mjs";
import { writeScaledCustomers } from "./customers.mjs";
import { preparePeer } from "./peer.mjs";
import { say, scratch, withoutOutput } from "./process.mjs";
import { requireRoom } from "./room.mjs";
import { goalsTable, processesTable, render, stagesTable } from "./tables.mjs";
import { takeTurns } from "./turns.mjs";
import { prepareFirst, prepareScaled, requireBuild } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    runs: { type: "string" },
    rows: { type: "string", default: "1000000,10000000" },
  },
});
/** From so many on three runs do: one takes minutes, and nothing that lasts a moment shows. */
const MANY = 5_000_000;
/** Ratios to the peer's, of the native engine. */
const GOALS = { whole: 0.9, outside: 0.6, memory: 0.6, training: 1.1 };
const GOALS_OF_MANY = { whole: 0.8, memory: 0.6, training: 1.1 };
/** The file, churn's night, and the peer's two, each some 70; and what is spilled. */
const BYTES_PER_ROW = 400;

requireBuild();
const sizes = options.rows.split(",").map(Number);
requireRoom(Math.max(...sizes), BYTES_PER_ROW);
say("the peer's Python");
const report = about(preparePeer());
const sample = prepareFirst();
const groups = [];
for (const rows of sizes) groups.push(await measureSize(rows));
const sections = [goalsTable(groups), processesTable(groups), ...groups.map(stagesTable)];
process.stdout.write(
  `${options.json ? JSON.stringify({ ...report, groups }, withoutOutput, 2) : render(report, sections, options.markdown)}\n`,
);

/** @param {number} rows */
async function measureSize(rows) {
  say(`${sized(rows)}: making them`);
  // At the same place each time: the larger ones replace the smaller.
  const customers = join(scratch, "customers.parquet");
  await writeScaledCustomers(sample, customers, rows);
  const workspace = prepareScaled(`scaled-${rows}`, customers);
  const isMany = rows >= MANY;
  const runs = Number(options.runs ?? (isMany ? 3 : 5));
  return takeTurns(scaledComparison({ workspace, customers }, { rows, runs, goals: isMany ? GOALS_OF_MANY : GOALS }));
}
