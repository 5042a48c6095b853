import { spawnSync } from "node:child_process";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, vi } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { ChurnError } from "../../../src/lib/errors.ts";
import { loadStaged, type StagedColumn, type StagedRows } from "../../../src/lib/source/server/staged.ts";
import { test as withFolder } from "../../support/folder.ts";

/** What a column of each kind is declared as, and what is made of it, as servers' own modules have it. */
const text = (name: string): StagedColumn => ({ name, declared: "VARCHAR" });
const date = (name: string): StagedColumn => ({
  name,
  declared: "TIMESTAMP",
  made: (value) => `CAST(${value} AS DATE)`,
});
const instant = (name: string): StagedColumn => ({
  name,
  declared: "TIMESTAMP",
  made: (value) => `(${value} AT TIME ZONE 'UTC')`,
});
const plain =
  (declared: string) =>
  (name: string): StagedColumn => ({ name, declared });

const test = withFolder.extend<{ files: () => Promise<string[]> }>({
  files: async ({ folder }, use) => use(async () => await readdir(folder)),
});
beforeEach<{ folder: string }>(({ folder }) => void vi.stubEnv("TMPDIR", folder));
afterEach(() => void vi.unstubAllEnvs());

/** Rows from a CSV text; the longest line is told as a server's module does. */
function csv(content: string, told: Partial<{ rows: number; longest: number }> = {}): StagedRows {
  const bytes = Buffer.from(content);
  return {
    place: "table t in postgres://db/shop",
    async write([file]) {
      await file.writeFile(bytes);
      const rows = told.rows ?? content.split("\n").length - 1;
      return { rows, longest: told.longest ?? bytes.length };
    },
  };
}

/** The table that they become, each value as DuckDB's text. */
async function load(columns: readonly StagedColumn[], rows: StagedRows): Promise<(string | null)[][]> {
  await using db = await openDatabase();
  await db.run("SET TimeZone = 'UTC'");
  const count = await loadStaged(db, "memory.main.loaded", columns, rows);
  const found = await db.rows(
    "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM memory.main.loaded",
    z.record(z.string(), z.string().nullable()),
  );
  expect(found).toHaveLength(count);
  return found.map((row) => columns.map(({ name }) => row[name] ?? null));
}

/** What a person is told; no table is left. */
async function complaintOf(columns: readonly StagedColumn[], rows: StagedRows): Promise<ChurnError> {
  await using db = await openDatabase();
  const error = await loadStaged(db, "memory.main.loaded", columns, rows).then(
    (count) => new Error(`${count} rows arrived`),
    (thrown: unknown) => thrown,
  );
  const tables = await db.rows("SELECT table_name FROM duckdb_tables()", z.object({ table_name: z.string() }));
  expect(tables).toEqual([]);
  if (!(error instanceof ChurnError)) throw error;
  return error;
}

test("texts arrive sign by sign, and an empty one is no NULL", async () => {
  const texts = [
    ...["", "NULL", "\\N", "\\.", "it's", 'say "yes"', '"', '""', ",", "a,b", " a ", "\ta", "a\nb", "a\r\nb", "a\rb"],
    ...["\r", "\n", "#", "a\\", "\u0001", "\u007f", "\u00a0", "a\ufeffb", "é", "😀", "'", "--", "1", "t"],
  ];
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const lines = texts.map((one, index) => `${index},${quoted(one)},${quoted(one)}\n`);
  const rows = await load(
    [plain("INTEGER")("n"), text('we"ird, Name'), text("last")],
    csv(lines.join(""), { rows: texts.length }),
  );
  expect(rows).toEqual(texts.map((one, index) => [String(index), one, one]));
});

test("a byte order mark before a text stays", async () => {
  await using db = await openDatabase();
  await loadStaged(db, "memory.main.loaded", [text("t")], csv('"\ufeffa"\n"\ufeff"\n'));
  // DuckDB's bindings drop it on its way to JavaScript.
  const lengths = await db.rows("SELECT strlen(t) AS bytes FROM memory.main.loaded", z.object({ bytes: z.int() }));
  expect(lengths).toEqual([{ bytes: 4 }, { bytes: 3 }]);
});

test("NULL is an empty field without quotes: the first, one between, the last, all, and the only one", async () => {
  const columns = [text("a"), text("b"), text("c")];
  expect(await load(columns, csv('"",,""\n,"",\n,,\n"","",""\n'))).toEqual([
    ["", null, ""],
    [null, "", null],
    [null, null, null],
    ["", "", ""],
  ]);
  expect(await load([text("a")], csv('\n""\n"x"\n\n'))).toEqual([[null], [""], ["x"], [null]]);
  expect(await load([plain("INTEGER")("a")], csv("\n1\n\n"))).toEqual([[null], ["1"], [null]]);
  expect(await load([text("a")], csv(""))).toEqual([]);
});

test("a lone line end of the old Macs in the first row is a sign like any other", async () => {
  const rows = csv('"a\rb",1\n"c",2\n');
  expect(await load([text("t"), plain("INTEGER")("n")], rows)).toEqual([
    ["a\rb", "1"],
    ["c", "2"],
  ]);
});

