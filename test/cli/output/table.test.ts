import { Chalk } from "chalk";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Column, tabulate } from "../../../src/lib/cli/output/table.ts";

interface Fruit {
  readonly name: string;
  readonly count: number;
  readonly note: string;
}

const fruits: readonly Fruit[] = [
  { name: "fig", count: 5, note: "" },
  { name: "banana", count: 1200, note: "ripe" },
];
const name: Column<Fruit> = { title: "fruit", cell: (fruit) => fruit.name };
const count: Column<Fruit> = { title: "count", align: "right", cell: (fruit) => String(fruit.count) };
const note: Column<Fruit> = { cell: (fruit) => fruit.note };

test("a column is as wide as the widest in it, texts to the left, numbers to the right, nothing behind the last", () => {
  expect(tabulate(fruits, [name, count, note], { gap: 2 })).toEqual({
    header: "fruit   count",
    lines: ["fig         5", "banana   1200  ripe"],
  });
});

test("a title that is wider than every cell widens its column", () => {
  const titled = { ...count, title: "how many" };
  expect(tabulate(fruits, [titled, { ...name, title: "" }], { gap: 1 })).toEqual({
    header: "how many",
    lines: ["       5 fig", "    1200 banana"],
  });
});

test("gap and indent are so many blanks", () => {
  const { header, lines } = tabulate(fruits, [name, note], { gap: 3, indent: 4 });
  expect(header).toBe("    fruit");
  expect(lines).toEqual(["    fig", "    banana   ripe"]);
});

test("a column may have a width that it doesn't go below", () => {
  const cells = (minWidth: number) => tabulate(fruits, [{ ...name, minWidth }, count], { gap: 1 }).lines;
  expect(cells(8)).toEqual(["fig          5", "banana    1200"]);
  expect(cells(6)).toEqual(["fig        5", "banana  1200"]);
  expect(cells(5)).toEqual(cells(6));
});

test("a row with nothing in it is an empty line", () => {
  expect(tabulate([{ name: "", count: 0, note: "" }], [name, note], { gap: 2, indent: 2 }).lines).toEqual([""]);
});

test("without rows there is the header alone", () => {
  expect(tabulate([], [name, count], { gap: 2 })).toEqual({ header: "fruit  count", lines: [] });
});

test("letters of any script count as one, colours as none", () => {
  const { red, green } = new Chalk({ level: 1 });
  const rows = [
    { name: "Äpfel 👋", count: 1, note: "a" },
    { name: "a", count: 22, note: "" },
  ];
  const painted = { ...name, paint: (cell: string, row: Fruit) => (row.count > 1 ? red(cell) : green(cell)) };
  expect(tabulate(rows, [painted, { ...count, paint: (cell) => red(cell) }, note], { gap: 1 }).lines).toEqual([
    `${green("Äpfel 👋")}     ${red("1")} a`,
    `${red("a")}          ${red("22")}`,
  ]);
});

test("every cell can be read back from where its column stands", () => {
  const text = fc.stringMatching(/^[a-z]{0,9}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text, text), { minLength: 1 }), (rows) => {
      const columns: Column<readonly string[]>[] = [
        { cell: ([first = ""]) => first },
        { cell: ([, second = ""]) => second, align: "right" },
        { cell: ([, , third = ""]) => third },
      ];
      const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
      const [first = 0, second = 0] = widths;
      const { lines } = tabulate(rows, columns, { gap: 1 });
      expect(
        lines.map((line) =>
          [line.slice(0, first), line.slice(first + 1, first + 1 + second), line.slice(first + second + 2)].map(
            (cell) => cell.trim(),
          ),
        ),
      ).toEqual(rows);
      for (const line of lines) expect(line).toBe(line.trimEnd());
    }),
  );
});
