import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { makeSample, type Sample } from "../../src/lib/sample/snapshots.ts";
import { telcoFile } from "../../src/lib/sample/telco.ts";

const LAST = "2026-11-23";
let folder: string;
let file: string;
let sample: Sample;
let database: Database;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-sample-"));
  file = join(folder, "customers.duckdb");
  sample = await makeSample({ file, date: LAST });
  database = await openDatabase();
  await database.run(`ATTACH ${literal(file)} AS sample (READ_ONLY)`);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** The number that a query counts. */
async function count(query: string, from: Database = database): Promise<number> {
  const [row] = await from.rows(query, z.object({ n: z.int() }));
  return z.int().parse(row?.n);
}

test("the shipped table is the published one, byte for byte, and its notice says so", async () => {
  const digest = createHash("sha256")
    .update(await readFile(telcoFile))
    .digest("hex");
  expect(digest).toBe("d4323faeaab5cd2826e22eab230ec489d9e210f56ac5505750fb4721fa230ef3");
  const notice = await readFile(join(telcoFile, "..", "NOTICE"), "utf8");
  expect(notice).toContain(digest);
  expect(notice).toContain("Copyright (c) Max Kuhn and RStudio");
});

test("the sample holds seven consecutive days, each with its own customers", async () => {
  const days = await database.rows(
    `SELECT snapshot_date::VARCHAR AS day, count(*) AS customers, count(*) FILTER (churned) AS churned
     FROM sample.customers GROUP BY ALL ORDER BY ALL`,
    z.object({ day: z.string(), customers: z.int(), churned: z.int() }),
  );
  expect(days).toMatchInlineSnapshot(`
    [
      {
        "churned": 1825,
        "customers": 6869,
        "day": "2026-11-17",
      },
      {
        "churned": 1835,
        "customers": 6896,
        "day": "2026-11-18",
      },
      {
        "churned": 1838,
        "customers": 6919,
        "day": "2026-11-19",
      },
      {
        "churned": 1849,
        "customers": 6954,
        "day": "2026-11-20",
      },
      {
        "churned": 1854,
        "customers": 6977,
        "day": "2026-11-21",
      },
      {
        "churned": 1862,
        "customers": 7010,
        "day": "2026-11-22",
      },
      {
        "churned": 1869,
        "customers": 7043,
        "day": "2026-11-23",
      },
    ]
  `);
  expect(sample).toEqual({
    customers: 7043,
    rows: days.reduce((sum, { customers }) => sum + customers, 0),
    snapshots: 7,
    first: "2026-11-17",
    last: LAST,
  });
});

test("columns have the types of a well-kept SQL table", async () => {
  const columns = await database.rows(
    "SELECT column_name || ' ' || data_type AS column FROM duckdb_columns() WHERE database_name = 'sample' ORDER BY column_index",
    z.object({ column: z.string() }),
  );
  expect(columns.map(({ column }) => column)).toEqual([
    "snapshot_date DATE",
    "customer_id VARCHAR",
    "signup_date DATE",
    "tenure_months INTEGER",
    "monthly_charges DECIMAL(8,2)",
    "total_charges DECIMAL(10,2)",
    "contract_type VARCHAR",
    "payment_method VARCHAR",
    "churned BOOLEAN",
  ]);
});

