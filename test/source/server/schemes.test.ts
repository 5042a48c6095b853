import { expect, test } from "vitest";
import { isServerUrl, serverOf } from "../../../src/lib/source/server/schemes.ts";

test("a server is known by the schemes that its own clients take", () => {
  expect(["postgres://a", "postgresql://a", "PostgreSQL://a"].map(serverOf)).toEqual([
    "postgres",
    "postgres",
    "postgres",
  ]);
  expect(["mysql://a", "mariadb://a"].map(serverOf)).toEqual(["mysql", "mysql"]);
  for (const url of ["duckdb:a", "postgres:a", "csv:mysql://a", "constructor://a", "oracle://a", ""]) {
    expect(serverOf(url), url).toBeUndefined();
    expect(isServerUrl(url), url).toBe(false);
  }
});
