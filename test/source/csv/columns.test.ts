import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type CsvAsked, earlierFormat, readColumn, readCsv } from "../../support/csv-source.ts";
import { test } from "../../support/source-folder.ts";

const dates = (answer: string, other: string) =>
  `source: { csv: { date_format: "${answer}" } } in churn.yaml, or "${other}", says it`;
const decimal = 'source: { csv: { decimal: "." } } in churn.yaml, or ",", says it';

test.for<[values: readonly string[], question: string, hint: string, delimiter?: string]>([
  [
    ["2/2/2024", "11/02/2024"],
    "dates of x can be read in two ways: is 11/02/2024 (c.csv, line 3) %d/%m/%Y or %m/%d/%Y?",
    dates("%d/%m/%Y", "%m/%d/%Y"),
  ],
  [
    ["11-02-2024 9:30"],
    "dates of x can be read in two ways: is 11-02-2024 9:30 (c.csv, line 2) %d-%m-%Y or %m-%d-%Y?",
    dates("%d-%m-%Y", "%m-%d-%Y"),
  ],
  // Who writes a year in two digits may put it anywhere.
  [["25/12/24"], "dates of x can be read in two ways: is one %d/%m/%y or %y/%m/%d?", dates("%d/%m/%y", "%y/%m/%d")],
  [
    ["7", '"1,234"'],
    "numbers of x can be read in two ways: is the comma in 1,234 (c.csv, line 3) the decimal, or between thousands?",
    decimal,
    ",",
  ],
  [
    ["7", "1.234"],
    "numbers of x can be read in two ways: is the dot in 1.234 (c.csv, line 3) the decimal, or between thousands?",
    decimal,
    ";",
  ],
])("what can be read in two ways is asked for: %j", async ([values, question, hint, delimiter], { root }) => {
  await expect(readColumn(root, values, {}, delimiter)).rejects.toMatchObject({
    exitCode: 2,
    message: `source.url: ${question}`,
    hint,
  });
});

test("all questions are asked at once", async ({ root }) => {
  await writeFile(join(root, "c.csv"), 'id,a,b,c,churned\n1,1/2/2024,"1,000",3/4/2024,0\n');
  await expect(readCsv(root)).rejects.toMatchObject({
    message: [
      "source.url: dates of a can be read in two ways: is 1/2/2024 (c.csv, line 2) %d/%m/%Y or %m/%d/%Y?",
      "source.url: numbers of b can be read in two ways: is the comma in 1,000 (c.csv, line 2) the decimal, or between thousands?",
      "source.url: dates of c can be read in two ways: is 3/4/2024 (c.csv, line 2) %d/%m/%Y or %m/%d/%Y?",
    ].join("\n"),
    hint: [dates("%d/%m/%Y", "%m/%d/%Y"), decimal].join("\n"),
  });
});

test.for<[string, Partial<CsvAsked>, string | undefined]>([
  ["it never leaves the source", { dataset: { exclude: ["x"] } }, "VARCHAR"],
  ["it is a category", { dataset: { types: { x: "categorical" } }, text: ["id", "x"] }, "VARCHAR"],
  ["nobody uses it", { dataset: { types: { x: "ignore" } } }, "VARCHAR"],
  ["an earlier night has read it so", { earlier: earlierFormat({ date_formats: { x: "%m/%d/%Y" } }) }, "DATE"],
  ["churn.yaml says it", { csv: { date_format: "%m/%d/%Y" } }, "DATE"],
])("nothing is asked of a column where %s", async ([_, asked, type], { root }) => {
  const found = await readColumn(root, ["11/02/2024"], asked);
  expect(found.type).toBe(type);
  expect(found.values).toEqual([type === "DATE" ? "2024-11-02" : "11/02/2024"]);
  expect(found.warnings).toEqual([]);
});

test("an earlier night's reading is no answer for dates that are written in another way", async ({ root }) => {
  const earlier = earlierFormat({ date_formats: { x: "%m/%d/%Y" } });
  await expect(readColumn(root, ["11-02-2024"], { earlier })).rejects.toMatchObject({ exitCode: 2 });
  // What the values say themselves they mean, and that it is another reading is told.
  const found = await readColumn(root, ["25/12/2024", "11/02/2024"], { earlier });
  expect(found.values).toEqual(["2024-12-25", "2024-02-11"]);
  expect(found.changed).toEqual([{ what: "date_format of x", before: "%m/%d/%Y", now: "%d/%m/%Y" }]);
  expect(found.read.date_formats).toEqual({ x: "%d/%m/%Y" });
});

