import { expect, test } from "vitest";
import { noTable, tableMeanings } from "../../../src/lib/source/server/table-name.ts";

const shown = (table: string, quote: '"' | "`" = '"') =>
  tableMeanings(table, quote).map(({ schema, name }) => [schema, name]);

test("a name may mean itself first, then a table of a schema", () => {
  expect(shown("customers")).toEqual([[undefined, "customers"]]);
  expect(shown("crm.customers")).toEqual([
    [undefined, "crm.customers"],
    ["crm", "customers"],
  ]);
  expect(shown("my customers")).toEqual([[undefined, "my customers"]]);
});

test("quotes are those of SQL", () => {
  expect(shown('"my.table"')).toEqual([
    [undefined, '"my.table"'],
    [undefined, "my.table"],
  ]);
  expect(shown('crm."a.b"')).toEqual([
    [undefined, 'crm."a.b"'],
    ["crm", "a.b"],
  ]);
  expect(shown('"we""ird".t')).toEqual([
    [undefined, '"we""ird".t'],
    ['we"ird', "t"],
  ]);
  expect(shown("`a``b`.`c.d`", "`")).toEqual([
    [undefined, "`a``b`.`c.d`"],
    ["a`b", "c.d"],
  ]);
});

test("a name with more dots than one is that of a schema's table with dots", () => {
  expect(shown("a.b.c")).toEqual([
    [undefined, "a.b.c"],
    ["a", "b.c"],
  ]);
  expect(shown(".a")).toEqual([[undefined, ".a"]]);
});

test("no table: the one that was probably meant is named, with its schema where it needs one", () => {
  const known = [
    { schema: "public", name: "customers" },
    { schema: "crm", name: "Accounts" },
  ];
  const hint = (table: string) => noTable(table, "postgres://db/shop", known, "public").hint;
  expect(hint("custmers")).toBe("source.table: did you mean customers?");
  expect(hint("crm.accounts")).toBe("source.table: did you mean crm.Accounts?");
  expect(hint("accounts")).toBe("source.table: did you mean crm.Accounts?");
  expect(hint("orders")).toBe("source.table: there are customers, crm.Accounts");
  expect(noTable("t", "postgres://db/shop", [], "public").hint).toBe("source.table: there are none");
});
