import fc from "fast-check";
import { expect, test } from "vitest";
import { eachRecord } from "../../../src/lib/source/csv/records.ts";
import { BARE, type Dialect, RecordScanner } from "../../../src/lib/source/csv/scanner.ts";
import { csvText, delimiters, lineEnds, textTables } from "../../support/csv-table.ts";

const plain: Dialect = { delimiter: ",", quote: '"', escape: '"', comment: "", lineEnd: "lf" };

/** The records of a text that comes in pieces of some bytes. */
async function scan(text: string, dialect: Dialect, size = 1 << 20) {
  const bytes = Buffer.from(text, "utf8");
  const scanner = new RecordScanner(dialect);
  const found: { kind: string; fields: (string | null)[]; line: number; lineEnd: string; problem: number }[] = [];
  let line = 1;
  await eachRecord(pieces(bytes, size), scanner, (buffer, start) => {
    const fields = scanner.fieldsIn(buffer).map((field, index) => {
      return field.length === 0 && scanner.marks[index] === BARE ? null : Buffer.from(field).toString("utf8");
    });
    found.push({ kind: scanner.kind, fields, line, lineEnd: scanner.lineEnd, problem: scanner.problem - start });
    line += scanner.lines;
  });
  return found;
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("what a table was written as is what is read, wherever the pieces end", async () => {
  await fc.assert(
    fc.asyncProperty(
      textTables(),
      fc.constantFrom(...delimiters),
      fc.constantFrom(...lineEnds),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      async (table, delimiter, lineEnd, quoteAll, size) => {
        const text = csvText(table, { delimiter, lineEnd, quoteAll });
        const records = await scan(text, { ...plain, delimiter, lineEnd: lineEnd === "\r" ? "cr" : "lf" }, size);
        expect(records.map(({ fields }) => fields)).toEqual(table);
        expect(new Set(records.map((record) => record.lineEnd))).toEqual(new Set([lineEnd]));
        for (const { kind, fields } of records)
          expect(kind === "row" || (kind === "blank" && fields.length === 1)).toBe(true);
      },
    ),
  );
});

test.for<[string, Partial<Dialect>, [kind: string, fields: (string | null)[]][]]>([
  [
    "a,b\n1,2",
    {},
    [
      ["row", ["a", "b"]],
      ["row", ["1", "2"]],
    ],
  ],
  [
    "\n  \n\t\na\n",
    {},
    [
      ["blank", [null]],
      ["blank", ["  "]],
      ["blank", ["\t"]],
      ["row", ["a"]],
    ],
  ],
  [
    "a,b,\n,\n",
    {},
    [
      ["row", ["a", "b", null]],
      ["row", [null, null]],
    ],
  ],
  // Spaces around quotes are none of the value's, a quote within a bare one is.
  [
    ' "a" , "b"\n5" TV,x"y"\n',
    {},
    [
      ["row", ["a", "b"]],
      ["row", ['5" TV', 'x"y"']],
    ],
  ],
  [
    "#1,a\n#2,b\n",
    {},
    [
      ["row", ["#1", "a"]],
      ["row", ["#2", "b"]],
    ],
  ],
  [
    "#1,a\n 2,b\n#",
    { comment: "#" },
    [
      ["comment", []],
      ["row", [" 2", "b"]],
      ["comment", []],
    ],
  ],
  ["'a,''b',\"c\"\n", { quote: "'", escape: "'" }, [["row", ["a,'b", '"c"']]]],
  [
    '"a,b\n"c"\n',
    { quote: "", escape: "" },
    [
      ["row", ['"a', "b"]],
      ["row", ['"c"']],
    ],
  ],
  ['"a\\"b","c\\\\","d\\e","f""g"\n', { escape: "\\" }, [["row", ['a"b', "c\\", "d\\e", 'f"g']]]],
  [
    "a\rb\r",
    { lineEnd: "cr" },
    [
      ["row", ["a"]],
      ["row", ["b"]],
    ],
  ],
])("%j with %j", async ([text, dialect, expected]) => {
  for (const size of [1, 3, 1000]) {
    const records = await scan(text, { ...plain, ...dialect }, size);
    expect(records.map(({ kind, fields }) => [kind, kind === "comment" ? [] : fields])).toEqual(expected);
  }
});

test.for<[string, Partial<Dialect>, kind: string, problem: number]>([
  ['1,"a"b,2\n3,4,5\n', {}, "text after quote", 5],
  ['1,"a\n2,b\n', {}, "open quote", 2],
  ["1,a\rb\n", {}, "lone return", 3],
  ["1,a\nb\r", { lineEnd: "cr" }, "lone return", 3],
])("what goes wrong in %j with %j", async ([text, dialect, kind, problem]) => {
  for (const size of [1, 3, 1000]) {
    const [first] = await scan(text, { ...plain, ...dialect }, size);
    expect(first).toMatchObject({ kind, problem });
  }
});

test("behind text after a quote the next line is whole again, and \\r in quotes is content", async () => {
  const records = await scan('1,"a"b\n2,"c\r\nd\re"\n', plain);
  expect(records.map(({ kind, line }) => [kind, line])).toEqual([
    ["text after quote", 1],
    ["row", 2],
  ]);
  expect(records[1]?.fields).toEqual(["2", "c\r\nd\re"]);
});

test("a file that ends before its \\n has a last line without an end", async () => {
  expect((await scan("a\r\nb\r", plain)).map(({ fields, lineEnd }) => [fields, lineEnd])).toEqual([
    [["a"], "\r\n"],
    [["b"], ""],
  ]);
});

test("a field that is longer than many pieces is one", async () => {
  const long = 'x"\n'.repeat(300_000);
  const records = await scan(csvText([[long, "b"]], { delimiter: ",", lineEnd: "\n", quoteAll: false }), plain, 10_000);
  expect(records.map(({ fields }) => fields)).toEqual([[long, "b"]]);
});
