import { expect, test } from "vitest";
import { dayCondition, exampleDay, newestDay } from "../../../src/lib/source/postgres/day.ts";
import type { DateColumn } from "../../../src/lib/source/source.ts";

const column = (kind: DateColumn["kind"], timezone = "Europe/Berlin"): DateColumn => ({ name: 'd"1', kind, timezone });

test("a day is a condition on the bare column, so that an index serves it", () => {
  const of = (kind: DateColumn["kind"], date: string) => dayCondition(column(kind), date);
  expect(of("date", "2026-11-23")).toBe(`q."d""1" = '2026-11-23'`);
  expect(of("timestamp", "2026-12-31")).toBe(`q."d""1" >= '2026-12-31' AND q."d""1" < '2027-01-01'`);
  expect(of("text", "2026-11-23")).toBe(`left(btrim(CAST(q."d""1" AS text)), 10) = '2026-11-23'`);
});

test.each([
  // The next midnight by the calendar: these days have 23 and 25 hours in Berlin.
  ["2026-03-29", "2026-03-30"],
  ["2026-10-25", "2026-10-26"],
  ["2024-02-29", "2024-03-01"],
])("the time of %s lies between its two midnights in churn's time zone", (date, next) => {
  expect(dayCondition(column("timestamptz"), date)).toBe(
    `q."d""1" >= (timestamp '${date}' AT TIME ZONE 'Europe/Berlin') AND q."d""1" < (timestamp '${next}' AT TIME ZONE 'Europe/Berlin')`,
  );
});

test("the newest is asked up to today's end, over the bare column", () => {
  const of = (kind: DateColumn["kind"]) => newestDay(column(kind), "2026-11-23", "t AS q");
  expect(of("date")).toBe(
    `SELECT CAST(CAST(max(q."d""1") AS date) AS text) FROM t AS q WHERE q."d""1" <= '2026-11-23'`,
  );
  expect(of("timestamp")).toBe(
    `SELECT CAST(CAST(max(q."d""1") AS date) AS text) FROM t AS q WHERE q."d""1" < '2026-11-24'`,
  );
  expect(of("timestamptz")).toBe(
    `SELECT CAST(CAST((max(q."d""1") AT TIME ZONE 'Europe/Berlin') AS date) AS text) FROM t AS q WHERE q."d""1" < (timestamp '2026-11-24' AT TIME ZONE 'Europe/Berlin')`,
  );
  // Of a text's days, those that are none are left out, and the order is that of the letters, whatever the database's is.
  expect(of("text").replace(/\s+/g, " ")).toBe(
    `SELECT max(day COLLATE "C") FROM (SELECT left(btrim(CAST(q."d""1" AS text)), 10) AS day FROM t AS q) AS days WHERE day ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' AND day COLLATE "C" <= '2026-11-23'`,
  );
  expect(exampleDay(column("date"), "t AS q")).toBe(`SELECT count(*), min(CAST(q."d""1" AS text)) FROM t AS q`);
});

test("a time zone is a literal, whatever stands in it", () => {
  expect(dayCondition(column("timestamptz", "a'; DROP TABLE t; --"), "2026-11-23")).toContain(
    "AT TIME ZONE 'a''; DROP TABLE t; --')",
  );
});
