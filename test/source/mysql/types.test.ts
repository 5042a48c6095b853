import { expect, test } from "vitest";
import type { Field } from "../../../src/lib/source/mysql/connection.ts";
import { backticked, columnOf } from "../../../src/lib/source/mysql/types.ts";

const UNSIGNED = 32;

function shown(field: Partial<Field>, text = false) {
  const column = columnOf(
    { name: "c", columnType: 253, columnLength: 40, decimals: 0, flags: 0, characterSet: 63, ...field },
    text,
  );
  const { type, declared, select, quoted } = column;
  return [type, declared, select, ...(quoted ? ["quoted"] : []), ...(column.made ? [column.made("v")] : [])];
}

test.each<[what: string, field: Partial<Field>, ...way: string[]]>([
  ["tinyint(1) is a number", { columnType: 1, columnLength: 1 }, "TINYINT", "TINYINT", "`c`"],
  ["bigint unsigned", { columnType: 8, flags: UNSIGNED }, "UBIGINT", "UBIGINT", "`c`"],
  ["mediumint", { columnType: 9 }, "INTEGER", "INTEGER", "`c`"],
  ["decimal(10,2)", { columnType: 246, columnLength: 12, decimals: 2 }, "DECIMAL(10,2)", "DECIMAL(10,2)", "`c`"],
  [
    "decimal(38) unsigned",
    { columnType: 246, columnLength: 38, flags: UNSIGNED },
    "DECIMAL(38,0)",
    "DECIMAL(38,0)",
    "`c`",
  ],
  ["decimal(39)", { columnType: 246, columnLength: 40 }, "DOUBLE", "DOUBLE", "`c`"],
  ["decimal(30,30)", { columnType: 246, columnLength: 32, decimals: 30 }, "DECIMAL(30,30)", "DECIMAL(30,30)", "`c`"],
  ["float", { columnType: 4 }, "FLOAT", "FLOAT", "CAST(`c` AS DOUBLE)"],
  ["date", { columnType: 10 }, "DATE", "TIMESTAMP", "`c`", "CAST(v AS DATE)"],
  ["datetime", { columnType: 12 }, "TIMESTAMP", "TIMESTAMP", "`c`"],
  ["timestamp", { columnType: 7 }, "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "`c`", "(v AT TIME ZONE 'UTC')"],
  ["time", { columnType: 11 }, "time", "VARCHAR", "`c`", "quoted"],
  ["year", { columnType: 13 }, "USMALLINT", "USMALLINT", "`c`"],
  ["bit(1)", { columnType: 16, columnLength: 1 }, "BOOLEAN", "UBIGINT", "CAST(`c` AS UNSIGNED)", "CAST(v AS BOOLEAN)"],
  ["bit(7)", { columnType: 16, columnLength: 7 }, "UBIGINT", "UBIGINT", "CAST(`c` AS UNSIGNED)"],
  ["varchar", { columnType: 253, characterSet: 224 }, "VARCHAR", "VARCHAR", "`c`", "quoted"],
  ["enum", { columnType: 254, characterSet: 224, flags: 256 }, "VARCHAR", "VARCHAR", "`c`", "quoted"],
  ["varbinary", { columnType: 253 }, "blob", "VARCHAR", "HEX(`c`)", "quoted"],
  ["MySQL's json", { columnType: 245 }, "json", "VARCHAR", "`c`", "quoted"],
  [
    "MariaDB's json",
    { columnType: 252, characterSet: 224, extendedFormat: "json" },
    "json",
    "VARCHAR",
    "`c`",
    "quoted",
  ],
  ["uuid", { columnType: 254, characterSet: 224, extendedTypeName: "uuid" }, "UUID", "UUID", "`c`"],
  ["inet6", { columnType: 254, characterSet: 224, extendedTypeName: "inet6" }, "inet6", "VARCHAR", "`c`", "quoted"],
  ["point", { columnType: 255, extendedTypeName: "point" }, "point", "VARCHAR", "HEX(`c`)", "quoted"],
  ["MySQL's point", { columnType: 255 }, "geometry", "VARCHAR", "HEX(`c`)", "quoted"],
  ["MySQL's vector", { columnType: 242 }, "vector", "VARCHAR", "HEX(`c`)", "quoted"],
  ["NULL alone", { columnType: 6 }, "VARCHAR", "VARCHAR", "`c`", "quoted"],
])("%s", (_, field, ...way) => {
  expect(shown(field)).toEqual(way);
});

test("what no type of DuckDB's holds, and is text, is text with all its digits", () => {
  const way = ["VARCHAR", "VARCHAR", "CAST(`c` AS CHAR)", "quoted"];
  expect(shown({ columnType: 246, columnLength: 67, decimals: 30 }, true)).toEqual(way);
  expect(shown({ columnType: 246, columnLength: 12, decimals: 2 }, true)[0]).toBe("DECIMAL(10,2)");
});

test("a name may have any letter", () => {
  expect(backticked('a`b" c')).toBe('`a``b" c`');
});
