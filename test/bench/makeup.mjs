import { median, summary } from "./median.mjs";
import { measure } from "./process.mjs";
import { churn, fresh, LAST_DAY, NODE } from "./workspaces.mjs";

/**
 * What a stage's time is made of: real commands, each of which does one thing more than another one (`over`, an index).
 *
 * @param {{ first: string }} prepared
 * @param {number} runs
 */
export function measureSteps({ first }, runs) {
  const workspace = fresh(first);
  const extract = churn("-C", workspace, "extract", "--date", LAST_DAY);
  const absent = ["--set", "source.table=absent"];
  measure(churn("-C", workspace, "run-all", "--date", LAST_DAY, "--to", "validate"));
  const steps = [
    { command: "node -e 0", adds: "Node", over: null, start: () => measure(NODE) },
    { command: "churn --version", adds: "reading the program", over: 0, start: () => measure(churn("--version")) },
    { command: "churn config", adds: "configuration", over: 1, start: () => measure(churn("-C", workspace, "config")) },
    {
      command: "churn extract, up to date",
      adds: "lock, log, records, digests",
      over: 2,
      start: () => measure(extract),
    },
    {
      command: "churn preview of a table that is absent",
      adds: "DuckDB: load, open, first query",
      over: 2,
      start: () => measure(churn("-C", workspace, "preview", ...absent), { exitCode: 2 }),
    },
    {
      command: "churn extract of a table that is absent",
      adds: "lock, log, the record of a failed attempt",
      over: 4,
      start: () => measure([...extract, ...absent], { exitCode: 2 }),
    },
    {
      command: "churn extract",
      adds: "work: 7,043 customers to Parquet",
      over: 5,
      start: () => measure([...extract, "--force"]),
    },
  ];
  const measured = steps.map(() => []);
  for (let run = 0; run < runs; run += 1) {
    for (const [index, step] of steps.entries()) measured[index].push(step.start());
  }
  return steps.map(({ command, adds, over }, index) => {
    const more =
      over === null
        ? measured[index].map(({ seconds }) => seconds)
        : measured[index].map(({ seconds }, run) => seconds - measured[over][run].seconds);
    return {
      command,
      adds,
      over: over === null ? null : steps[over].command,
      ...summary(measured[index]),
      addsSeconds: median(more),
    };
  });
}
