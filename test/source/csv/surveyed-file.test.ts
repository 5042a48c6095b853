import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { type CsvAsked, readCsv } from "../../support/csv-source.ts";
import { test } from "../../support/source-folder.ts";

const leaveOut =
  "mend the file, or source: { csv: { bad_lines: leave_out } } in churn.yaml leaves such lines out and counts them";
const encodings = "source: { csv: { encoding: … } } in churn.yaml: utf-8, utf-16, latin-1 or windows-1252";
const noHeader =
  "source: { csv: { header: false } } in churn.yaml calls the columns column0, column1, …; source.query can rename them";
const latin = (text: string) => Buffer.from(text, "latin1");

test.for<[content: string | Buffer, message: string, hint: string, CsvAsked["csv"]?]>([
  ["id,a\n1,2\n3\n", "line 3: 1 field instead of 2", leaveOut],
  ["id,a\n1,2\n3,4,5\n\n6\n", "line 3: 3 fields instead of 2; 2 lines are no rows", leaveOut],
  ['id,a\n1,"x\ny"\n3,"x"y\n', "line 4, column 6: text behind a closing quote", leaveOut],
  ["id,a\n1,2\nid,a\n3,4\n", "line 3: the header once more", leaveOut],
  ["id,a\n1,2\n3,ö\r4\n", "line 3, column 4: a carriage return (\\r) in the midst of the line", leaveOut],
  ["id,a\r1,2\r3,4\n5\r", "line 3, column 4: a carriage return (\\r) in the midst of the line", leaveOut],
  [
    'id,a\n1,ö\n2,ö"\n3,"x\n4,y\n',
    "line 4, column 3: a quote is opened that never closes",
    'is a quote missing? source: { csv: { quote: "" } } in churn.yaml reads files in which nothing is quoted',
  ],
  // Bytes that are no character of any encoding that the file may have.
  [
    Buffer.concat([Buffer.from("id,a\n1,ü"), latin("ü\n")]),
    "line 2, column 4: the byte 0xfc is no UTF-8; the rest of the file is",
    encodings,
  ],
  [latin("id,a\n1,f\xfcr\n2,\x81\n"), "line 3, column 3: the byte 0x81 is no windows-1252", encodings],
  [latin("id,a\n1,f\xfcr\n"), "line 2, column 4: the byte 0xfc is no UTF-8", encodings, { encoding: "UTF8" }],
  [
    latin("id,a\n1,\x80\n"),
    "line 2, column 3: the byte 0x80 is no latin-1; windows-1252 has a character there, maybe",
    encodings,
    { encoding: "iso-8859-1" },
  ],
  [
    Buffer.from("\ufeffid,a\n1,ü\n2,x\ud800y\n", "utf16le"),
    "line 3, column 4: half a character of UTF-16",
    "source.csv.encoding in churn.yaml names another encoding",
  ],
  // What stands before the header, or instead of it.
  [
    "Report of November\n\nid;a\n1;2\n",
    "the header with id is line 3",
    "source: { csv: { skip: 2 } } in churn.yaml passes over the lines before it",
  ],
  [
    "sep=;\nid;a\n1;2\n",
    "the header with id is line 2",
    "source: { csv: { skip: 1 } } in churn.yaml passes over the line before it",
  ],
  ["1,gold,3.5\n2,free,4\n", "the first line is no header with id: 1, gold, 3.5", noHeader],
])("%j: %s", async ([content, message, hint, csv], { root }) => {
  await writeFile(join(root, "c.csv"), content);
  const place = message.startsWith("line") ? `, ${message}` : `: ${message}`;
  await expect(readCsv(root, { csv })).rejects.toMatchObject({
    exitCode: 2,
    message: `source.url: c.csv${place}`,
    hint,
  });
});

const later = "run it again once it is written";
const cut = [
  "is the file still being written? run it again once it is whole",
  "source: { csv: { last_line_end: optional } } in churn.yaml, where the last line never has an end",
].join("\n");

