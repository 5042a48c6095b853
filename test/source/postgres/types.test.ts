import { expect, test } from "vitest";
import { type NamedType, postgresColumn, unknownTypes } from "../../../src/lib/source/postgres/types.ts";

const NUMERIC = 1700;
const BARE = -1;

/** atttypmod of numeric(p, s), as PostgreSQL packs it: the scale has eleven bits, its sign within them. */
const numeric = (precision: number, scale: number) => ((precision << 16) | (scale & 0x7ff)) + 4;

function shown(oid: number, modifier = BARE, asText = false, named?: NamedType) {
  const types = new Map(named === undefined ? [] : [[oid, named]]);
  const { type, declared, select, made } = postgresColumn({ name: "c", oid, modifier }, asText, types);
  return [type, declared, select, ...(made === undefined ? [] : [made("v")])];
}

test.each<[name: string, oid: number, ...way: string[]]>([
  ["boolean", 16, "BOOLEAN", "BOOLEAN", 'q."c"'],
  ['"char"', 18, "VARCHAR", "VARCHAR", 'q."c"'],
  ["name", 19, "VARCHAR", "VARCHAR", 'q."c"'],
  ["bigint", 20, "BIGINT", "BIGINT", 'q."c"'],
  ["smallint", 21, "SMALLINT", "SMALLINT", 'q."c"'],
  ["integer", 23, "INTEGER", "INTEGER", 'q."c"'],
  ["text", 25, "VARCHAR", "VARCHAR", 'q."c"'],
  ["oid", 26, "UINTEGER", "UINTEGER", 'q."c"'],
  ["xml", 142, "VARCHAR", "VARCHAR", 'q."c"'],
  ["real", 700, "FLOAT", "FLOAT", 'q."c"'],
  ["double precision", 701, "DOUBLE", "DOUBLE", 'q."c"'],
  ["char(n), which COPY would pad", 1042, "VARCHAR", "VARCHAR", 'CAST(q."c" AS text)'],
  ["varchar", 1043, "VARCHAR", "VARCHAR", 'q."c"'],
  ["date", 1082, "DATE", "TIMESTAMP", 'q."c"', "CAST(v AS DATE)"],
  ["timestamp", 1114, "TIMESTAMP", "TIMESTAMP", 'q."c"'],
  ["timestamptz", 1184, "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", 'q."c"', "(v AT TIME ZONE 'UTC')"],
  ["uuid", 2950, "UUID", "UUID", 'q."c"'],
])("%s", (_, oid, ...way) => {
  expect(shown(oid)).toEqual(way);
  expect(unknownTypes([{ name: "c", oid, modifier: BARE }])).toEqual([]);
});

test.each<[name: string, modifier: number, type: string, asText: string]>([
  ["numeric", BARE, "DOUBLE", "VARCHAR"],
  ["numeric(1,0)", numeric(1, 0), "DECIMAL(1,0)", "DECIMAL(1,0)"],
  ["numeric(38,0)", numeric(38, 0), "DECIMAL(38,0)", "DECIMAL(38,0)"],
  ["numeric(39,0)", numeric(39, 0), "DOUBLE", "VARCHAR"],
  ["numeric(10,2)", numeric(10, 2), "DOUBLE", "VARCHAR"],
  ["numeric(38,38)", numeric(38, 38), "DOUBLE", "VARCHAR"],
  ["numeric(1000,1000)", numeric(1000, 1000), "DOUBLE", "VARCHAR"],
  ["numeric(5,-2)", numeric(5, -2), "DOUBLE", "VARCHAR"],
  ["numeric(3,-1000)", numeric(3, -1000), "DOUBLE", "VARCHAR"],
  ["numeric(2,3)", numeric(2, 3), "DOUBLE", "VARCHAR"],
])("%s", (_, modifier, type, asText) => {
  expect(shown(NUMERIC, modifier)).toEqual([type, type, 'q."c"']);
  // An id 1234567 would be 1234567.0 of a double.
  const text = ["VARCHAR", "VARCHAR", 'CAST(q."c" AS text)'];
  expect(shown(NUMERIC, modifier, true)).toEqual(asText === "VARCHAR" ? text : [asText, asText, 'q."c"']);
  expect(unknownTypes([{ name: "c", oid: NUMERIC, modifier }])).toEqual([]);
});

test("text of other names is text, and all else the server's text under its own name", () => {
  const cast = ['CAST(q."c" AS text)'];
  const named = (name: string, more: Partial<NamedType> = {}) => ({ name, isEnum: false, isText: false, ...more });
  expect(shown(16_500, BARE, false, named("mood", { isEnum: true }))).toEqual(["VARCHAR", "VARCHAR", ...cast]);
  expect(shown(16_501, BARE, false, named("citext", { isText: true }))).toEqual(["VARCHAR", "VARCHAR", ...cast]);
  for (const [oid, name] of [
    [790, "money"],
    [1186, "interval"],
    [1083, "time without time zone"],
    [3802, "jsonb"],
    [1007, "integer[]"],
    [17, "bytea"],
    [869, "inet"],
  ] as const) {
    expect(shown(oid, BARE, false, named(name))).toEqual([name, "VARCHAR", ...cast]);
  }
  expect(shown(99_999)).toEqual(["unknown", "VARCHAR", ...cast]);
});

test("types are asked for once each, and names are quoted", () => {
  const fields = [3802, 25, 1007, 3802, NUMERIC].map((oid) => ({ name: "c", oid, modifier: BARE }));
  expect(unknownTypes(fields)).toEqual([3802, 1007]);
  expect(postgresColumn({ name: 'we"ird, Name', oid: 23, modifier: BARE }, false, new Map())).toMatchObject({
    ...{ name: 'we"ird, Name', select: 'q."we""ird, Name"' },
  });
});
