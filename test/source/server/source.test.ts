import { expect, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { ServiceError, UnreachableError, UsageError } from "../../../src/lib/errors.ts";
import { chosen, type Server, type ServerColumn, serverSource } from "../../../src/lib/source/server/source.ts";
import type { SourceSession } from "../../../src/lib/source/source.ts";

const COLUMNS: readonly ServerColumn[] = [
  { name: "id", type: "INTEGER", declared: "INTEGER" },
  { name: "name", type: "VARCHAR", declared: "VARCHAR" },
];
const REQUEST = { date: "2026-11-23", text: [] };
const ALL = { columns: ["name", "id"], day: undefined };
const gone = () => new UnreachableError("the connection is gone");

/** What goes wrong in a transaction, by its number from 1. */
interface Course {
  readonly begin?: (nth: number) => Error | undefined;
  readonly write?: (nth: number) => Error | undefined;
  readonly newest?: (nth: number) => Error | undefined;
  readonly columns?: (nth: number) => readonly ServerColumn[];
}

/** A kind of server without a network: three rows, and errors by plan. What it was asked, and what is still open, is told. */
function serverOf({ begin, write, newest, columns }: Course) {
  const told: string[] = [];
  let begun = 0;
  let open = 0;
  const server: Server = {
    description: "postgres://db/shop",
    choosesDate: false,
    requirePresent: async () => {},
    catalogue: async () => ({ rows: undefined, columns: [] }),
    async begin() {
      begun += 1;
      const nth = begun;
      told.push(`begin ${nth}`);
      const refused = begin?.(nth);
      if (refused !== undefined) throw refused;
      open += 1;
      return {
        name: "table customers",
        columns: columns?.(nth) ?? COLUMNS,
        warnings: ["a warning"],
        async newestDate() {
          told.push(`newest in ${nth}`);
          const error = newest?.(nth);
          if (error !== undefined) throw error;
          return { date: "2026-11-23" };
        },
        async count() {
          told.push(`count in ${nth}`);
          return 3;
        },
        estimate: async () => 100,
        async write([file], wanted) {
          told.push(`write in ${nth}`);
          await file.writeFile('"Ann",1\n"Bob",2\n');
          const error = write?.(nth);
          if (error !== undefined) throw error;
          await file.writeFile('"Cid",3\n');
          expect(wanted).toEqual(ALL);
          return { rows: 3, longest: 7 };
        },
        async [Symbol.asyncDispose]() {
          open -= 1;
        },
      };
    },
  };
  return { server, told, stillOpen: () => open };
}

/** Opens it and works with it, without pauses. */
async function used<T>(server: Server, work: (session: SourceSession, db: Database) => Promise<T>): Promise<T> {
  await using db = await openDatabase();
  await using session = await serverSource(server, [0, 0, 0]).open(db, REQUEST);
  return await work(session, db);
}
const loads = (session: SourceSession) => session.load("memory.main.loaded", ALL);
const names = async (db: Database) =>
  (await db.rows("SELECT name FROM memory.main.loaded ORDER BY id", z.object({ name: z.string() }))).map(
    ({ name }) => name,
  );
const tablesOf = async (db: Database) => await db.rows("SELECT table_name FROM duckdb_tables()", z.unknown());

test("all is asked in one transaction, which ends with the session", async () => {
  const { server, told, stillOpen } = serverOf({});
  await used(server, async (session, db) => {
    expect(session).toMatchObject({ name: "table customers", columns: COLUMNS, warnings: ["a warning"] });
    expect(await session.newestDate({ name: "d", kind: "date", timezone: "UTC" }, "2026-11-23")).toEqual({
      date: "2026-11-23",
    });
    expect(await session.count(undefined)).toBe(3);
    expect(await loads(session)).toBe(3);
    expect(await names(db)).toEqual(["Ann", "Bob", "Cid"]);
    expect(stillOpen()).toBe(1);
  });
  expect(told).toEqual(["begin 1", "newest in 1", "count in 1", "write in 1"]);
  expect(stillOpen()).toBe(0);
});

test("a transaction that is lost is begun anew, and half of the first leaves no row", async () => {
  const { server, told, stillOpen } = serverOf({ write: (nth) => (nth < 3 ? gone() : undefined) });
  await used(server, async (session, db) => {
    expect(await loads(session)).toBe(3);
    expect(await names(db)).toEqual(["Ann", "Bob", "Cid"]);
    expect(stillOpen()).toBe(1);
  });
  expect(told).toEqual(["begin 1", "write in 1", "begin 2", "write in 2", "begin 3", "write in 3"]);
  expect(stillOpen()).toBe(0);
});

test("what was begun anew is told, for whoever looks at the night later", async () => {
  const again = "begun anew after this: the connection is gone";
  const { server } = serverOf({
    begin: (nth) => (nth < 2 ? gone() : undefined),
    write: (nth) => (nth < 3 ? gone() : undefined),
  });
  await used(server, async (session) => {
    expect(session.warnings).toEqual([again, "a warning"]);
    expect(await loads(session)).toBe(3);
    expect(session.warnings).toEqual([again, "a warning", again]);
  });
});

test("three repetitions are the most, whatever they are for", async () => {
  const never = serverOf({ begin: gone });
  await expect(used(never.server, loads)).rejects.toThrow("the connection is gone");
  expect(never.told).toEqual(["begin 1", "begin 2", "begin 3", "begin 4"]);
  const late = serverOf({ begin: (nth) => (nth < 3 ? gone() : undefined), write: gone });
  await used(late.server, async (session, db) => {
    await expect(loads(session)).rejects.toThrow("the connection is gone");
    expect(await tablesOf(db)).toEqual([]);
  });
  expect(late.told).toEqual(["begin 1", "begin 2", "begin 3", "write in 3", "begin 4", "write in 4"]);
  expect(late.stillOpen()).toBe(0);
});

test("what a person has to mend, or a machine doesn't in a moment, is not asked again", async () => {
  for (const error of [new UsageError("no such table"), new ServiceError("a lock"), new TypeError("a defect")]) {
    const refused = serverOf({ begin: () => error });
    await expect(used(refused.server, loads)).rejects.toBe(error);
    expect(refused.told).toEqual(["begin 1"]);
    const failed = serverOf({ write: () => error, newest: () => error });
    await used(failed.server, async (session) => expect(loads(session)).rejects.toBe(error));
    expect(failed.told).toEqual(["begin 1", "write in 1"]);
    expect(failed.stillOpen()).toBe(0);
  }
});

test("the newest date is asked again in the transaction that loads", async () => {
  const { server, told } = serverOf({ newest: (nth) => (nth === 1 ? gone() : undefined) });
  await used(server, async (session) => {
    await session.newestDate({ name: "d", kind: "date", timezone: "UTC" }, "2026-11-23");
    await loads(session);
  });
  expect(told).toEqual(["begin 1", "newest in 1", "begin 2", "newest in 2", "write in 2"]);
});

test("columns that changed since end it, and nothing of both is kept", async () => {
  const [id, name] = COLUMNS;
  if (id === undefined || name === undefined) throw new Error("two columns");
  for (const changed of [[id], [name, id], [{ ...id, type: "BIGINT" }, name], [id, { ...name, name: "called" }]]) {
    const { server, told, stillOpen } = serverOf({
      columns: (nth) => (nth === 1 ? COLUMNS : changed),
      write: gone,
    });
    await used(server, async (session, db) => {
      const loading = loads(session);
      await expect(loading).rejects.toThrow(
        "the columns of table customers in postgres://db/shop changed while it was read: nothing was kept",
      );
      await expect(loading).rejects.not.toBeInstanceOf(UnreachableError);
      expect(await tablesOf(db)).toEqual([]);
    });
    expect(told).toEqual(["begin 1", "write in 1", "begin 2"]);
    expect(stillOpen()).toBe(0);
  }
});

test("a pause lies before each repetition", async () => {
  const { server } = serverOf({ begin: (nth) => (nth === 1 ? gone() : undefined) });
  await using db = await openDatabase();
  const startedAt = performance.now();
  await using session = await serverSource(server, [0.2]).open(db, REQUEST);
  expect(session.name).toBe("table customers");
  expect(performance.now() - startedAt).toBeGreaterThan(190);
});

test("columns are chosen in the order that is wanted", () => {
  expect(chosen(COLUMNS, { columns: ["name", "id"] }).map(({ name }) => name)).toEqual(["name", "id"]);
  expect(chosen(COLUMNS, { columns: ["gone", "id"] }).map(({ name }) => name)).toEqual(["id"]);
});
