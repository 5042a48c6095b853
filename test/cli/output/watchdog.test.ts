import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { watchdogLines, wellLines } from "../../../src/lib/cli/output/watchdog.ts";

const plain = new Chalk({ level: 0 });
const finding = {
  what: "late" as const,
  subject: null,
  text: "no success by 09:00: the night of 2026-11-23 failed at validate: 1 of 11 quality gates failed",
  since: "2026-11-23T08:05:00.000Z",
  is_new: true,
  next: "churn run-all --date 2026-11-23",
};

test("what was found is a sentence each, with what comes next below it", () => {
  const at = (command: string) => command.replace("churn", "churn -C /w");
  expect(watchdogLines(plain, [finding, { ...finding, text: "a\nb", is_new: false, next: null }], at)).toEqual([
    "✖ no success by 09:00: the night of 2026-11-23 failed at validate: 1 of 11",
    "  quality gates failed",
    "  next  churn -C /w run-all --date 2026-11-23",
    "✖ still, since 2026-11-23: a�b",
  ]);
});

test("what is well is one calm line", () => {
  expect(wellLines({ well: ["2026-11-23 is decided", "version 3 is 7 days old", "41.2 % of disk free"] })).toEqual([
    "all well: 2026-11-23 is decided, version 3 is 7 days old, 41.2 % of disk free",
  ]);
  expect(wellLines({ well: [] })).toEqual(["nothing to look at"]);
});
