import { expect, test } from "vitest";
import { decide, decideNamed, needsDistinct, type Question } from "../../src/lib/source/decide.ts";
import type { ColumnKind, DecidedColumn, UnusedReason } from "../../src/lib/source/kinds.ts";

const plain = { hasValues: true, fits: true, exact: true, spansRows: false };
const empty = { ...plain, hasValues: false, exact: false };

/** What is asked of a column x that is like all others, with what a test says otherwise. */
function question(type: string, change: Partial<Question> = {}): Question {
  return {
    name: "x",
    type,
    override: undefined,
    earlier: undefined,
    index: false,
    facts: plain,
    distinct: undefined,
    ...change,
  };
}

function before(kind: ColumnKind | null, type: string, unused: UnusedReason | null = null): Partial<Question> {
  const earlier: DecidedColumn = { name: "x", type, kind, unused };
  return { earlier };
}

function decided(type: string, change: Partial<Question> = {}): string {
  const { kind, unused, form } = decide(question(type, change));
  return `${kind} ${form.type}${unused === null ? "" : `, ${unused}`}`;
}

test.each([
  ["TINYINT", "numeric BIGINT"],
  ["DOUBLE", "numeric DOUBLE"],
  ["BOOLEAN", "boolean BOOLEAN"],
  ["DATE", "date DATE, date"],
  ["TIMESTAMP WITH TIME ZONE", "date TIMESTAMP, date"],
  ["VARCHAR", "categorical VARCHAR"],
  ["ENUM('a', 'b')", "categorical VARCHAR"],
  ["UUID", "categorical VARCHAR"],
  ["INTEGER[]", "ignore VARCHAR, unknown type"],
  ["STRUCT(a INTEGER)", "ignore VARCHAR, unknown type"],
  ["BLOB", "ignore VARCHAR, unknown type"],
  ["TIME", "ignore VARCHAR, unknown type"],
])("without a word from anybody a column of type %s is %s", (type, expected) => {
  expect(decided(type)).toBe(expected);
});

test.each([
  [201, 101, "ignore VARCHAR, unique text"],
  [202, 101, "categorical VARCHAR"],
  [100, 100, "categorical VARCHAR"],
  [101, 101, "ignore VARCHAR, unique text"],
  [20_000, 10_000, "categorical VARCHAR"],
  [20_000, 10_001, "ignore VARCHAR, unique text"],
])("of %i texts %i differ: %s", (values, distinct, expected) => {
  expect(decided("VARCHAR", { distinct: { values, distinct } })).toBe(expected);
  expect(decided("UUID", { distinct: { values, distinct } })).toBe(expected);
});

const unique = { distinct: { values: 1000, distinct: 1000 } };

test("unique text is a category where dataset.types or an earlier night says so", () => {
  expect(decided("VARCHAR", { ...unique, override: "categorical" })).toBe("categorical VARCHAR");
  expect(decided("VARCHAR", { ...unique, ...before("categorical", "VARCHAR") })).toBe("categorical VARCHAR");
});

test("what was unique text once stays unused, though its texts repeat today", () => {
  const today = { distinct: { values: 1000, distinct: 3 } };
  expect(decided("VARCHAR", { ...today, ...before("ignore", "VARCHAR", "unique text") })).toBe(
    "ignore VARCHAR, unique text",
  );
});

test.each([
  ["__index_level_0__", "BIGINT"],
  ["__index_level_12__", "VARCHAR"],
  ["Unnamed: 0", "BIGINT"],
  ["", "BIGINT"],
])("a column called %j is an index, whatever an earlier night called it", (name, type) => {
  expect(decide(question(type, { name, ...before("numeric", "BIGINT") }))).toMatchObject({
    kind: "ignore",
    unused: "index",
  });
  expect(decide(question(type, { name, override: "categorical" }))).toMatchObject({
    kind: "categorical",
    unused: null,
  });
});

test("a column that its file calls an index is one", () => {
  expect(decided("BIGINT", { index: true })).toBe("ignore BIGINT, index");
  expect(decided("BIGINT", { index: true, override: "numeric" })).toBe("numeric BIGINT");
});

const rowNumbers = { facts: { ...plain, spansRows: true }, distinct: { values: 1000, distinct: 1000 } };

