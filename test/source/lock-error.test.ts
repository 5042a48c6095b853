import { expect, test } from "vitest";
import { lockError } from "../../src/lib/source/lock-error.ts";

const said = (reason: string) =>
  lockError(
    `IO Error: Could not set lock on file "/crm/c: 1.duckdb": ${reason}. See also https://duckdb.org/docs/stable/connect/concurrency`,
    "c: 1.duckdb",
    undefined,
  )?.message;

test("a file is told to be open for writing where DuckDB says who holds its lock, and not by guess", () => {
  const open = "source.url: c: 1.duckdb is open for writing in";
  expect(said("Conflicting lock is held in /usr/bin/python3.11 (PID 71) by user root")).toBe(
    `${open} /usr/bin/python3.11 (process 71)`,
  );
  expect(said("Conflicting lock is held in /opt/my tools/load (nightly) (PID 71)")).toBe(
    `${open} /opt/my tools/load (nightly) (process 71)`,
  );
  expect(said("Conflicting lock is held in PID 71")).toBe(`${open} another program (process 71)`);
  expect(said("Conflicting lock is held in PID 0")).toBe(`${open} another program`);
  for (const reason of ["No locks available", "Function not implemented", "Input/output error"])
    expect(said(reason)).toBe(`source.url: c: 1.duckdb can't be locked for reading: ${reason}`);
});

test("other words of DuckDB's are none about a lock", () => {
  for (const words of [
    'IO Error: Cannot open file "/crm/c.duckdb": Permission denied',
    "Invalid Input Error: IO Error: Could not set lock on file",
  ])
    expect(lockError(words, "c.duckdb", undefined)).toBeUndefined();
});
