import { expect, test } from "vitest";
import { registeredVersion } from "../../src/lib/tracking/registered-version.ts";

test.each([
  [1_764_000_000_123, "2025-11-24T16:00:00.123Z"],
  // A server may say anything: what no calendar has is told as no time is.
  [9e15, "1970-01-01T00:00:00.000Z"],
  [-9e15, "1970-01-01T00:00:00.000Z"],
  [0, "1970-01-01T00:00:00.000Z"],
])("a version of %d was made at %s", (creationTime, expected) => {
  const version = { name: "m", version: 1, stage: "None", aliases: [], runId: null, source: "", creationTime } as const;
  expect(registeredVersion({ ...version, tag: () => undefined }).createdAt.toISOString()).toBe(expected);
});
