import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { listenForSignals } from "../../src/lib/supervise/interruption.ts";
import { type StageProcess, startStage } from "../../src/lib/supervise/stage-process.ts";
import type { LogLine } from "../../src/lib/workspace/log.ts";

interface Supervisor {
  /** Starts a program that plays a stage: JavaScript, with `tell` for its events and `begun` for the word. */
  start(program: string): Promise<StageProcess>;
  /** what was logged and shown, in order */
  readonly lines: LogLine[];
  readonly shown: unknown[][];
}

const PRELUDE = `
const { writeSync } = require("node:fs");
const tell = (event) => writeSync(3, JSON.stringify(event) + "\\n");
const begun = new Promise((resolve) => process.stdin.once("data", (word) => resolve(String(word))));
process.stdin.on("end", () => process.exit());
`;
const ended = { event: "ended", kind: "succeeded", line: "3 rows", reason: "has not run yet", result: { rows: 3 } };

const test = base.extend<{ supervisor: Supervisor }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  supervisor: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "churn-supervise-"));
    const lock = await open(join(folder, "lock"), "a");
    const interruption = listenForSignals();
    const lines: LogLine[] = [];
    const shown: unknown[][] = [];
    const show = (...what: unknown[]) => void shown.push(what);
    await use({
      lines,
      shown,
      start: async (text) => {
        const program = join(folder, "stage.cjs");
        await writeFile(program, PRELUDE + text);
        return startStage({
          name: "count",
          command: "churn count",
          words: ["count", "--date", "2026-11-23"],
          program,
          cwd: folder,
          env: {},
          lockFds: [lock.fd],
          today: "2026-11-26",
          log: { key: "logs/run.jsonl", write: (line) => lines.push(line), tail: () => [], close: () => {} },
          view: {
            nightStarts: show,
            stageStarts: show,
            stageProgress: (...what) => show("progress", ...what),
            stageWarns: (...what) => show("warns", ...what),
            stageEnds: show,
            nightStops: show,
          },
          interruption,
        });
      },
    });
    interruption.stopListening();
    await lock.close();
    await rm(folder, { recursive: true });
  },
});

test("a stage works once it has the word, with today's date, and what it tells is logged, shown and kept", async ({
  supervisor,
}) => {
  const stage = await supervisor.start(`begun.then((word) => {
    tell({ event: "log", level: "warn", message: "few rows", fields: { rows: 3 } });
    tell({ event: "progress", text: "half", share: 0.5 });
    tell({ event: "say", line: word + process.argv.slice(2).join(" ") });
    tell(${JSON.stringify(ended)});
    process.exit();
  })`);
  const { event, said, silent, gone } = await stage.run("a reason", 60);
  await gone;
  expect(silent).toBeUndefined();
  expect(event).toEqual(ended);
  expect(said).toEqual(["go 2026-11-26\ncount --date 2026-11-23"]);
  expect(supervisor.shown).toEqual([
    [{ name: "count", command: "churn count", reason: "a reason" }],
    ["warns", "count", "few rows"],
    ["progress", "count", "half", 0.5],
  ]);
  expect(supervisor.lines).toMatchObject([
    { level: "info", message: "stage begins", fields: { command: "churn count", reason: "a reason" } },
    { level: "warn", message: "few rows", fields: { rows: 3 } },
    { level: "info", message: "stage ended", fields: { outcome: "succeeded" } },
  ]);
});

test("a stage that is dismissed ends without having begun", async ({ supervisor }) => {
  const stage = await supervisor.start(`begun.then(() => tell(${JSON.stringify(ended)}))`);
  await stage.dismiss();
  expect([supervisor.lines, supervisor.shown]).toEqual([[], []]);
});

test.for([
  {
    how: "stopped at its limit",
    program: "setInterval(() => {}, 1000)",
    limitSeconds: 0,
    exitCode: 5,
    message: "count was stopped: the run has used up its time",
    hint: "raise run.timeout or run.stages in churn.yaml",
  },
  {
    how: "killed by the kernel",
    program: "begun.then(() => process.kill(process.pid, 'SIGKILL'))",
    limitSeconds: 60,
    exitCode: 5,
    message: expect.stringMatching(/^count was killed/),
    hint: expect.any(String),
  },
  {
    how: "ended by V8, which got no more memory",
    program:
      "begun.then(() => { console.error('# Fatal process OOM in Zone'); process.kill(process.pid, 'SIGTRAP'); })",
    limitSeconds: 60,
    exitCode: 5,
    message: "count ran out of memory (SIGTRAP)",
    hint: expect.stringMatching(/^free some memory, or look at ulimit -v and the container's limit\n/),
  },
  {
    how: "ended by itself without a reason",
    program: "begun.then(() => process.kill(process.pid, 'SIGABRT'))",
    limitSeconds: 60,
    exitCode: 5,
    message: "count was ended by SIGABRT",
    hint: "was it refused memory or threads? look at ulimit -v, ulimit -u and the container's limits",
  },
  {
    how: "ended by somebody",
    program: "begun.then(() => process.kill(process.pid, 'SIGUSR2'))",
    limitSeconds: 60,
    exitCode: 5,
    message: "count was ended by SIGUSR2",
    hint: null,
  },
  {
    how: "broken",
    program: "begun.then(() => { console.error('first\\nlast'); process.exit(7); })",
    limitSeconds: 60,
    exitCode: 1,
    message: "count ended with code 7 and without a word: last",
    hint: null,
  },
])("a stage that is $how without a word has failed, and how is told", async (ending, { supervisor }) => {
  const stage = await supervisor.start(ending.program);
  const { event, silent, gone } = await stage.run(undefined, ending.limitSeconds);
  await gone;
  expect(silent, "nobody else can say what it took").toBeDefined();
  const { exitCode, message, hint } = ending;
  expect(event).toMatchObject({ event: "failed", exitCode, message, hint });
});
