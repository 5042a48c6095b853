import { expect } from "vitest";
import { attemptKey, readAttempt, writeRecord } from "../../src/lib/stage/record.ts";
import { noteSilentEnd } from "../../src/lib/supervise/note-end.ts";
import type { FailedEvent } from "../../src/lib/supervise/view.ts";
import type { LogLine } from "../../src/lib/workspace/log.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { successOf, test } from "../support/records.ts";

const night = nightOf("2026-11-23", 1);
const RUN = "20261123T050000Z-0001";
const event: FailedEvent = {
  event: "failed",
  name: "ServiceError",
  message: "train was killed, probably out of memory at 23.1 GiB",
  hint: "more memory",
  details: [],
  foreign: [],
  exitCode: 5,
  stack: "",
};
const usage = { peak_memory_bytes: 5, cpu_seconds: 7 };
const running = successOf(night.name, "train", {
  status: "running",
  ended_at: null,
  result: null,
  peak_memory_bytes: null,
  cpu_seconds: null,
});

function noting() {
  const lines: LogLine[] = [];
  return { lines, log: { write: (line: LogLine) => void lines.push(line) } };
}

test("an attempt that was killed gets its end, and what its supervisor saw last", async ({ archive }) => {
  await writeRecord(archive, attemptKey(night.name, RUN, "train"), running);
  const { log, lines } = noting();
  await noteSilentEnd({ archive, night, runId: RUN, log }, "train", { event, usage });
  expect(await readAttempt(archive, night.name, RUN, "train")).toEqual({
    ...running,
    status: "interrupted",
    ended_at: expect.stringMatching(/Z$/),
    error: { name: "ServiceError", message: event.message, hint: "more memory", exit_code: 5 },
    ...usage,
  });
  expect(lines).toEqual([]);
});

test("one that had to be killed since churn was asked to stop was interrupted, and did not fail", async ({
  archive,
}) => {
  await writeRecord(archive, attemptKey(night.name, RUN, "train"), running);
  await noteSilentEnd({ archive, night, runId: RUN, log: noting().log }, "train", { event: undefined, usage });
  expect(await readAttempt(archive, night.name, RUN, "train")).toEqual({
    ...running,
    status: "interrupted",
    ended_at: expect.stringMatching(/Z$/),
    error: null,
    ...usage,
  });
});

test("what the attempt could say itself stays", async ({ archive }) => {
  const own = { ...running, status: "interrupted", ended_at: "2026-11-23T05:00:01.000Z", cpu_seconds: 1 } as const;
  await writeRecord(archive, attemptKey(night.name, RUN, "train"), own);
  await noteSilentEnd({ archive, night, runId: RUN, log: noting().log }, "train", { event, usage });
  expect(await readAttempt(archive, night.name, RUN, "train")).toMatchObject({
    ended_at: own.ended_at,
    cpu_seconds: 1,
    peak_memory_bytes: 5,
  });
});

test("one that had said how it ended, or never began, is left alone", async ({ archive }) => {
  const key = attemptKey(night.name, RUN, "train");
  await noteSilentEnd({ archive, night, runId: RUN, log: noting().log }, "train", { event, usage });
  expect(await archive.store.read(key)).toBeUndefined();
  await writeRecord(archive, key, successOf(night.name, "train"));
  const before = await archive.store.read(key);
  await noteSilentEnd({ archive, night, runId: RUN, log: noting().log }, "train", { event, usage });
  expect(await archive.store.read(key)).toEqual(before);
});

test("a record that can't be read hides no failure: the log says so", async ({ archive }) => {
  await archive.store.write(attemptKey(night.name, RUN, "train"), "{");
  const { log, lines } = noting();
  await noteSilentEnd({ archive, night, runId: RUN, log }, "train", { event, usage });
  expect(lines).toMatchObject([{ level: "warn", message: "how the stage ended could not be noted" }]);
});