test("rows of all files arrive, those of empty ones and none at all too", async () => {
  await using db = await openDatabase();
  for (const filled of [0, 1, 2, 3]) {
    let written = 0;
    const rows = await loadStaged(db, `memory.main.loaded${filled}`, [plain("INTEGER")("n"), text("t")], {
      place: "table t",
      async write(files) {
        for (const [index, file] of files.entries()) {
          // The first file, the last one, each: a bit of `filled` each.
          if (index === 0 ? (filled & 1) === 0 : (filled & 2) === 0) continue;
          await file.writeFile(`${index},"a\n${index},b"\n`);
          written += 1;
        }
        return { rows: written, longest: 10 };
      },
    });
    expect(rows).toBe(written);
  }
});

test("texts whose lines look like rows stay texts, in files of many buffers", async () => {
  // Every line of a text reads as a row of the same columns: whoever begins in its midst can't tell.
  const value = `a\n${Array.from({ length: 400 }, (_, line) => `${line},text ${line}\n`).join("")}`;
  const count = 12_000;
  const row = (index: number) => `${index},"${value}"\n`;
  await using db = await openDatabase();
  const rows = await loadStaged(db, "memory.main.loaded", [plain("INTEGER")("n"), text("t")], {
    place: "table t",
    async write([file]) {
      for (let index = 0; index < count; index += 1000) {
        await file.writeFile(Array.from({ length: 1000 }, (_, one) => row(index + one)).join(""));
      }
      return { rows: count, longest: value.length + 8 };
    },
  });
  expect(rows).toBe(count);
  const schema = z.object({ values: z.int(), least: z.int(), most: z.int(), sum: z.int() });
  expect(
    await db.rows(
      "SELECT count(DISTINCT t) AS values, min(length(t)) AS least, max(length(t)) AS most, sum(n) AS sum FROM memory.main.loaded",
      schema,
    ),
  ).toEqual([{ values: 1, least: value.length, most: value.length, sum: (count * (count - 1)) / 2 }]);
});

test("values of megabytes fit, beyond the least buffer too", async () => {
  for (const megabytes of [3, 20]) {
    const value = "é".repeat(megabytes * 512 * 1024);
    const rows = await load([text("t"), plain("INTEGER")("n")], csv(`"x",1\n"${value}",2\n`));
    expect(rows.map(([one]) => one?.length)).toEqual([1, value.length]);
    expect(rows[1]?.[0] === value).toBe(true);
  }
});

test("days and times arrive as they are, infinities too", async () => {
  const rows = csv(
    [
      "1969-12-31,1969-12-31 23:59:59.999999,1899-12-31 23:06:28+00\n",
      "0001-01-01,0001-01-01 00:00:00,2026-11-23 23:30:00.000001+00\n",
      "9999-12-31,9999-12-31 23:59:59.999999,9999-12-31 00:00:00+00\n",
      "10000-01-01,10000-01-01 00:00:00,10000-01-01 00:00:00+00\n",
      "infinity,infinity,infinity\n-infinity,-infinity,-infinity\n,,\n",
    ].join(""),
  );
  expect(await load([date("d"), plain("TIMESTAMP")("t"), instant("z")], rows)).toEqual([
    ["1969-12-31", "1969-12-31 23:59:59.999999", "1899-12-31 23:06:28+00"],
    ["0001-01-01", "0001-01-01 00:00:00", "2026-11-23 23:30:00.000001+00"],
    ["9999-12-31", "9999-12-31 23:59:59.999999", "9999-12-31 00:00:00+00"],
    ["10000-01-01", "10000-01-01 00:00:00", "10000-01-01 00:00:00+00"],
    ["infinity", "infinity", "infinity"],
    ["-infinity", "-infinity", "-infinity"],
    [null, null, null],
  ]);
});

test.each<[column: StagedColumn, good: string, bad: string]>([
  [date("when"), "2026-11-23", "0044-03-15 BC"],
  [date("when"), "2026-11-23", "2026-11-23garbage"],
  [date("when"), "2026-11-23", "2026-02-30"],
  [date("when"), "2026-11-23", "0000-00-00"],
  [date("when"), "2026-11-23", "294277-01-01"],
  [plain("TIMESTAMP")("when"), "2026-11-23 00:00:00", "0044-03-15 00:00:00 BC"],
  [plain("TIMESTAMP")("when"), "2026-11-23 00:00:00", "294277-01-01 00:00:00"],
  [instant("when"), "2026-11-23 00:00:00+00", "4713-01-01 00:00:00+00 BC"],
  [instant("when"), "2026-11-23 00:00:00+00", "294277-01-01 00:00:00+00"],
  [instant("when"), "2026-11-23 00:00:00+00", "garbage"],
  [plain("DECIMAL(5,0)")("when"), "1", "NaN"],
  [plain("DECIMAL(5,0)")("when"), "1", "123456"],
  [plain("SMALLINT")("when"), "1", "40000"],
  [plain("BOOLEAN")("when"), "t", "garbage"],
  [plain("UUID")("when"), "00000000-0000-0000-0000-000000000001", "garbage"],
])("%o: %s arrives, and %s fails loudly, without being shown", async (column, good, bad) => {
  const columns = [text("first"), column, text("last")];
  const line = (value: string) => `"a",${value},"b"\n`;
  expect(await load(columns, csv(line(good)))).toHaveLength(1);
  const error = await complaintOf(columns, csv(`${line(good).repeat(3)}${line(bad)}${line(good)}`));
  expect({ code: error.exitCode, says: error.message }).toEqual({
    code: 2,
    says: `table t in postgres://db/shop: when has a value that can't be read as ${column.declared}`,
  });
  expect(`${error.message} ${error.hint}`).not.toContain(bad);
});

