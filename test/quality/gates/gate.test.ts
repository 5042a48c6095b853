import { expect, test } from "vitest";
import * as z from "zod";
import { judgeChecks } from "../../../src/lib/quality/check.ts";
import { defineColumnGate, defineGate } from "../../../src/lib/quality/gates/gate.ts";
import { severity } from "../../../src/lib/quality/report.ts";
import { customers, figures, judgeTable } from "../../support/gates.ts";

const settings = z.strictObject({ days: z.int(), severity: severity.default("fail") });

/** A gate of the kind that somebody may add: with a setting and a measure of its own. */
const freshness = defineGate({
  name: "freshness",
  schema: z.union([z.literal(false), settings]).default({ days: 7, severity: "fail" }),
  measures: (_, { days }) => ({ stale: `count(*) FILTER (WHERE age > ${days})` }),
  check: ({ days }, { measured }) => {
    const stale = measured("stale");
    return { holds: stale === 0, observed: stale, limit: `none above ${days} days` };
  },
  shown: (rows) => `${rows} rows`,
  hint: (date) => `who loads the table on ${date}?`,
});

test("a gate brings its setting and its measure along, and needs nothing else", async () => {
  const table = "SELECT i AS id, true AS churned, i AS age FROM range(10) AS r(i)";
  const parsed = { freshness: freshness.schema.parse({ days: 7 }) };
  expect(await judgeTable(table, (of) => freshness.checks(parsed, of))).toEqual({
    severity: "fail",
    verdict: "failed",
    observed: 2,
    limit: "none above 7 days",
    detail: null,
    shown: "2 rows",
  });
});

test("switched off it asks for nothing", () => {
  expect(freshness.checks({ freshness: false }, customers)).toEqual([]);
});

test("its check has its name, severity and hint", () => {
  const checks = freshness.checks({ freshness: { days: 1, severity: "warn" } }, customers);
  expect(checks).toMatchObject([
    { name: "freshness", severity: "warn", measures: { stale: "count(*) FILTER (WHERE age > 1)" } },
  ]);
  expect(checks[0]?.hint?.("2026-11-23")).toBe("who loads the table on 2026-11-23?");
});

test("a gate that needs no more than the report's figures measures nothing", () => {
  const gate = defineGate({
    name: "rows",
    schema: z.union([z.literal(false), settings]).default(false),
    check: (_, { today }) => ({ holds: today.row_count > 0, observed: today.row_count, limit: "some" }),
    shown: String,
  });
  const checks = gate.checks({ rows: { days: 0, severity: "fail" } }, customers);
  expect(checks).toMatchObject([{ name: "rows", severity: "fail", measures: {}, hint: undefined }]);
  const measurements = { figures: figures({ row_count: 0 }), measured: new Map(), found: new Map() };
  expect(judgeChecks(checks, measurements, undefined)).toMatchObject([{ verdict: { verdict: "failed", observed: 0 } }]);
});

test("a gate by column has a check for each column that is set, with that column's setting", () => {
  const gate = defineColumnGate({
    name: "recent",
    schema: z.record(z.string(), settings).default({}),
    measures: (_, { days }, column) => ({ old: `${column} > ${days}` }),
    check: ({ days }) => ({ holds: true, observed: days, limit: "" }),
    shown: String,
  });
  const checks = gate.checks(
    { recent: { a: { days: 1, severity: "fail" }, "b.c": { days: 2, severity: "warn" } } },
    customers,
  );
  expect(checks).toMatchObject([
    { name: "recent.a", severity: "fail", measures: { old: "a > 1" } },
    { name: "recent.b.c", severity: "warn", measures: { old: "b.c > 2" } },
  ]);
  const measurements = { figures: figures(), measured: new Map(), found: new Map() };
  expect(judgeChecks(checks, measurements, undefined).map(({ verdict }) => verdict.observed)).toEqual([1, 2]);
  expect(gate.checks({ recent: {} }, customers)).toEqual([]);
});