describe("the last day", () => {
  test("is the real table, value for value", async () => {
    // Written by hand, without DuckDB's CSV reader: no field of the table holds a comma or a quote.
    const [, ...lines] = (await readFile(telcoFile, "utf8")).trimEnd().split("\n");
    const expected = lines.map((line, index) => {
      const cells = line.split(",").map((cell) => cell.replaceAll('"', ""));
      return [
        `C${String(index).padStart(5, "0")}`,
        Number(cells[5]),
        Number(cells[18]),
        cells[19] === "NA" ? null : Number(cells[19]),
        cells[15],
        cells[17]?.replace(" (automatic)", ""),
        cells[0] === "Yes",
      ];
    });
    const rows = await database.rows(
      `SELECT customer_id, tenure_months, monthly_charges::DOUBLE AS monthly, total_charges::DOUBLE AS total, contract_type,
         payment_method, churned
       FROM sample.customers WHERE snapshot_date = DATE '${LAST}' ORDER BY customer_id`,
      z.record(z.string(), z.unknown()),
    );
    expect(rows.map((row) => Object.values(row))).toEqual(expected);
    expect(rows).toHaveLength(7043);
  });

  test("has 5,608 train and 1,435 test customers under the default split", async () => {
    const bucket = "CAST('0x' || left(sha256('churn' || customer_id), 8) AS UBIGINT) % 10000";
    const today = `FROM sample.customers WHERE snapshot_date = DATE '${LAST}'`;
    expect(await count(`SELECT count(*) AS n ${today} AND ${bucket} < 2000`)).toBe(1435);
    expect(await count(`SELECT count(*) AS n ${today} AND ${bucket} >= 2000`)).toBe(5608);
  });

  test("has no total where tenure is 0, and only there", async () => {
    const today = `SELECT count(*) AS n FROM sample.customers WHERE snapshot_date = DATE '${LAST}'`;
    expect(await count(`${today} AND total_charges IS NULL AND tenure_months = 0`)).toBe(11);
    expect(await count(`${today} AND (total_charges IS NULL) <> (tenure_months = 0)`)).toBe(0);
  });
});

describe("over the days", () => {
  test("an id comes once a day", async () => {
    const rows = await count("SELECT count(*) AS n FROM sample.customers");
    expect(await count("SELECT count(DISTINCT (snapshot_date, customer_id)) AS n FROM sample.customers")).toBe(rows);
  });

  /** Each customer's day beside the same customer's next day. */
  const steps = `sample.customers AS day JOIN sample.customers AS next
    ON next.customer_id = day.customer_id AND next.snapshot_date = day.snapshot_date + 1`;

  test("a customer, once arrived, stays", async () => {
    const before = await count(`SELECT count(*) AS n FROM sample.customers WHERE snapshot_date < DATE '${LAST}'`);
    expect(await count(`SELECT count(*) AS n FROM ${steps}`)).toBe(before);
  });

  test("some customers arrive and some tenures and totals grow every day", async () => {
    const days = await database.rows(
      `SELECT next.snapshot_date, count(*) AS customers, count(*) FILTER (next.tenure_months > day.tenure_months) AS older,
         count(*) FILTER (next.total_charges > day.total_charges) AS charged FROM ${steps} GROUP BY ALL ORDER BY ALL`,
      z.object({ customers: z.int(), older: z.int(), charged: z.int() }),
    );
    expect(days).toHaveLength(6);
    for (const { customers, older, charged } of days) {
      expect(customers).toBeLessThan(7043);
      expect(older).toBeGreaterThan(500);
      expect(charged).toBeGreaterThan(500);
    }
  });

  test("tenure and total never fall and are never negative", async () => {
    const wrong = `next.tenure_months < day.tenure_months OR next.total_charges < day.total_charges
      OR day.tenure_months < 0 OR day.total_charges < 0 OR (day.total_charges IS NULL) <> (next.total_charges IS NULL)`;
    expect(await count(`SELECT count(*) AS n FROM ${steps} WHERE ${wrong}`)).toBe(0);
  });

  test("a total grows by one monthly charge a month, as far as there was that much", async () => {
    const grown = "next.total_charges - day.total_charges";
    const charged = "day.monthly_charges * (next.tenure_months - day.tenure_months)";
    const wrong = `${grown} <> ${charged} AND NOT (day.total_charges = 0 AND ${grown} < ${charged})`;
    expect(await count(`SELECT count(*) AS n FROM ${steps} WHERE ${wrong}`)).toBe(0);
  });

  test("everything else about a customer stays as it is", async () => {
    const kept = ["signup_date", "monthly_charges", "contract_type", "payment_method", "churned"];
    const wrong = kept.map((column) => `next.${column} IS DISTINCT FROM day.${column}`).join(" OR ");
    expect(await count(`SELECT count(*) AS n FROM ${steps} WHERE ${wrong}`)).toBe(0);
  });

  test("nobody signed up after the day", async () => {
    expect(await count("SELECT count(*) AS n FROM sample.customers WHERE signup_date > snapshot_date")).toBe(0);
  });

  test("the share of churners stays within 0.2 points of the real 26.5 %", async () => {
    const shares = await database.rows(
      "SELECT avg(churned::INTEGER) AS share FROM sample.customers GROUP BY snapshot_date",
      z.object({ share: z.number() }),
    );
    for (const { share } of shares) expect(Math.abs(share - 1869 / 7043)).toBeLessThan(0.002);
  });
});