test.for<[content: string | Buffer, message: string, hint: string]>([
  ["", "c.csv is empty", later],
  ["\n\n", "c.csv is empty", later],
  [Buffer.from("\ufeff"), "c.csv is empty", later],
  ["id,a", "c.csv: the last line has no end, so its last value may be cut", cut],
  ["id,a\n1,456\n2,45", "c.csv: the last line has no end, so its last value may be cut", cut],
  ["id,a\n1,456\n2,", "c.csv: the last line has no end, so its last value may be cut", cut],
  ["id,a\n1,456\n2", "c.csv: the last line has no end, so its last value may be cut", cut],
  ['id,a\n1,456\n2,"x', "c.csv: the last line has no end, so its last value may be cut", cut],
  ["id,a\r\n1,456\r\n2,45\r", "c.csv: the last line has no end, so its last value may be cut", cut],
  [Buffer.from("id,a\n1,ü\n2,ü").subarray(0, -1), "c.csv: the last line has no end, so its last value may be cut", cut],
  [
    Buffer.from("\ufeffid,a\n1,2\n", "utf16le").subarray(0, -1),
    "c.csv ends in the midst of a character",
    "is it still being written? run it again once it is whole",
  ],
  [gzipSync(`id,a\n${"1,2\n".repeat(1000)}`).subarray(0, -9), "c.csv is not whole: its end is missing", later],
])("%j is still being written", async ([content, message, hint], { root }) => {
  await writeFile(join(root, "c.csv"), content);
  await expect(readCsv(root)).rejects.toMatchObject({ exitCode: 75, message: `source.url: ${message}`, hint });
});

const labels = (last: string, count = 150) =>
  `id,a\n${Array.from({ length: count }, (_, index) => `${index},${["Yes", "No"][index % 2]}\n`).join("")}999,${last}`;

test.for<[content: string, rows: number, CsvAsked["csv"]?]>([
  ['id,a\n1,456\n2,"45"', 2],
  [labels("No"), 151],
  [labels("Yes"), 151],
  ["id,a\n1,456\n2,45", 2, { last_line_end: "optional" }],
  ["id,a\n1,456\n# all", 1, { comment: "#" }],
  ["id,a\n1,456\n  ", 1],
])("the last line of %j is whole", async ([content, rows, csv], { root }) => {
  await writeFile(join(root, "c.csv"), content);
  expect((await readCsv(root, { csv })).lines.rows).toBe(rows);
});

test.for([labels("Ye"), labels("N"), labels("No", 50), labels("Maybe"), `${labels("Yes")}\n1,Yes or no\n2,Yes`])(
  "the last line of a file of labels may be cut all the same",
  async (content, { root }) => {
    await writeFile(join(root, "c.csv"), content);
    await expect(readCsv(root)).rejects.toMatchObject({ exitCode: 75 });
  },
);

