import { expect, test } from "vitest";
import { unusedLines } from "../../../src/lib/cli/output/unused.ts";
import type { DecidedColumn, UnusedReason } from "../../../src/lib/source/kinds.ts";

function column(name: string, unused: UnusedReason | null): DecidedColumn {
  return { name, type: "VARCHAR", kind: "ignore", unused };
}

test("columns that are not used stand in one line, those with one reason together", () => {
  const columns = [
    column("email", "unique text"),
    column("plan", null),
    column("row_id", "index"),
    column("phone", "unique text"),
    column("signup_date", "date"),
  ];
  expect(unusedLines(columns, 80)).toEqual([
    "not used: email, phone (unique text), row_id (index), signup_date (date)",
  ]);
});

test("where they don't fit each reason has its line", () => {
  const columns = [column("email", "unique text"), column("row_id", "index"), column("signup_date", "date")];
  expect(unusedLines(columns, 65)).toHaveLength(1);
  expect(unusedLines(columns, 64)).toEqual([
    "not used (unique text): email",
    "not used (index): row_id",
    "not used (date): signup_date",
  ]);
});

test("a line is cut to the width, and says how many more there are", () => {
  const columns = Array.from({ length: 1200 }, (_, index) => column(`column_${index}`, "constant"));
  const [line = "", ...others] = unusedLines(columns, 60);
  expect(others).toEqual([]);
  expect(line).toBe("not used (constant): column_0, column_1 and 1,198 more");
  expect(unusedLines([column("n".repeat(90), "date")], 40)).toEqual([`not used (date): ${"n".repeat(22)}…`]);
});

test("a name that nobody would see is quoted", () => {
  expect(unusedLines([column("", "index"), column(" x", "date")], 80)).toEqual(['not used: "" (index), " x" (date)']);
});

test("where all columns are used nothing is said", () => {
  expect(unusedLines([column("plan", null)], 80)).toEqual([]);
});
