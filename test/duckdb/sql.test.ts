import { expect, test } from "vitest";
import { fileLiteral, identifier, literal } from "../../src/lib/duckdb/sql.ts";

test("names and texts are quoted", () => {
  expect(identifier('customer "x"')).toBe('"customer ""x"""');
  expect(literal("it's")).toBe("'it''s'");
});

test("a file's name is a pattern that means it alone", () => {
  expect(fileLiteral("/srv/c[12]/it's a*b?.csv")).toBe("'/srv/c[[]12]/it''s a[*]b[?].csv'");
  expect(fileLiteral("/srv/back\\slash/{x}.csv")).toBe("'/srv/back\\slash/{x}.csv'");
});

test("a name that no pattern means alone is refused", () => {
  expect(() => fileLiteral("/srv/c[12]/back\\slash.csv")).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "/srv/c[12]/back\\slash.csv: DuckDB can't read a path with a backslash and one of [ * ?",
    }),
  );
});