test("a torn or widened line is never taken for a row, and its values are not shown", async () => {
  const columns = [plain("INTEGER")("n"), text("name"), plain("INTEGER")("m")];
  for (const content of [
    '1,"Ann",2\n2,"Bob\nCid\nDan"\n',
    '1,"Ann",2\n2,"Bob"\n',
    '1,"Ann",2\n2,"Bob",3,"Cid"\n',
    '1,"Ann",2\n2,"Bob\n',
  ]) {
    const error = await complaintOf(columns, csv(content, { rows: 2 }));
    expect(error.message, content).toMatch(
      /^table t in postgres:\/\/db\/shop: (?:a row can't be read|2 rows were sent and 1 arrived; nothing was kept)$/,
    );
    expect(`${error.message} ${error.hint}`, content).not.toMatch(/Ann|Bob|Cid|Dan/);
  }
});

test("fewer or more rows than the server says it sent are a defect, and no table is left", async ({ files }) => {
  for (const rows of [1, 3]) {
    const error = await complaintOf([text("t")], csv('"a"\n"b"\n', { rows }));
    expect(error).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/: [13] rows? (?:was|were) sent and 2 arrived; nothing was kept$/),
    });
  }
  expect(await files()).toEqual([]);
});

test("rows lie in files of their own that nobody else reads, and that go whatever happens", async ({
  folder,
  files,
}) => {
  const modes: number[] = [];
  const rows = csv('"a"\n');
  const looking: StagedRows = {
    ...rows,
    async write(all) {
      const [name = ""] = await files();
      modes.push((await stat(join(folder, name))).mode & 0o777);
      for (const file of all) modes.push((await file.stat()).mode & 0o777);
      return await rows.write(all);
    },
  };
  expect(await load([text("t")], looking)).toEqual([["a"]]);
  expect(modes).toEqual([0o700, ...modes.slice(1).map(() => 0o600)]);
  expect(modes.length).toBeGreaterThan(1);
  expect(await files()).toEqual([]);
  await using db = await openDatabase();
  const failing = loadStaged(db, "memory.main.loaded", [text("t")], {
    ...rows,
    async write([file]) {
      await file.writeFile('"a"\n"b');
      throw new ChurnError(5, "the connection was lost");
    },
  });
  await expect(failing).rejects.toThrow("the connection was lost");
  expect(await files()).toEqual([]);
  await complaintOf([plain("INTEGER")("n")], rows);
  expect(await files()).toEqual([]);
});

test("a disk that is full is the machine's fault, by the file's path", async ({ folder }) => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    ...{ code: "ENOSPC", syscall: "write", errno: -28 },
  });
  const error = await complaintOf([text("t")], { place: "t", write: () => Promise.reject(full) });
  expect(error).toMatchObject({ exitCode: 5, message: expect.stringMatching(/: the disk is full$/) });
  expect(error.message).toContain(folder);
});

test("what a killed process left is cleared, and what a living one writes stays", async ({ folder, files }) => {
  const { pid: dead } = spawnSync("true");
  const left = `.churn-source-rows.${dead}-0123abcd.part`;
  const living = `.churn-source-rows.${process.ppid}-0123abcd.part`;
  const other = `.other.${dead}-0123abcd.part`;
  for (const name of [left, living, other]) await writeFile(join(folder, name), "Ann");
  expect(await load([text("t")], csv('"a"\n'))).toEqual([["a"]]);
  expect(new Set(await files())).toEqual(new Set([living, other]));
  expect(await readFile(join(folder, living), "utf8")).toBe("Ann");
});

test("a disk without room is told before anything is read", async ({ folder, files }) => {
  let asked = false;
  const error = await complaintOf([text("t")], {
    place: "table t",
    bytes: 1e18,
    async write() {
      asked = true;
      return { rows: 0, longest: 0 };
    },
  });
  expect(error).toMatchObject({ exitCode: 5, message: expect.stringContaining(`in ${folder} while it is loaded`) });
  expect({ asked, left: await files() }).toEqual({ asked: false, left: [] });
  expect(await load([text("t")], { ...csv('"a"\n'), bytes: 1 })).toEqual([["a"]]);
});
