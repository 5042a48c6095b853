import { describe, expect, test } from "vitest";
import { propose } from "../../src/lib/init/propose.ts";
import type { CatalogueColumn } from "../../src/lib/source/catalogue.ts";

/** A column of which a catalogue says hardly anything. */
function column(name: string, family: CatalogueColumn["family"], more: Partial<CatalogueColumn> = {}): CatalogueColumn {
  return {
    name,
    type: family.toUpperCase(),
    family,
    nullable: false,
    nullShare: undefined,
    distinct: undefined,
    key: undefined,
    indexed: undefined,
    comment: undefined,
    values: undefined,
    ...more,
  };
}

const id = column("customer_id", "integer", { key: "primary", distinct: 1000 });
const day = column("snapshot_date", "date", { distinct: 7 });
const label = column("churned", "boolean", { distinct: 2 });
const from = (rows: number | undefined, ...columns: CatalogueColumn[]) => propose({ rows, columns }, "customers");

describe("the id", () => {
  test("is the primary key, or what is left of one with the day in it", () => {
    expect(from(1000, id, label).id).toMatchObject({ value: "customer_id", isQuestion: false });
    const part = (of: CatalogueColumn) => ({ ...of, key: "part" as const });
    const both = from(7000, part(day), part(id), label);
    expect(both.id).toMatchObject({ value: "customer_id", isQuestion: false });
    expect(both.date).toMatchObject({ value: "snapshot_date", isQuestion: false });
  });

  test("is the one of several unique columns that is called so", () => {
    const unique = (name: string) => column(name, "text", { key: "unique" });
    expect(from(50, unique("contract"), unique("customerId"), label).id.value).toBe("customerId");
    expect(from(50, unique("account_id"), unique("customer_id"), label).id).toEqual({
      value: "CHANGE",
      remark: "which is the customer's id? unique: account_id (TEXT), customer_id (TEXT)",
      isQuestion: true,
    });
  });

  test("is not a number of rows, which no two days share", () => {
    const rowId = { ...id, name: "id", distinct: 7000 };
    const customer = column("customer_id", "integer", { distinct: 1000 });
    expect(from(7000, rowId, customer, day, label).id).toMatchObject({
      value: "CHANGE",
      remark:
        "which is the customer's id? unique: id (INTEGER), which no two days share; called like one: customer_id (INTEGER)",
    });
    const daily = { ...customer, key: "daily" as const };
    expect(from(7000, { ...rowId, key: "unique" }, daily, day, label).id).toMatchObject({
      value: "customer_id",
      isQuestion: false,
    });
  });

  test("is asked where nothing is unique", () => {
    expect(from(9, column("plan", "text", { distinct: 3 }), label).id).toMatchObject({
      value: "CHANGE",
      isQuestion: true,
    });
    // A view has no keys.
    expect(from(undefined, column("customer_id", "uuid"), label).id.remark).toBe(
      "which is the customer's id? no column is known to be unique and without nulls; called like one: customer_id (UUID)",
    );
  });
});

describe("the day", () => {
  test("is null where no column is a date", () => {
    expect(from(1000, id, label).date).toMatchObject({ value: null, isQuestion: false });
  });

  test("has few different values, which a customer's own date has not", () => {
    const signup = column("signup_date", "date", { distinct: 2000 });
    expect(from(49_301, id, signup, day, label).date).toMatchObject({
      value: "snapshot_date",
      remark: "DATE, 7 different",
    });
    expect(from(49_301, id, signup, label).date).toMatchObject({ value: "CHANGE", isQuestion: true });
    const nullable = { ...day, nullable: true, nullShare: 0.1 };
    expect(from(49_301, id, nullable, label).date).toMatchObject({ value: "CHANGE" });
  });

  test("is asked between two, unless one is called so", () => {
    const other = column("billed_on", "date", { distinct: 12 });
    expect(from(49_301, id, day, other, label).date.value).toBe("snapshot_date");
    expect(from(49_301, id, other, { ...other, name: "paid_on" }, label).date.remark).toBe(
      "which is the day that a row describes? billed_on (DATE), paid_on (DATE); null when the table has only today's state",
    );
  });

  test("of a small table is the one that is called so", () => {
    expect(from(20, id, day, label).date.value).toBe("snapshot_date");
    expect(from(7, id, day, label).date.value).toBe("CHANGE");
  });

  test("of a server that hasn't counted it is the one that is called so, where it is part of the key", () => {
    const unknown = { ...day, distinct: undefined };
    const joined = column("joined", "date", { key: "part" });
    expect(from(7000, id, { ...unknown, key: "part" }, label).date).toMatchObject({
      value: "snapshot_date",
      isQuestion: false,
    });
    expect(from(7000, id, unknown, label).date.value).toBe("CHANGE");
    expect(from(7000, id, joined, label).date.value).toBe("CHANGE");
  });
});

describe("the label", () => {
  const text = (name: string, values?: [string, string]) => column(name, "text", { distinct: 2, values });

  test.each<[CatalogueColumn, unknown]>([
    [label, true],
    [text("churn", ["No", "Yes"]), "Yes"],
    [column("churn", "integer", { distinct: 2, values: ["0", "1"] }), 1],
    [text("churn", ["0", "1"]), "1"],
  ])("has two values, of which one says yes: %o", (of, positive) => {
    const { target, positive: found } = from(1000, id, of);
    expect(target).toMatchObject({ value: of.name, isQuestion: false });
    expect(found).toMatchObject({ value: positive, isQuestion: false });
  });

  test("has a value that is asked where neither says yes, or they aren't known", () => {
    const { target, positive } = from(1000, id, text("churn", ["gone", "here"]));
    expect(target).toEqual({
      value: "CHANGE",
      remark: "which value of churn (TEXT) says that a customer left? gone or here",
      isQuestion: true,
    });
    expect(positive.value).toBe("CHANGE");
    expect(from(1000, id, column("churn", "text")).target.isQuestion).toBe(true);
    expect(from(1000, id, text("churn", ["1", "yes"])).target.isQuestion).toBe(true);
  });

  test("is asked where two are called so, or none", () => {
    const active = text("active", ["no", "yes"]);
    expect(from(1000, id, active).target).toMatchObject({ value: "CHANGE", isQuestion: true });
    expect(from(1000, id, label, { ...label, name: "churn_2025" }).target.remark).toBe(
      "which column says who left, and by which value? of two values: churned (BOOLEAN), churn_2025 (BOOLEAN)",
    );
    expect(from(1000, id).target.remark).toMatch(/no column has two values$/);
  });
});

test("an index is advised where the day has none and a large table would be read as a whole for it", () => {
  const advice = (rows: number | undefined, indexed: boolean | undefined) =>
    from(rows, { ...id, key: "part" }, { ...day, indexed }, label).advice;
  expect(advice(1_000_000, false)).toEqual([
    "an index on customers (snapshot_date) would help: without one the server reads the whole table for each day",
  ]);
  for (const [rows, indexed] of [
    [1_000_000, true],
    [1_000_000, undefined],
    [5000, false],
  ] as const)
    expect(advice(rows, indexed)).toEqual([]);
});

test("columns that may be about persons are asked about, those that have a role aside", () => {
  const texts = ["first_name", "EMail", "plan", "street"].map((name) => column(name, "text"));
  expect(from(1000, id, label, ...texts).personal).toEqual(["first_name", "EMail", "street"]);
});

test("what the database's people say of a column is handed on", () => {
  expect(from(1000, { ...id, comment: "as in the CRM" }, label).id.remark).toBe(
    "INTEGER, the primary key: as in the CRM",
  );
});
