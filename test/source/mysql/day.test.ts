import { expect, test } from "vitest";
import {
  dayCondition,
  newestOf,
  newestQuestion,
  withoutDate,
  withoutDateQuestion,
} from "../../../src/lib/source/mysql/day.ts";
import type { DateColumn } from "../../../src/lib/source/source.ts";

const column = (kind: DateColumn["kind"], timezone = "Europe/Berlin"): DateColumn => ({ name: "d`1", kind, timezone });

test("a day is a condition on the bare column", () => {
  expect(dayCondition(column("date"), "2026-11-23")).toBe("`d``1` = '2026-11-23'");
  expect(dayCondition(column("timestamp"), "2026-12-31")).toBe("`d``1` >= '2026-12-31' AND `d``1` < '2027-01-01'");
  expect(dayCondition(column("text"), "2026-11-23")).toMatch(/COLLATE utf8mb4_bin = '2026-11-23'$/);
});

test.each([
  ["Europe/Berlin", "2026-03-29", "2026-03-28 23:00:00", "2026-03-29 22:00:00"],
  ["Europe/Berlin", "2026-10-25", "2026-10-24 22:00:00", "2026-10-25 23:00:00"],
  ["UTC", "2026-10-25", "2026-10-25 00:00:00", "2026-10-26 00:00:00"],
  ["Asia/Kolkata", "2026-10-25", "2026-10-24 18:30:00", "2026-10-25 18:30:00"],
  // There is no midnight on that day.
  ["Asia/Beirut", "2026-03-29", "2026-03-28 22:00:00", "2026-03-29 21:00:00"],
])("a day in %s, %s, begins and ends with its own midnights", (timezone, date, start, end) => {
  expect(dayCondition(column("timestamptz", timezone), date)).toBe(
    `\`d\`\`1\` >= '${start}' AND \`d\`\`1\` < '${end}'`,
  );
});

test("the newest is asked up to today's end", () => {
  const asked = (kind: DateColumn["kind"]) => newestQuestion(column(kind), "2026-11-23", "rows_of");
  expect(asked("date")).toBe("SELECT MAX(`d``1`) FROM rows_of WHERE `d``1` <= '2026-11-23'");
  expect(asked("timestamp")).toBe("SELECT MAX(`d``1`) FROM rows_of WHERE `d``1` < '2026-11-24'");
  expect(asked("timestamptz")).toBe("SELECT MAX(`d``1`) FROM rows_of WHERE `d``1` < '2026-11-23 23:00:00'");
  expect(withoutDateQuestion(column("date"), "rows_of")).toBe(
    "SELECT COUNT(*), MIN(CAST(`d``1` AS CHAR)) FROM rows_of",
  );
});

test("the newest value's day is that of the column's time zone", () => {
  expect(newestOf(column("timestamptz"), "2026-11-22 23:00:00.000000")).toBe("2026-11-23");
  expect(newestOf(column("timestamptz"), "2026-11-22 22:59:59")).toBe("2026-11-22");
  expect(newestOf(column("timestamp"), "2026-11-22 23:00:00")).toBe("2026-11-22");
  expect(newestOf(column("text"), "2026-11-22")).toBe("2026-11-22");
  for (const none of [null, undefined, "0000-00-00"]) expect(newestOf(column("date"), none)).toBeUndefined();
  expect(withoutDate(["3", null])).toEqual({ date: undefined, rows: 3, example: null });
  expect(withoutDate()).toEqual({ date: undefined, rows: 0, example: null });
});
