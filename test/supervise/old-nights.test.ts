import { once } from "node:events";
import { expect } from "vitest";
import { UnreachableError } from "../../src/lib/errors.ts";
import { byDigest } from "../../src/lib/integrity/file-check.ts";
import { inspectNight } from "../../src/lib/integrity/night.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { listenForSignals } from "../../src/lib/supervise/interruption.ts";
import { removeOldNights } from "../../src/lib/supervise/old-nights.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import type { RunLog } from "../../src/lib/workspace/log.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { wholeNight } from "../support/old-nights.ts";
import { test } from "../support/registered-night.ts";
import { config } from "../support/small-pipeline.ts";

const [OLD, NEWEST] = ["2026-11-20", "2026-12-20"];

async function after(
  archive: Archive,
  tracking: () => Promise<Tracking>,
  { night = NEWEST, ...retention }: { readonly night?: string; readonly raw?: string; readonly models?: string } = {},
) {
  const problems: string[] = [];
  const logged: string[] = [];
  const log: RunLog = { key: "", write: ({ message }) => void logged.push(message), tail: () => [], close: () => {} };
  const interruption = listenForSignals();
  const lines = await removeOldNights({
    archive,
    services: { tracking },
    workspace: {
      root: archive.store.address,
      config: { ...config, retention },
      loaded: { origins: new Map() },
    },
    night: nightOf(night, 1),
    now: new Date("2026-12-24T05:00:00Z"),
    log,
    interruption,
    onProblem: (problem) => problems.push(problem),
  }).finally(() => interruption.stopListening());
  return { lines, problems, logged };
}

test("retention is applied once a night is decided, and says and logs what went", async ({ nights, tracking }) => {
  for (const night of [OLD, NEWEST]) await wholeNight(nights, tracking, night);
  const quiet = { lines: [], problems: [], logged: [] };
  expect(await after(nights, async () => tracking)).toEqual(quiet);
  expect(await after(nights, async () => tracking, { raw: "30d", night: "2026-12-21" })).toEqual(quiet);
  expect(await after(nights, async () => tracking, { raw: "30d" })).toEqual({
    lines: ["removed 1 file of 1 night, 23 B"],
    problems: [],
    logged: ["old nights removed"],
  });
  expect(await after(nights, async () => tracking, { raw: "30d" })).toEqual(quiet);
});

test("Ctrl-C ends it between two removals, and the next one finishes it", async ({ nights, tracking }) => {
  for (const night of [OLD, NEWEST]) await wholeNight(nights, tracking, night);
  let removals = 0;
  const remove = async (key: string) => {
    removals += 1;
    await nights.store.remove(key);
    if (removals !== 2) return;
    const come = once(process, "SIGINT");
    process.kill(process.pid, "SIGINT");
    await come;
  };
  const watched = { ...nights, store: { ...nights.store, remove } };
  const retention = { raw: "30d", models: "30d" };
  await expect(after(watched, async () => tracking, retention)).rejects.toMatchObject({
    exitCode: 130,
    message: "stopped by SIGINT",
    hint: "the night is done; churn gc removes the rest of what is old, and so does the next good night",
  });
  expect(removals).toBe(2);
  expect(await inspectNight(nights, nightOf(OLD, 1), byDigest(nights.store))).toMatchObject({ removed: 2 });
  expect((await after(nights, async () => tracking, retention)).lines).toEqual([
    expect.stringMatching(/^removed 7 files of 1 night, /),
  ]);
});

test("whatever comes of it is a warning", async ({ nights, tracking }) => {
  for (const night of [OLD, NEWEST]) await wholeNight(nights, tracking, night);
  const down = async () => Promise.reject(new UnreachableError("the registry is down"));
  expect(await after(nights, down, { raw: "30d" })).toEqual({
    lines: [],
    problems: ["old nights stay as they are: the registry is down"],
    logged: ["old nights stay"],
  });
});