test("1.234 is a number as an earlier night has read it", async ({ root }) => {
  for (const [decimals, value] of [
    [".", "1.234"],
    [",", "1234"],
  ] as const) {
    const earlier = earlierFormat({ decimals: { x: decimals } });
    expect((await readColumn(root, ["1.234"], { earlier }, ";")).values).toEqual([value]);
  }
});

test("what one column leaves open others of the file decide", async ({ root }) => {
  const numbers = async (text: string) => {
    await writeFile(join(root, "c.csv"), text);
    return (await readCsv(root)).rows.map(({ a, b }) => [a, b]);
  };
  expect(await numbers('id,a,b\n1,"1,234",2.5\n')).toEqual([["1234", "2.5"]]);
  expect(await numbers("id;a;b\n1;1,234;2\n")).toEqual([["1.234", "2"]]);
  expect(await numbers("id;a;b\n1;1.234;2.5\n")).toEqual([["1.234", "2.5"]]);
  expect(await numbers('id,a,b\n1,"1,234","2,50"\n')).toEqual([["1.234", "2.5"]]);
  expect(await numbers("id|a|b\n1|1.234|7\n")).toEqual([["1.234", "7"]]);
  // Who writes 2,50 may mean a thousand by 1.234, or have it from another program.
  await expect(numbers("id;a;b\n1;1.234;2,50\n")).rejects.toMatchObject({ exitCode: 2 });
  await expect(numbers("id|a|b\n1|1,234|7\n")).rejects.toMatchObject({ exitCode: 2 });
});

test("what dataset.types wants is spelled so that it can be read, and the rest is as it is", async ({ root }) => {
  const read = async (kind: "numeric" | "date", values: readonly string[], csv?: CsvAsked["csv"]) => {
    const found = await readColumn(root, values, { dataset: { types: { x: kind } }, csv });
    expect(found.type).toBe("VARCHAR");
    return found.values;
  };
  expect(await read("numeric", ["1.234,50", "unbekannt", "7"])).toEqual(["1234.50", "unbekannt", "7"]);
  expect(await read("numeric", ["1,234.50", "unknown", "7"])).toEqual(["1234.50", "unknown", "7"]);
  expect(await read("numeric", ["1.5", "1,5", "7"])).toEqual(["1.5", "1,5", "7"]);
  expect(await read("date", ["25.12.2024", "bald"])).toEqual(["2024-12-25 00:00:00", "bald"]);
  expect(await read("date", ["5 Jan 2024", "soon"], { date_format: "%d %b %Y" })).toEqual([
    "2024-01-05 00:00:00",
    "soon",
  ]);
  await expect(read("date", ["11/02/2024", "soon"])).rejects.toMatchObject({ exitCode: 2 });
});

test("nulls are counted by column, words and empty values alike", async ({ root }) => {
  await writeFile(join(root, "c.csv"), "id,a,b,c\n1,NA,,-\n2,5,gold,x\n3,,NA,-\n");
  expect(await readCsv(root, { csv: { nulls: ["-"] } })).toMatchObject({ nulls: { a: 2, c: 2 } });
});

test("what is known of the format is carried on by nights that don't show it", async ({ root }) => {
  const earlier = earlierFormat({ encoding: "windows-1252", escape: "\\", decimals: { x: ",", gone: "," } });
  const { read, guessed, changed } = await readColumn(root, ["7"], { earlier });
  expect(read).toEqual({
    encoding: "windows-1252",
    delimiter: "|",
    escape: "\\",
    decimals: { x: ",", gone: "," },
    date_formats: {},
  });
  expect(guessed).toEqual(earlierFormat({ delimiter: "|" }));
  expect(changed).toEqual([]);
});

test("another format than before is told with both, unless churn.yaml says it", async ({ root }) => {
  const earlier = earlierFormat({ encoding: "utf-8", delimiter: ";", decimals: { x: "," } });
  const write = () => writeFile(join(root, "c.csv"), "id,name,x\n1,K\xf6ln,2.5\n", "latin1");
  await write();
  expect((await readCsv(root, { earlier })).changed).toEqual([
    { what: "encoding", before: "utf-8", now: "windows-1252" },
    { what: "delimiter", before: ";", now: "," },
    { what: "decimal of x", before: ",", now: "." },
  ]);
  const csv = { encoding: "cp1252", delimiter: ",", decimal: "." as const };
  expect(await readCsv(root, { earlier, csv })).toMatchObject({ changed: [], rows: [{ name: "Köln", x: "2.5" }] });
});
