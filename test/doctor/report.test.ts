import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/lib/doctor/check.ts";
import { doctorFormat, reportedCheck, reportOf, verdictText } from "../../src/lib/doctor/report.ts";
import { NOW } from "../support/doctor.ts";

const stages = ["extract", "train", "compare", "notify"];

function reportOn(...findings: readonly Finding[]) {
  const checks = findings.map((finding, index) =>
    reportedCheck({ name: `check ${index}`, findings: [finding], seconds: 0.12345 }),
  );
  return reportOf(checks, { now: NOW, root: "/w", stages });
}
const problem = (exitCode: number, stage?: string): Finding => ({
  state: "problem",
  text: "no",
  exitCode,
  ...(stage === undefined ? {} : { stage }),
});
const fine: Finding = { state: "ok", text: "well" };
const warning: Finding = { state: "warning", text: "look", next: ["there"] };
const unknown: Finding = { state: "unknown", text: "not looked at" };

test("a report is what its schema says, each field said", () => {
  const report = reportOn(fine, { ...problem(5, "train"), details: ["a"], next: ["b"] });
  expect(doctorFormat.write(report)).toEqual({
    schema_version: 1,
    churn_version: expect.any(String),
    checked_at: NOW.toISOString(),
    workspace: "/w",
    checks: [
      {
        name: "check 0",
        seconds: 0.123,
        findings: [{ state: "ok", text: "well", details: [], next: [], exit_code: null, stage: null }],
      },
      {
        name: "check 1",
        seconds: 0.123,
        findings: [{ state: "problem", text: "no", details: ["a"], next: ["b"], exit_code: 5, stage: "train" }],
      },
    ],
    problems: 1,
    warnings: 0,
    exit_code: 5,
    fails_at: "train",
    cron: null,
  });
});

describe("the exit code", () => {
  test.each([
    [[fine, warning, unknown], 0],
    [[problem(5), fine], 5],
    [[problem(5), problem(2)], 2],
    [[problem(5), problem(4)], 4],
    [[problem(2), problem(4), problem(5)], 2],
    [[problem(2), problem(1)], 1],
    [[problem(130), problem(5)], 5],
    [[problem(130)], 130],
  ] as const)("is that of the worst: %#", (findings, code) => {
    expect(reportOn(...findings).exit_code).toBe(code);
  });
});

describe("the last line", () => {
  const said = (...findings: readonly Finding[]) => verdictText(reportOn(...findings), "notify");

  test("counts, and says where tonight's run fails first", () => {
    expect(said(fine, unknown)).toBe("Nothing is amiss.");
    expect(said(fine, warning, warning)).toBe("No problem, 2 warnings.");
    expect(said(problem(5, "train"), warning)).toBe("1 problem, 1 warning. Tonight's run would fail at train.");
    expect(said(problem(5, "compare"), problem(2, "train"))).toBe("2 problems. Tonight's run would fail at train.");
    expect(said(problem(5, "extract"), problem(2, "start"))).toBe("2 problems. Tonight's run would not start.");
    expect(said(problem(2))).toBe("1 problem.");
  });

  test("a channel makes no failed night", () => {
    expect(said(problem(5, "notify"))).toBe("1 problem. Tonight's run would not reach everybody.");
    expect(said(problem(5, "notify"), problem(5, "train"))).toContain("would fail at train");
  });
});
