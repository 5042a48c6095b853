import { expect, test } from "vitest";
import { removalLines, unreadableLines } from "../../../src/lib/cli/output/gc.ts";
import type { Removal } from "../../../src/lib/retention/gc.ts";
import type { KeptNight, OldNight } from "../../../src/lib/retention/plan.ts";

const nothing: Removal = { nights: [], kept: [], runs: [], cacheBytes: 0 };
const night = (name: string, ...sizes: readonly number[]): OldNight => ({
  night: name,
  decided: true,
  folders: ["raw"],
  before: undefined,
  files: sizes.map((size_bytes, index) => ({
    key: `raw/${name}/${index}`,
    size_bytes,
    sha256: "a".repeat(64),
    folder: "raw",
  })),
});
const kept = (name: string, versions: readonly number[], rest: Partial<KeptNight> = {}): KeptNight => ({
  night: name,
  versions,
  namedBy: null,
  unreadable: null,
  ...rest,
});
const told = (removal: Partial<Removal>, dryRun = false) => removalLines({ ...nothing, ...removal }, { dryRun });

test("what is removed and what is kept, in a sentence", () => {
  expect(told({})).toEqual(["no file is old enough to be removed"]);
  expect(told({ nights: [night("2026-10-01", 20e6, 21e6), night("2026-10-02")] })).toEqual([
    "removed 2 files of 1 night, 41 MB",
  ]);
  const nights = [night("2026-10-01", 900), night("2026-10-03", 1)];
  const both = [kept("2026-10-02", [5]), kept("2026-10-04", [3, 5])];
  expect(
    told({ nights: [night("2026-10-01", 20e6, 21e6), night("2026-10-03", 1), night("2026-10-04")] }, true),
  ).toEqual(["2026-10-01  2 files  41 MB", "2026-10-03   1 file    1 B", "would remove 3 files of 2 nights, 41 MB"]);
  expect(told({ nights, kept: both }, true).slice(-1)).toEqual([
    "would remove 2 files of 2 nights, 901 B; kept 2 nights that versions 3 and 5 came from",
  ]);
  expect(told({ nights, kept: [kept("2026-10-02", [], { namedBy: "2026-10-02.2" })] })).toEqual([
    "removed 2 files of 2 nights, 901 B; kept 1 night whose files a later one has taken over",
  ]);
});

test("runs and copies have a line each, and a night that can't be read a warning", () => {
  const run = { runId: "a", experimentId: "1", night: "2026-10-01", files: 30, bytes: 1_260_000 };
  expect(told({ runs: [run, run], cacheBytes: 5e9 })).toEqual([
    "no file is old enough to be removed",
    "removed 2 runs of local tracking, 2.5 MB",
    "removed 5.0 GB of copies in .churn/cache",
  ]);
  const unreadable = kept("2026-10-02", [], { unreadable: "x is damaged" });
  expect(told({ kept: [unreadable] })).toEqual(["no other file is old enough to be removed"]);
  expect(unreadableLines({ kept: [unreadable, kept("2026-10-03", [1])] })).toEqual([
    "the night of 2026-10-02 was left as it is: x is damaged",
  ]);
});
