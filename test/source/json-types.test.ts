import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { familyOf } from "../../src/lib/source/canonical.ts";
import { readSource, test } from "../support/source-folder.ts";

const cases: [string, readonly unknown[], string, readonly unknown[]][] = [
  ["days", ["2026-11-23", null], "DATE", [new Date("2026-11-23"), null]],
  [
    "times",
    ["2026-11-23T10:00:00", "2026-11-23 10:00"],
    "TIMESTAMP",
    [new Date("2026-11-23T10:00Z"), new Date("2026-11-23T10:00Z")],
  ],
  [
    "times with a zone",
    ["2026-11-23T10:00:00+05:00", "2026-11-23T10:00:00.5Z", "2026-11-23 10:00:00+0530"],
    "TIMESTAMP WITH TIME ZONE",
    [new Date("2026-11-23T05:00Z"), new Date("2026-11-23T10:00:00.5Z"), new Date("2026-11-23T04:30Z")],
  ],
  ["times with and without a zone", ["2026-11-23T10:00:00Z", "2026-11-23T10:00:00"], "VARCHAR", []],
  ["days and times", ["2026-11-23", "2026-11-23T10:00:00"], "VARCHAR", []],
  ["dates of two readings", ["11-02-2024", "11-03-2024"], "VARCHAR", []],
  ["days that the calendar doesn't have", ["2026-02-30"], "VARCHAR", []],
  ["days with something behind them", ["2026-11-23", "0044-03-15 BC"], "VARCHAR", []],
  ["hours", ["10:00:00"], "VARCHAR", []],
  ["ids that look like UUIDs", ["123E4567-E89B-12D3-A456-426614174000"], "VARCHAR", []],
  ["numbers in quotes", ["1", "2"], "VARCHAR", []],
  ["numbers and texts", [1, "2", "x", true], "VARCHAR", ["1", "2", "x", "true"]],
  ["booleans and numbers", [true, 1], "VARCHAR", ["true", "1"]],
  ["booleans", [true, false], "BOOLEAN", []],
  ["integers", [1, 7], "BIGINT", []],
  // Wide, as those that fit into 64 bits only without their sign; canonical columns are BIGINT where all fit.
  ["integers with a sign", [1, -7], "HUGEINT", []],
  ["integers and others", [1, 2.5], "DOUBLE", []],
  ["nothing", [null, null], "VARCHAR", []],
];

test("a key is what all its values are", async ({ root }) => {
  for (const [name, values, type, read] of cases) {
    await writeFile(join(root, "a.jsonl"), values.map((v, id) => `${JSON.stringify({ id, v })}\n`).join(""));
    const { columns, rows } = await readSource({ url: "jsonl:a.jsonl" }, root);
    expect(columns, name).toEqual([
      { name: "id", type: "BIGINT" },
      { name: "v", type },
    ]);
    expect(
      rows.map(({ v }) => v),
      name,
    ).toEqual(read.length === 0 ? values : read);
  }
});

test("objects and lists are no features, whatever stands beside them", async ({ root }) => {
  const file = '{"a":{"x":1.10,"x":2},"b":[1],"c":{},"d":1}\n{"a":null,"b":[],"c":{},"d":[2]}\n';
  await writeFile(join(root, "a.jsonl"), file);
  const { columns, rows } = await readSource({ url: "jsonl:a.jsonl" }, root);
  expect(columns.map(({ type }) => familyOf(type))).toEqual(["other", "other", "other", "other"]);
  expect(rows).toEqual([
    { a: '{"x":1.1,"x":2}', b: "[1]", c: "{}", d: "1" },
    { a: null, b: "[]", c: "{}", d: "[2]" },
  ]);
});

test("integers beyond 64 bits are numbers still", async ({ root }) => {
  await writeFile(
    join(root, "a.jsonl"),
    '{"a":18446744073709551615,"b":1}\n{"a":1,"b":123456789012345678901234567890}\n',
  );
  const { columns } = await readSource({ url: "jsonl:a.jsonl" }, root);
  expect(columns.map(({ type }) => familyOf(type))).toEqual(["wide", "float"]);
});

test("keys that DuckDB would give another name are refused, others of such names are read", async ({ root }) => {
  await writeFile(join(root, "a.jsonl"), '{"phone":"1","phone_1":"2","phone_2":null,"C1":3}\n');
  const { columns, rows } = await readSource({ url: "jsonl:a.jsonl" }, root);
  expect(columns.map(({ name }) => name)).toEqual(["phone", "phone_1", "phone_2", "C1"]);
  expect(rows).toEqual([{ phone: "1", phone_1: "2", phone_2: null, C1: 3 }]);
  for (const [text, name] of [
    ['{"Plan":"gold"}\n{"plan":"basic"}\n', "plan_1"],
    ['{"":1,"a":2}\n', "C0"],
  ] as const) {
    await writeFile(join(root, "a.jsonl"), text);
    await expect(readSource({ url: "jsonl:a.jsonl" }, root)).rejects.toMatchObject({
      exitCode: 2,
      message: "source.url: a.jsonl has keys that differ in upper and lower case only, or an empty one",
      hint: `DuckDB would call them ${name}: have each written in one way`,
    });
  }
});