test("a column that numbers the rows is an index, unless dataset.types says otherwise", () => {
  expect(decided("BIGINT", rowNumbers)).toBe("ignore BIGINT, index");
  expect(decided("BIGINT", { ...rowNumbers, ...before("numeric", "BIGINT") })).toBe("ignore BIGINT, index");
  expect(decided("BIGINT", { ...rowNumbers, override: "numeric" })).toBe("numeric BIGINT");
  expect(decided("BIGINT", { ...rowNumbers, override: "categorical" })).toBe("categorical VARCHAR");
  expect(decided("BIGINT", { ...rowNumbers, ...before("categorical", "VARCHAR") })).toBe("categorical VARCHAR");
});

test("numbers that come twice, or number a hundred rows, are numbers", () => {
  expect(decided("BIGINT", { ...rowNumbers, distinct: { values: 1000, distinct: 999 } })).toBe("numeric BIGINT");
  expect(decided("BIGINT", { ...rowNumbers, distinct: { values: 100, distinct: 100 } })).toBe("numeric BIGINT");
  expect(decided("BIGINT", { ...rowNumbers, distinct: { values: 101, distinct: 101 } })).toBe("ignore BIGINT, index");
});

test("an index stays one on a night whose rows it doesn't number", () => {
  expect(decided("BIGINT", before("ignore", "BIGINT", "index"))).toBe("ignore BIGINT, index");
  expect(decided("DOUBLE", before("ignore", "BIGINT", "index"))).toBe("ignore DOUBLE, index");
});

test.each([
  ["numeric", "BIGINT", "HUGEINT", "numeric BIGINT"],
  ["numeric", "VARCHAR", "DECIMAL(9,2)", "numeric DOUBLE"],
  ["categorical", "VARCHAR", "BIGINT", "categorical VARCHAR"],
  ["categorical", "VARCHAR", "DOUBLE", "categorical VARCHAR"],
  ["categorical", "VARCHAR", "UUID", "categorical VARCHAR"],
  ["boolean", "BOOLEAN", "BOOLEAN", "boolean BOOLEAN"],
  ["date", "DATE", "TIMESTAMP", "date TIMESTAMP, date"],
] as const)("what was %s (%s) is that too as %s", (kind, was, type, expected) => {
  expect(decided(type, before(kind, was))).toBe(expected);
});

test.each([
  ["numeric", "BIGINT", "VARCHAR", "categorical VARCHAR"],
  ["numeric", "BIGINT", "BOOLEAN", "boolean BOOLEAN"],
  ["categorical", "VARCHAR", "BOOLEAN", "boolean BOOLEAN"],
  ["categorical", "VARCHAR", "DATE", "date DATE, date"],
  ["boolean", "BOOLEAN", "BIGINT", "numeric BIGINT"],
  ["date", "DATE", "VARCHAR", "categorical VARCHAR"],
  ["date", "DATE", "BIGINT[]", "ignore VARCHAR, unknown type"],
] as const)("what was %s (%s) can't be that as %s, so its values decide", (kind, was, type, expected) => {
  expect(decided(type, before(kind, was))).toBe(expected);
});

test("what was unknown, unique or an index is decided by its values where they are of another sort today", () => {
  expect(decided("BIGINT", before("ignore", "VARCHAR", "unknown type"))).toBe("numeric BIGINT");
  expect(decided("BIGINT", before("ignore", "VARCHAR", "unique text"))).toBe("numeric BIGINT");
  expect(decided("VARCHAR", before("ignore", "BIGINT", "index"))).toBe("categorical VARCHAR");
});

test("dataset.types has the last word, and what it said ends with it", () => {
  expect(decided("BIGINT", { override: "ignore", ...before("numeric", "BIGINT") })).toBe(
    "ignore BIGINT, dataset.types",
  );
  expect(decided("BIGINT", { override: "boolean", ...before("numeric", "BIGINT") })).toBe("boolean BOOLEAN");
  expect(decided("BIGINT", before("ignore", "BIGINT", "dataset.types"))).toBe("numeric BIGINT");
  expect(() => decided("DATE", { override: "numeric" })).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "dataset.types.x: a column of type DATE can't be read as numeric",
    }),
  );
});

