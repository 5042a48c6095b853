import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { addDays, today } from "../../../src/lib/workspace/night.ts";
import { churn, digests, lastDay } from "../../support/churn.ts";
import { writeDuckdb } from "../../support/data-night.ts";
import { complaint, cutInHalf, refuses, workspaceAfter } from "../../support/mistake.ts";

const test = workspaceAfter();
const current = today("UTC", new Date());
const columns =
  "snapshot_date, customer_id, signup_date, tenure_months, monthly_charges, total_charges, contract_type, payment_method, churned";
const again = `churn run-all --date ${lastDay}`;

describe("--date", () => {
  test.for(["2026-13-01", "2026-02-29", "23.11.2026", "tomorrow", "2026-11-22.1", ""])(
    "%j is not a date",
    async (date, { workspace }) => {
      expect(await refuses(workspace, ["run-all", "--date", date])).toEqual({
        exitCode: 2,
        error: `${JSON.stringify(date)} is not a date`,
        next: ["--date takes YYYY-MM-DD, today or yesterday"],
      });
    },
  );

  test("in the future", async ({ workspace }) => {
    const date = addDays(current, 1);
    for (const command of ["run-all", "extract"]) {
      expect(await refuses(workspace, [command, "--date", date])).toEqual({
        exitCode: 2,
        error: `${date} is in the future: today is ${current} in UTC`,
        next: ["--date takes today, yesterday or an earlier date"],
      });
    }
  });

  test("of a night that was never opened", async ({ workspace }) => {
    expect(await refuses(workspace, ["extract", "--date", `${lastDay}.5`])).toEqual({
      exitCode: 2,
      error: `there is no night ${lastDay}.5: the newest of ${lastDay} is ${lastDay}`,
      next: [`churn run-all --date ${lastDay} --again decides anew once that one is decided`],
    });
  });

  test("a past one without a snapshot", async ({ workspace }) => {
    expect(await refuses(workspace, ["run-all", "--date", "2026-11-01"])).toEqual({
      exitCode: 2,
      error: `no snapshot for 2026-11-01 in customers.duckdb (the newest is ${lastDay})`,
      next: ["once it is there:", "churn run-all --date 2026-11-01"],
    });
  });

  test.skipIf(current <= lastDay)("today's without a snapshot may come later", async ({ workspace }) => {
    const expected = {
      exitCode: 75,
      error: `no snapshot for today, ${current}, in customers.duckdb yet (the newest is ${lastDay})`,
      next: ["once it is there:", `churn run-all --date ${current}`],
    };
    expect(await refuses(workspace, ["run-all"])).toEqual(expected);
    expect(await refuses(workspace, ["extract"])).toEqual(expected);
  });
});