describe("whatever the date", () => {
  const dates = [LAST, "2024-02-29", "2025-02-28", "2025-03-01", "2025-03-31", "2026-01-01", "2026-12-31"];

  test.for(dates)("tenure is the completed months since signup on every day up to %s", async (date) => {
    const other = join(folder, `${date}.duckdb`);
    await makeSample({ file: other, date });
    await using db = await openDatabase();
    await db.run(`ATTACH ${literal(other)} AS sample (READ_ONLY)`);
    const pairs = await db.rows(
      `SELECT DISTINCT snapshot_date::VARCHAR AS day, signup_date::VARCHAR AS signup, tenure_months AS tenure
       FROM sample.customers`,
      z.object({ day: z.string(), signup: z.string(), tenure: z.int() }),
    );
    expect(pairs.filter(({ day, signup, tenure }) => tenure !== completedMonths(signup, day))).toEqual([]);
    const real = `SELECT count(*) AS n FROM sample.customers AS c
      JOIN (SELECT format('C{:05d}', row_number() OVER () - 1) AS id, tenure FROM read_csv(${literal(telcoFile)})) AS t
      ON c.customer_id = t.id AND c.tenure_months = t.tenure WHERE c.snapshot_date = DATE '${date}'`;
    expect(await count(real, db)).toBe(7043);
  });
});

test("the same date gives the same rows", async () => {
  const again = join(folder, "again.duckdb");
  expect(await makeSample({ file: again, date: LAST })).toEqual(sample);
  await database.run(`ATTACH ${literal(again)} AS again (READ_ONLY)`);
  for (const [one, other] of [
    ["sample", "again"],
    ["again", "sample"],
  ]) {
    expect(await count(`SELECT count(*) AS n FROM (FROM ${one}.customers EXCEPT ALL FROM ${other}.customers)`)).toBe(0);
  }
});

test("what a killed attempt left is cleared away, and only the sample remains", async () => {
  const fresh = await mkdtemp(join(folder, "killed-"));
  const left = join(fresh, ".customers.duckdb.4194304-0123abcd.part");
  await mkdir(left);
  await writeFile(join(left, "customers.duckdb"), "half a database");
  await writeFile(join(left, "customers.duckdb.wal"), "half a log");
  expect(await makeSample({ file: join(fresh, "customers.duckdb"), date: LAST })).toEqual(sample);
  expect(await readdir(fresh)).toEqual(["customers.duckdb"]);
});

/** The slow, obvious twin: the most months that can be added to the signup, clamped to the month's end, up to the day. */
function completedMonths(signup: string, day: string): number {
  let months = 0;
  while (addMonths(signup, months + 1) <= day) months += 1;
  return months;
}

function addMonths(date: string, months: number): string {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const monthEnd = new Date(Date.UTC(year, month + months, 0));
  monthEnd.setUTCDate(Math.min(day, monthEnd.getUTCDate()));
  return monthEnd.toISOString().slice(0, 10);
}

test("a sample is made in a folder with a question mark too", async () => {
  const odd = join(folder, "ready? go/customers.duckdb");
  expect(await makeSample({ file: odd, date: LAST })).toEqual(sample);
  expect(await readdir(join(folder, "ready? go"))).toEqual(["customers.duckdb"]);
});