test("a column without a value has no kind yet, and takes the earlier one where there is one", () => {
  const none = { facts: empty };
  expect(decided("VARCHAR", none)).toBe("null VARCHAR, no values");
  expect(decided("INTEGER", { ...none, ...before(null, "VARCHAR", "no values") })).toBe("null BIGINT, no values");
  expect(decided("VARCHAR", { ...none, ...before("numeric", "BIGINT") })).toBe("numeric BIGINT");
  expect(decided("INTEGER", { ...none, ...before("date", "DATE", "date") })).toBe("date DATE, date");
  expect(decided("INTEGER", { ...none, ...before("ignore", "VARCHAR", "unique text") })).toBe(
    "ignore VARCHAR, unique text",
  );
  expect(decided("INTEGER", { ...none, ...before("ignore", "VARCHAR", "dataset.types") })).toBe(
    "null BIGINT, no values",
  );
  expect(decided("VARCHAR", { ...none, override: "numeric" })).toBe("numeric DOUBLE");
});

test("numbers keep their type from night to night where each is the same in it", () => {
  expect(decided("DOUBLE", before("numeric", "BIGINT"))).toBe("numeric BIGINT");
  expect(decided("BIGINT", before("numeric", "DOUBLE"))).toBe("numeric DOUBLE");
  const inexact = { facts: { ...plain, exact: false } };
  expect(decided("DOUBLE", { ...inexact, ...before("numeric", "BIGINT") })).toBe("numeric DOUBLE");
  expect(decided("BIGINT", { ...inexact, ...before("numeric", "DOUBLE") })).toBe("numeric BIGINT");
  expect(decided("DOUBLE", { override: "numeric", ...before("numeric", "BIGINT") })).toBe("numeric BIGINT");
  expect(decided("VARCHAR", { override: "numeric", ...before("numeric", "BIGINT"), facts: inexact.facts })).toBe(
    "numeric DOUBLE",
  );
});

test("only what the values decide has its different ones counted", () => {
  const asks = (type: string, change: Partial<Question> = {}) => needsDistinct(question(type, change));
  expect(asks("VARCHAR")).toBe(true);
  expect(asks("VARCHAR", before(null, "VARCHAR"))).toBe(true);
  expect(asks("VARCHAR", before("numeric", "BIGINT"))).toBe(true);
  expect(asks("VARCHAR", before("categorical", "VARCHAR"))).toBe(false);
  expect(asks("VARCHAR", before("ignore", "VARCHAR", "unique text"))).toBe(false);
  expect(asks("VARCHAR", { override: "categorical" })).toBe(false);
  expect(asks("BIGINT")).toBe(false);
  expect(asks("BIGINT", { facts: { ...plain, spansRows: true } })).toBe(true);
  expect(asks("BIGINT", { facts: { ...plain, spansRows: true }, name: "__index_level_0__" })).toBe(false);
  expect(asks("DATE")).toBe(false);
});

test("the id, the target and the date are what they are every night", () => {
  const named = (role: "id" | "target" | "date", type: string, change: Partial<Question> = {}) => {
    const { kind, unused, form } = decideNamed(role, question(type, change));
    return [kind, unused, form.type];
  };
  expect(named("id", "VARCHAR", before("numeric", "BIGINT"))).toEqual(["categorical", null, "VARCHAR"]);
  expect(named("id", "BIGINT", before("categorical", "VARCHAR"))).toEqual(["numeric", null, "BIGINT"]);
  expect(named("id", "BIGINT", { override: "categorical" })).toEqual(["categorical", null, "VARCHAR"]);
  expect(named("target", "DOUBLE", before("numeric", "BIGINT"))).toEqual(["numeric", null, "BIGINT"]);
  expect(named("target", "BOOLEAN")).toEqual(["boolean", null, "BOOLEAN"]);
  expect(named("date", "VARCHAR")).toEqual(["date", null, "VARCHAR"]);
  expect(named("date", "DATE", { facts: empty })).toEqual(["date", null, "DATE"]);
  expect(named("target", "INTEGER", { facts: empty })).toEqual([null, null, "BIGINT"]);
});

test("floats that are whole are ids as integers, others stay floats", () => {
  expect(decideNamed("id", question("DOUBLE")).form.type).toBe("BIGINT");
  expect(decideNamed("id", question("DOUBLE", { facts: { ...plain, exact: false } })).form.type).toBe("DOUBLE");
});
