import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { readSource, test } from "../support/source-folder.ts";

const lines = (...objects: readonly unknown[]) => objects.map((object) => `${JSON.stringify(object)}\n`).join("");

test("an object a line is a row, a key a column, in every file and however late it comes", async ({ root }) => {
  const many = Array.from({ length: 30_000 }, (_, index) => ({ id: index, n: 1 }));
  await writeFile(join(root, "a.jsonl"), lines(...many, { id: 30_000, n: 1.5, late: "x" }));
  await writeFile(join(root, "b.jsonl"), '{"other":true}\r\n\r\n{"id":2}');
  await writeFile(join(root, "c.jsonl"), "");
  const { columns, rows } = await readSource({ url: "jsonl:*.jsonl" }, root);
  expect(columns).toEqual([
    { name: "id", type: "BIGINT" },
    { name: "n", type: "DOUBLE" },
    { name: "late", type: "VARCHAR" },
    { name: "other", type: "BOOLEAN" },
  ]);
  expect(rows).toHaveLength(30_003);
  expect(rows.filter(({ late, other }) => late !== null || other !== null)).toEqual([
    { id: 30_000, n: 1.5, late: "x", other: null },
    { id: null, n: null, late: null, other: true },
  ]);
});

test("keys that are rare are columns all the same", async ({ root }) => {
  await writeFile(
    join(root, "a.jsonl"),
    lines(...Array.from({ length: 300 }, (_, index) => ({ [`k${index}`]: index }))),
  );
  const { columns } = await readSource({ url: "jsonl:a.jsonl" }, root);
  expect(columns).toEqual(Array.from({ length: 300 }, (_, index) => ({ name: `k${index}`, type: "BIGINT" })));
});

test("columns that are text keep all digits and zeros", async ({ root }) => {
  const file = '{"id":123456789012345678901234567890,"code":"007","n":9007199254740993}\n{"id":7,"code":8,"n":1}\n';
  await writeFile(join(root, "a.jsonl"), file);
  const { rows } = await readSource({ url: "jsonl:a.jsonl" }, root, ["id", "code", "nosuch", "n"]);
  expect(rows).toEqual([
    { id: "123456789012345678901234567890", code: "007", n: "9007199254740993" },
    { id: "7", code: "8", n: "1" },
  ]);
});

test("a query calls the lines customers", async ({ root }) => {
  await writeFile(join(root, "a.jsonl"), lines({ id: 1, day: "2026-11-23" }, { id: 2, day: "2026-11-22" }));
  const source = { url: "jsonl:a.jsonl", query: "SELECT id FROM customers WHERE day = {date}" };
  expect((await readSource(source, root)).rows).toEqual([{ id: 1 }]);
});

test("a file whose last line is cut is not whole, one without its last line end is", async ({ root }) => {
  const whole = '{"id":1,"tags":{"a":"}"}}\n{"id":2,"x":NaN,"tags":{"a":"NaN"}}';
  await writeFile(join(root, "a.jsonl"), whole);
  expect((await readSource({ url: "jsonl:a.jsonl" }, root)).rows).toHaveLength(2);
  for (let length = whole.length - 1; length > whole.indexOf("\n") + 1; length -= 3) {
    await writeFile(join(root, "a.jsonl"), whole.slice(0, length));
    await expect(readSource({ url: "jsonl:*.jsonl" }, root), whole.slice(0, length)).rejects.toMatchObject({
      exitCode: 75,
      message: "source.url: a.jsonl is not whole: its last line is cut",
      hint: "run it again once it is written",
    });
  }
});

test("compressed lines are read, and refused when they are cut", async ({ root }) => {
  const whole = gzipSync(lines(...Array.from({ length: 1000 }, (_, id) => ({ id }))));
  await writeFile(join(root, "a.jsonl.gz"), whole);
  expect((await readSource({ url: "jsonl:a.jsonl.gz" }, root)).rows).toHaveLength(1000);
  await writeFile(join(root, "a.jsonl.gz"), whole.subarray(0, -8));
  await expect(readSource({ url: "jsonl:a.jsonl.gz" }, root)).rejects.toMatchObject({ exitCode: 75 });
});

test("what is no JSON lines is refused by its line, and no customer is shown", async ({ root }) => {
  const cases: [string, number, string][] = [
    ["", 75, "source.url: a.jsonl is empty"],
    ["\n\n", 75, "source.url: a.jsonl is empty"],
    ['[{"id":1},{"id":2}]', 2, "not every line is an object"],
    ['{"id":1}\n[1]\n', 2, "not every line is an object"],
    ['{"id":1}\n7\n', 2, "not every line is an object"],
    ['{\n "id": 1\n}', 2, "FILE, line 1, byte 2: unexpected end of data"],
    ['{"id":1}\nAda Lovelace\n{"id":2}\n', 2, "FILE, line 2, byte 1: unexpected character"],
    ['{"id":1},\n{"id":2},\n', 2, "FILE, line 1, byte 9: unexpected content after document"],
    ['\ufeff{"id":1}\n', 2, "FILE, line 1, byte 1: byte order mark (BOM) is not supported"],
    ['{"id":1}\n{"id":2,"name":"Ada","id":3}\n', 2, 'FILE, line 2: the key "id" stands there twice'],
  ];
  for (const [text, exitCode, reason] of cases) {
    await writeFile(join(root, "a.jsonl"), text);
    const place = `source.url: a.jsonl can't be read as JSON lines: ${reason.replace("FILE", join(root, "a.jsonl"))}`;
    await expect(readSource({ url: "jsonl:a.jsonl" }, root), text).rejects.toMatchObject({
      exitCode,
      message: exitCode === 75 ? reason : place,
    });
  }
});
