// A workspace after a year of nights beside one after ten: what starts, decides and lists must not read every night. It asserts
// nothing: whatever the figures, it ends with 0.
//
//     node test/bench/year.mjs [--nights 400] [--runs 5] [--json]

import { join } from "node:path";
import { parseArgs } from "node:util";
import { manyNights } from "./many-nights.mjs";
import { median } from "./median.mjs";
import { measure, scratch } from "./process.mjs";
import { churn, LAST_DAY, requireBuild } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    nights: { type: "string", default: "400" },
    runs: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const FEW = 10;

/** What is measured, in order: each finds what the ones before it left. */
const steps = [
  ["a night's start, up to train", () => ["run-all", "--again", "--to", "train"]],
  ["a start that is up to date", () => ["run-all", "--to", "train"]],
  ["evaluate", () => ["evaluate"]],
  ["compare", () => ["compare"]],
  ["register", () => ["register"]],
  ["notify", () => ["notify"]],
  ["a decided night", () => ["run-all"]],
  ["models", () => ["models"]],
  ["models --json", () => ["models", "--json"]],
  ["doctor", () => ["doctor"]],
  ["promote", (candidate) => ["promote", "--version", String(candidate), "--yes"]],
  ["a night as a whole", () => ["run-all", "--again"]],
];

requireBuild();
const sides = [FEW, Number(options.nights)].map((nights) => {
  const folder = join(scratch, `nights-${nights}`);
  manyNights(folder, nights);
  return { folder, runs: steps.map(() => []) };
});
for (let round = 0; round <= Number(options.runs); round += 1) {
  for (const { folder, runs } of sides) {
    let candidate;
    for (const [index, [name, words]] of steps.entries()) {
      const { seconds, cpuSeconds, stdout } = measure(churn("-C", folder, ...words(candidate), ...settings(name, round)));
      if (name === "models --json")
        candidate = JSON.parse(stdout).versions.find(({ stage }) => stage === "Staging").version;
      // The first round warms caches.
      if (round > 0) runs[index].push({ seconds, cpuSeconds });
    }
  }
}
const [few, many] = sides;
const rows = steps.map(([name], index) => {
  const of = (runs, key) => median(runs.map((run) => run[key]));
  const [seconds, manySeconds] = [of(few.runs[index], "seconds"), of(many.runs[index], "seconds")];
  const [cpu, manyCpu] = [of(few.runs[index], "cpuSeconds"), of(many.runs[index], "cpuSeconds")];
  return { name, seconds, manySeconds, ratio: manySeconds / seconds, cpu, manyCpu, cpuRatio: manyCpu / cpu };
});
process.stdout.write(`${options.json ? JSON.stringify(rows, null, 2) : table(rows)}\n`);

/** Another split each time: then a person has to judge, and the model is registered. */
function settings(name, round) {
  if (/^(models|promote|doctor)/.test(name)) return [];
  const salt = name === "a night as a whole" ? `whole ${round}` : `step by step ${round}`;
  return ["--date", LAST_DAY, "--set", `split.salt=${salt}`];
}

function table(rows) {
  const head = ["", `${FEW} nights`, `${options.nights} nights`, "ratio", "CPU", "CPU", "ratio"];
  const lines = rows.map(({ name, seconds, manySeconds, ratio, cpu, manyCpu, cpuRatio }) => [
    name,
    `${seconds.toFixed(2)} s`,
    `${manySeconds.toFixed(2)} s`,
    ratio.toFixed(2),
    `${cpu.toFixed(2)} s`,
    `${manyCpu.toFixed(2)} s`,
    cpuRatio.toFixed(2),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column].length)));
  const text = (line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  return [head, ...lines].map(text).join("\n");
}