describe("the source", () => {
  test.for([
    [
      "source.url=duckdb:nosuch.duckdb",
      "source.url: there is no file nosuch.duckdb",
      /^it is looked for at .*nosuch\.duckdb$/,
    ],
    [
      "source.url=duckdb:churn.yaml",
      "source.url: churn.yaml is not a DuckDB file",
      /^duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known$/,
    ],
    [
      "source.url=oracle:crm",
      "source.url: unknown kind of source oracle:, known are duckdb:, parquet:, csv:, jsonl:, postgres://, mysql://",
      /^source: \{ url/,
    ],
    ["source.table=custmers", "customers.duckdb has no table custmers", /^source\.table: did you mean customers\?$/],
    [
      "dataset.target.column=churn",
      "dataset.target.column: table customers in customers.duckdb has no column churn",
      /^did you mean churned\?$/,
    ],
    [
      "dataset.id=vat_number",
      "dataset.id: table customers in customers.duckdb has no column vat_number",
      RegExp(`^there are ${columns}$`),
    ],
    [
      "dataset.date=customer_id",
      /^dataset\.date: customer_id of table customers has no date up to today, [-0-9]{10}: the first is C00000$/,
      /^DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed$/,
    ],
    [
      "dataset.exclude=[signup_dat]",
      "dataset.exclude: table customers in customers.duckdb has no column signup_dat",
      /^did you mean signup_date\?$/,
    ],
  ] as const)("%s", async ([setting, error, next], { workspace }) => {
    expect(await refuses(workspace, ["extract", "--date", lastDay, "--set", setting])).toEqual({
      exitCode: 2,
      error: typeof error === "string" ? error : expect.stringMatching(error),
      next: [expect.stringMatching(next)],
    });
  });

  test("an empty table", async ({ workspace }) => {
    await writeDuckdb(join(workspace, "customers.duckdb"), "DELETE FROM customers");
    expect(await refuses(workspace, ["run-all", "--date", lastDay])).toEqual({
      exitCode: 2,
      error: "table customers of customers.duckdb has no rows",
      next: ["source.url and source.table in churn.yaml say what is read", again],
    });
    expect(await refuses(workspace, ["run-all"])).toMatchObject({
      exitCode: 75,
      next: ["run it again once it is filled", expect.any(String)],
    });
  });

  test("one class only", async ({ workspace }) => {
    await writeDuckdb(join(workspace, "customers.duckdb"), "UPDATE customers SET churned = true");
    await refusesAtGate(workspace, /^ +classes +1 +exactly 2 +failed +there is "true"$/m, { isWaivable: false });
  });

  test("999 rows", async ({ workspace }) => {
    const rest = `SELECT customer_id FROM customers WHERE snapshot_date = '${lastDay}' ORDER BY 1 LIMIT 999`;
    await writeDuckdb(
      join(workspace, "customers.duckdb"),
      `DELETE FROM customers WHERE snapshot_date = '${lastDay}' AND customer_id NOT IN (${rest})`,
    );
    await refusesAtGate(workspace, /^ +row_count +999 +at least 1,000 +failed$/m);
  });

  test("a Parquet file that is not one", async ({ workspace }) => {
    await copyFile(join(workspace, "churn.yaml"), join(workspace, "customers.parquet"));
    expect(
      await refuses(workspace, ["extract", "--date", lastDay, "--set", "source.url=parquet:customers.parquet"]),
    ).toEqual({
      exitCode: 2,
      error: "source.url: customers.parquet is not a Parquet file",
      next: ["duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known"],
    });
  });

  test("a database cut in half, and one with a damaged block", async ({ workspace }) => {
    const file = join(workspace, "customers.duckdb");
    const whole = await readFile(file);
    await cutInHalf(file);
    const damaged = { exitCode: 5, next: ["what it reads is damaged: restore it, or have it written anew"] };
    expect(await refuses(workspace, ["extract", "--date", lastDay])).toMatchObject(damaged);
    await writeFile(file, Buffer.concat([whole.subarray(0, 100_000), Buffer.alloc(800_000), whole.subarray(900_000)]));
    expect(await refuses(workspace, ["extract", "--date", lastDay])).toEqual({
      ...damaged,
      error: expect.stringMatching(
        /^table customers of customers\.duckdb can't be read: IO Error: Corrupt database file: /,
      ),
    });
  });
});

/** Fails at a gate, names it with its figures, and builds nothing on it. */
async function refusesAtGate(workspace: string, line: RegExp, { isWaivable = true } = {}): Promise<void> {
  const ended = await churn(workspace, ["run-all", "--date", lastDay]);
  expect(ended.stderr).toMatch(line);
  expect(complaint(ended)).toEqual({
    exitCode: 3,
    error: `1 of 13 quality gates failed on raw/${lastDay}/customers.parquet`,
    next: [
      "look at the source, then read it again:",
      `churn run-all --date ${lastDay}`,
      ...(isWaivable
        ? ["or let this very file pass:", expect.stringMatching(/^churn run-all --date \S+ --accept \S+ --reason "…"$/)]
        : []),
    ],
  });
  const records = Object.keys(await digests(join(workspace, "records", lastDay), /^attempts\//));
  expect(records).toEqual(["extract.json"]);
  expect(await refuses(workspace, ["train", "--date", lastDay])).toEqual({
    exitCode: 3,
    error: `validate stopped the night of ${lastDay}: 1 of 13 quality gates failed on raw/${lastDay}/customers.parquet`,
    next: ["look at the source, then read it again:", `churn run-all --date ${lastDay}`],
  });
}
