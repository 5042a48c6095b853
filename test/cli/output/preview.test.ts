import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { previewLines } from "../../../src/lib/cli/output/preview.ts";
import type { PreviewedCustomer } from "../../../src/lib/prepare/preview.ts";

const plain = new Chalk({ level: 0 });
const customer: PreviewedCustomer = {
  id: "C1",
  side: "test",
  raw: { months: 3, plan: "gold" },
  derived: { "per month": 10.5 },
  encoded: { plan_gold: 1, plan_silver: 0 },
};

function lines(customers: readonly PreviewedCustomer[], columns = 80): string[] {
  return previewLines({ customers }, { chalk: plain, columns });
}

test("a customer's block has raw, derived and those encoded columns that are not 0", () => {
  expect(lines([customer])).toEqual([
    "C1   test side",
    "  raw       months      3",
    "            plan        gold",
    "  derived   per month   10.5",
    "  encoded   plan_gold   1",
  ]);
});

test("an empty line stands between two customers, each with its own widths", () => {
  const second = { id: 2, side: "train", raw: { m: false }, derived: {}, encoded: {} } as const;
  expect(lines([{ ...customer, derived: {}, encoded: {} }, second])).toEqual([
    "C1   test side",
    "  raw       months   3",
    "            plan     gold",
    "",
    "2   train side",
    "  raw       m   false",
  ]);
});

test("texts that would look like nothing stand in quotes", () => {
  const raw = { empty: "", blank: " ", inner: "a b", null: null };
  expect(lines([{ ...customer, raw, derived: {}, encoded: {} }])).toEqual([
    "C1   test side",
    '  raw       empty   ""',
    '            blank   " "',
    "            inner   a b",
    "            null    null",
  ]);
});

test("names have at most half of the line, values what is left; what is longer is cut", () => {
  const raw = { ["n".repeat(31)]: "v".repeat(16), ["n".repeat(30)]: "v".repeat(15), a: "👋".repeat(16) };
  expect(lines([{ ...customer, raw, derived: {}, encoded: {} }], 60)).toEqual([
    "C1   test side",
    `  raw       ${"n".repeat(29)}…   ${"v".repeat(14)}…`,
    `            ${"n".repeat(30)}   ${"v".repeat(15)}`,
    `            a${" ".repeat(29)}   ${"👋".repeat(14)}…`,
  ]);
});

test("control characters of names and values are shown as such", () => {
  expect(lines([{ id: "a\r", side: "train", raw: { "b\n": "c\u001b[2Jd" }, derived: {}, encoded: {} }])).toEqual([
    "a�   train side",
    "  raw       b�   c�[2Jd",
  ]);
});

test("what has no value is dim, and so is the kind of column", () => {
  const colour = new Chalk({ level: 1 });
  const [head, ...rows] = previewLines(
    { customers: [{ ...customer, raw: { plan: null, months: 3 }, derived: {}, encoded: {} }] },
    { chalk: colour, columns: 80 },
  );
  expect(head).toBe(`${colour.bold("C1")}   test side`);
  expect(rows).toEqual([`  ${colour.dim("raw")}       plan     ${colour.dim("null")}`, "            months   3"]);
});
