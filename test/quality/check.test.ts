import { expect, test } from "vitest";
import { percent } from "../../src/lib/cli/numbers.ts";
import { judgeChecks } from "../../src/lib/quality/check.ts";
import type { Check, Finding } from "../../src/lib/quality/gates/gate.ts";
import { figures } from "../support/gates.ts";

function check(name: string, severity: Check["severity"], finding: Partial<Finding>): Check {
  return {
    name,
    severity,
    measures: {},
    search: undefined,
    find: () => ({ holds: true, observed: 1, limit: "none", ...finding }),
    shown: (observed) => `${observed} pieces`,
    hint: undefined,
  };
}

test("checks that hold come first, then those that don't apply, that warn and that fail, each in their order", () => {
  const checks = [
    check("a", "fail", { holds: false }),
    check("b", "warn", { holds: false }),
    check("c", "fail", { holds: undefined }),
    check("d", "warn", { holds: true }),
    check("e", "fail", { holds: false }),
    check("f", "warn", { holds: undefined }),
    check("g", "fail", { holds: true }),
    check("h", "warn", { holds: false }),
  ];
  const results = judgeChecks(checks, { figures: figures(), measured: new Map(), found: new Map() }, undefined);
  expect(results.map(({ verdict }) => `${verdict.gate} ${verdict.verdict}`)).toEqual([
    "d passed",
    "g passed",
    "c not_applicable",
    "f not_applicable",
    "b failed",
    "h failed",
    "a failed",
    "e failed",
  ]);
});

test("a verdict has what the check found, and the value for people", () => {
  const measured = new Map();
  const [found, nothing] = judgeChecks(
    [check("a", "warn", { detail: "x" }), check("b", "fail", { holds: undefined, observed: null })],
    { figures: figures(), measured, found: new Map() },
    undefined,
  );
  expect(found).toEqual({
    verdict: { gate: "a", severity: "warn", verdict: "passed", observed: 1, limit: "none", detail: "x", waived: null },
    shown: "1 pieces",
    hint: undefined,
  });
  expect(nothing).toEqual({
    verdict: {
      gate: "b",
      severity: "fail",
      verdict: "not_applicable",
      observed: null,
      limit: "none",
      detail: null,
      waived: null,
    },
    shown: undefined,
    hint: undefined,
  });
});

test("the value for people has the digits that tell it from each of its bounds", () => {
  const shown = (observed: number, ...bounds: number[]) => {
    const one = { ...check("a", "fail", { observed, bounds }), shown: percent };
    return judgeChecks([one], { figures: figures(), measured: new Map(), found: new Map() }, undefined)[0]?.shown;
  };
  expect(shown(0.25)).toBe("25.0 %");
  expect(shown(0.25, 0.1, 0.9)).toBe("25.0 %");
  expect(shown(0.1004, 0.1, 0.9)).toBe("10.04 %");
  expect(shown(0.8996, 0.1, 0.9)).toBe("89.96 %");
  expect(shown(0.0125, 0.0125)).toBe("1.25 %");
});

test("a check judges by today's figures, those of the night before and what it measured itself", () => {
  const own: Check = {
    ...check("a", "fail", {}),
    measures: { late: "count(*)", none: "max(id)" },
    find: ({ today, previous, measured }) => ({
      holds: true,
      observed: today.row_count,
      limit: `${previous?.row_count} before`,
      detail: `${measured("late")} ${measured("none")} ${measured("unknown")}`,
    }),
    hint: (date) => `look at ${date}`,
  };
  const measured = new Map([[own, { late: 3, none: null }]]);
  const before = figures({ row_count: 5 });
  const [result] = judgeChecks([own], { figures: figures({ row_count: 7 }), measured, found: new Map() }, before);
  expect(result?.verdict).toMatchObject({ observed: 7, limit: "5 before", detail: "3 null null" });
  expect(result?.hint?.("2026-11-23")).toBe("look at 2026-11-23");
  const [unmeasured] = judgeChecks([own], { figures: before, measured: new Map(), found: new Map() }, undefined);
  expect(unmeasured?.verdict).toMatchObject({ limit: "undefined before", detail: "null null null" });
});
