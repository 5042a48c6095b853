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

test("a time with a zone lies between two moments, which are those of churn's time zone", () => {
  expect(dayCondition(column("timestamptz"), "2026-10-25")).toBe(
    `q."d""1" >= '2026-10-24 22:00:00+00' AND q."d""1" < '2026-10-25 23:00:00+00'`,
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
    `SELECT CAST(CAST((max(q."d""1") AT TIME ZONE 'Europe/Berlin') AS date) AS text) FROM t AS q WHERE q."d""1" < '2026-11-23 23:00:00+00'`,
  );
  // Of a text's days, those that are none are left out, and the order is that of the letters, whatever the database's is.
  expect(of("text").replace(/\s+/g, " ")).toBe(
    `SELECT max(day COLLATE "C") FROM (SELECT left(btrim(CAST(q."d""1" AS text)), 10) AS day FROM t AS q) AS days WHERE day ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' AND day COLLATE "C" <= '2026-11-23'`,
  );
  expect(exampleDay(column("date"), "t AS q")).toBe(`SELECT count(*), min(CAST(q."d""1" AS text)) FROM t AS q`);
});