test.for<[content: string | Buffer, CsvAsked, rows: readonly (string | null)[][], read: object]>([
  [
    "id,x\n#1,a\n#2,b\n",
    {},
    [
      ["#1", "a"],
      ["#2", "b"],
    ],
    { delimiter: ",", encoding: null },
  ],
  ["# of today\nid,x\n1,a\n#2,b\n", { csv: { comment: "#" } }, [["1", "a"]], {}],
  ['Report\n"of today\nid,x\n1,a\n', { csv: { skip: 2 } }, [["1", "a"]], {}],
  [
    "1;a\n2;b\n",
    { csv: { header: false }, dataset: { id: "column0" } },
    [
      ["1", "a"],
      ["2", "b"],
    ],
    { delimiter: ";" },
  ],
  [
    "id|x\n1|it's\n2|'a|b'\n",
    { csv: { quote: "'" } },
    [
      ["1", "it's"],
      ["2", "a|b"],
    ],
    {},
  ],
  [
    'id,x\n1,"a\n2,b"\n',
    { csv: { quote: "" } },
    [
      ["1", '"a'],
      ["2", 'b"'],
    ],
    { escape: null },
  ],
  [
    'id,x\n1,"say \\"a\\", b"\n2,"c:\\\\"\n',
    {},
    [
      ["1", 'say "a", b'],
      ["2", "c:\\"],
    ],
    { escape: "\\" },
  ],
  [
    'id,x\n1,"say ""a"", b"\n2,"c:\\"\n',
    {},
    [
      ["1", 'say "a", b'],
      ["2", "c:\\"],
    ],
    { escape: '"' },
  ],
  ['id,x\n1,"c:\\"\n', {}, [["1", "c:\\"]], { escape: null }],
  ['id,x\n1,"a\\"b"\n', { csv: { escape: "\\" } }, [["1", 'a"b']], { escape: "\\" }],
  [
    'id, x \n1, a\n2,"b" \n',
    {},
    [
      ["1", " a"],
      ["2", "b"],
    ],
    {},
  ],
  ["\ufeffid,x\n1,a\n", {}, [["1", "a"]], { encoding: "utf-8" }],
  [
    latin("id,x\n1,f\xfcr\n2,\x80 \x93a\x94\n"),
    {},
    [
      ["1", "für"],
      ["2", "€ “a”"],
    ],
    { encoding: "windows-1252" },
  ],
  [latin("id,x\n1,f\xfcr\n"), { csv: { encoding: "latin1" } }, [["1", "für"]], { encoding: "latin-1" }],
  [Buffer.from("id,x\n1,für\n", "utf16le"), {}, [["1", "für"]], { encoding: "utf-16" }],
  [Buffer.from("id,x\n1,für\n", "utf16le").swap16(), {}, [["1", "für"]], { encoding: "utf-16" }],
  [
    "id,x\r\n1,a\n2,b\r\n\r\n",
    {},
    [
      ["1", "a"],
      ["2", "b"],
    ],
    {},
  ],
  ["id;x\n1;2,5\n", {}, [["1", "2.5"]], { delimiter: ";" }],
  ["id,x,\n1,a,\n", {}, [["1", "a"]], {}],
])("%j with %j", async ([content, asked, rows, read], { root }) => {
  await writeFile(join(root, "c.csv"), content);
  const found = await readCsv(root, { ...asked, text: ["id", "column0"] });
  expect(found.rows.map((row) => Object.values(row).slice(0, 2))).toEqual(rows);
  expect(found.read).toMatchObject(read);
  expect(found.lines.rows).toBe(rows.length);
});

test("all lines of a file are accounted for", async ({ root }) => {
  const text = 'of today\nfor all\n\nid,x\n# one\n1,"a\nb"\n   \n2,c,d\n3,\n\n4,"e"f\n';
  await writeFile(join(root, "c.csv"), text);
  const { lines, rows } = await readCsv(root, { csv: { skip: 2, comment: "#", bad_lines: "leave_out" } });
  expect(rows).toHaveLength(2);
  expect(lines).toEqual({ rows: 2, header: 1, skipped: 2, blank: 3, comments: 1, bad: 2 });
  // Line ends outside quotes: all but the one in the first text.
  expect(Object.values(lines).reduce((sum, count) => sum + count, 0)).toBe(text.split("\n").length - 2);
});

test("of what stands between fields the earlier night decides where the file doesn't", async ({ root }) => {
  await writeFile(join(root, "c.csv"), "id,a;id2,b\n1,2;3,4\n");
  const earlier = { encoding: null, delimiter: ";", escape: null, decimals: {}, date_formats: {} };
  expect(Object.keys((await readCsv(root, { dataset: { id: "nr" }, earlier })).types)).toEqual(["id,a", "id2,b"]);
  expect(Object.keys((await readCsv(root, { dataset: { id: "id" }, earlier })).types)).toEqual(["id", "a;id2", "b"]);
});
