// What answers at once, in a workspace after a thousand nights beside one after ten: status, a start on a decided night, doctor. It
// asserts nothing: whatever the figures, it ends with 0.
//
//     npm run bench:nights [-- --nights 1000] [--runs 9] [--seed 1] [--markdown] [--json]

import { join } from "node:path";
import { parseArgs } from "node:util";
import { about } from "./about.mjs";
import { manyNights } from "./many-nights.mjs";
import { median } from "./median.mjs";
import { measure, say, scratch } from "./process.mjs";
import { render } from "./tables.mjs";
import { churn, LAST_DAY, requireBuild } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    nights: { type: "string", default: "1000" },
    runs: { type: "string", default: "9" },
    seed: { type: "string", default: "1" },
    markdown: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const FEW = 10;
/** Of a whole process with many nights to one with few; and of status with many, in seconds. */
const [MOST_TIMES, MOST_SECONDS] = [1.5, 0.3];

/** What is asked; the first three have goals. */
const questions = [
  ["status", ["status"], MOST_SECONDS],
  ["run-all, decided", ["run-all", "--date", LAST_DAY], null],
  ["doctor", ["doctor"], null],
  ["status --nights 100", ["status", "--nights", "100"]],
  ["why, the newest night", ["why", LAST_DAY]],
  ["logs", ["logs"]],
  ["history", ["history"]],
  ["models", ["models"]],
];

requireBuild();
const sides = [FEW, Number(options.nights)].map((nights) => {
  say(`a workspace of ${nights} nights`);
  const folder = join(scratch, `nights-${nights}`);
  manyNights(folder, nights, Number(options.seed));
  measure(churn("-C", folder, "run-all", "--date", LAST_DAY));
  return { nights, folder, runs: questions.map(() => []) };
});
for (let round = 0; round <= Number(options.runs); round += 1) {
  say(round === 0 ? "to warm up" : `round ${round} of ${options.runs}`);
  for (const [index, [, words]] of questions.entries()) {
    for (const { folder, runs } of sides) {
      const measured = measure(churn("-C", folder, ...words));
      if (round > 0) runs[index].push(measured);
    }
  }
}

const [few, many] = sides;
const answers = questions.map(([name, , most], index) => {
  const pairs = many.runs[index].map((run, turn) => [few.runs[index][turn], run]);
  const of = (side, key) => median(side.runs[index].map((run) => run[key] ?? Number.NaN));
  const ratio = median(pairs.map(([one, other]) => other.seconds / one.seconds));
  const [seconds, manySeconds] = [of(few, "seconds"), of(many, "seconds")];
  const met = most === undefined ? null : ratio <= MOST_TIMES && (most === null || manySeconds <= most);
  return { name, seconds, manySeconds, ratio, cpu: of(few, "cpuSeconds"), manyCpu: of(many, "cpuSeconds"), most, met };
});
if (options.json) process.stdout.write(`${JSON.stringify({ ...about({}), nights: Number(options.nights), answers }, null, 2)}\n`);
else {
  const milliseconds = (value) => `${Math.round(value * 1000)} ms`;
  const goalOf = (most) => (most === undefined ? "" : most === null ? `≤ ${MOST_TIMES}` : `≤ ${MOST_TIMES}, ≤ ${milliseconds(most)}`);
  const rows = answers.map(({ name, seconds, manySeconds, ratio, cpu, manyCpu, most, met }) => [
    name,
    milliseconds(seconds),
    milliseconds(manySeconds),
    ratio.toFixed(2),
    milliseconds(cpu),
    milliseconds(manyCpu),
    goalOf(most),
    met === null ? "" : met ? "met" : "not met",
  ]);
  const head = ["asked", `${FEW} nights`, `${options.nights} nights`, "ratio", "CPU", "CPU", "goal", ""];
  process.stdout.write(`${render(about({}), [{ title: "What is asked", head, rows }], options.markdown)}\n`);
}
