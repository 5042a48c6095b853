// Tables of many columns: each stage's time has to grow with the columns, and not with their square. It asserts nothing:
// whatever the figures, it ends with 0.
//
//     node test/bench/wide.mjs [--runs 3] [--json]

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { median } from "./median.mjs";
import { measure, scratch } from "./process.mjs";
import { churn, requireBuild } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: { runs: { type: "string", default: "3" }, json: { type: "boolean", default: false } },
});

const STAGES = ["extract", "validate", "transform", "features", "train", "evaluate", "compare"];

/** Numbers for the most part, some with nulls, some categories of five values; as a table has them that was made for models. */
function mixed(count) {
  return Array.from({ length: count }, (_, k) => {
    if (k % 8 === 7) return `'v' || hash(i, ${k}) % 5 AS t${k}`;
    if (k % 8 === 6) return `CASE WHEN hash(i, ${k}) % 20 > 0 THEN (hash(i, ${k}) % 1000)::INTEGER END AS n${k}`;
    return `(hash(i, ${k}) % 100000 / 7.0)::DOUBLE AS c${k}`;
  });
}

/** Columns of a hundred categories each. */
function categorical(count) {
  return Array.from({ length: count }, (_, k) => `'v' || hash(i, ${k}) % 100 AS t${k}`);
}

const tables = [
  ...[200, 400, 800, 1600].map((count) => ({ name: `${count} columns × 1,200`, rows: 1200, columns: mixed(count) })),
  ...[10, 30].map((count) => ({ name: `${count}00 one-hot × 7,000`, rows: 7000, columns: categorical(count) })),
];

requireBuild();
const measured = [];
for (const [index, table] of tables.entries()) {
  const folder = join(scratch, `wide-${index}`);
  await makeWorkspace(folder, table);
  const runs = STAGES.map(() => []);
  for (let round = 0; round < Number(options.runs); round += 1) {
    for (const [at, stage] of STAGES.entries()) {
      const { seconds, cpuSeconds, peakMb } = measure(churn("-C", folder, stage, "--force"));
      runs[at].push({ seconds, cpuSeconds, peakMb });
    }
  }
  const of = (at, key) => median(runs[at].map((run) => run[key]));
  measured.push({
    name: table.name,
    stages: STAGES.map((stage, at) => ({ stage, seconds: of(at, "seconds"), cpu: of(at, "cpuSeconds"), mb: of(at, "peakMb") })),
  });
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${options.json ? JSON.stringify(measured, null, 2) : render(measured)}\n`);

async function makeWorkspace(folder, { rows, columns }) {
  mkdirSync(folder);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT 'C' || lpad(i::VARCHAR, 5, '0') AS id, ${columns.join(", ")}, hash(i, 'y') % 4 = 0 AS churned FROM range(${rows}) AS r(i))
     TO '${join(folder, "customers.parquet")}'`,
  );
  connection.closeSync();
  instance.closeSync();
  const source = "source: { url: parquet:customers.parquet }";
  writeFileSync(
    join(folder, "churn.yaml"),
    `timezone: UTC\ndataset: { id: id, target: { column: churned } }\n${source}\ntrain: { rounds: 10 }\n`,
  );
}

function render(measured) {
  const head = ["wall, CPU", ...STAGES];
  const cell = ({ seconds, cpu }) => `${seconds.toFixed(2)} ${cpu === null ? "" : cpu.toFixed(2)} s`;
  const lines = measured.map(({ name, stages }) => [name, ...stages.map(cell)]);
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column].length)));
  const text = (line) =>
    line.map((part, column) => (column === 0 ? part.padEnd(widths[0]) : part.padStart(widths[column]))).join("  ");
  return [head, ...lines].map(text).join("\n");
}
