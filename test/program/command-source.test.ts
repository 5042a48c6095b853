import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { isRunning } from "../../src/lib/files/running.ts";
import { churn, dayBefore, digests, lastDay, mayDiffer } from "../support/churn.ts";
import { refuses, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

/** --set of a source. */
function from(source: object): string[] {
  return ["--set", `source=${JSON.stringify(source)}`];
}

/** Writes a day's customers of the sample as files that a program can print. */
async function exportDay(workspace: string, day: string): Promise<void> {
  await using db = await openDatabase();
  await db.run(`ATTACH ${literal(join(workspace, "customers.duckdb"))} AS sample (READ_ONLY)`);
  const rows = `(FROM sample.customers WHERE snapshot_date = ${literal(day)})`;
  for (const format of ["csv", "parquet"]) {
    await db.run(`COPY ${rows} TO ${literal(join(workspace, `${day}.${format}`))} (FORMAT ${format})`);
  }
}

/** What a night makes of its customers, byte for byte; what is checked of them differs, as CSV is read otherwise. */
async function madeOf(workspace: string): Promise<Record<string, string>> {
  const made = await digests(workspace, mayDiffer);
  return Object.fromEntries(
    Object.entries(made).filter(([path]) => /^(raw|processed|models)\/(?!.*validation\.json)/.test(path)),
  );
}

test("a command's customers make the same files and the same model as a DuckDB file's", async ({
  workspace,
  folder,
}) => {
  const night = ["run-all", "--date", lastDay, "--to", "train"];
  await exportDay(workspace, lastDay);
  for (const name of ["csv", "parquet"]) await cp(workspace, join(folder, name), { recursive: true });
  expect(await churn(workspace, night)).toMatchObject({ exitCode: 0 });
  const made = await madeOf(workspace);
  expect(Object.keys(made)).toContain(`raw/${lastDay}/customers.parquet`);

  const csv = { command: ["cat", "{date}.csv"], format: "csv", limit: 10_000 };
  const printed = await churn(join(folder, "csv"), [...night, ...from(csv)]);
  expect(printed, printed.stderr).toMatchObject({ exitCode: 0 });
  expect(await madeOf(join(folder, "csv"))).toEqual(made);

  const parquet = { command: ["cp", "{date}.parquet", "{out}"], format: "parquet" };
  const written = await churn(join(folder, "parquet"), [...night, ...from(parquet)]);
  expect(written, written.stderr).toMatchObject({ exitCode: 0 });
  expect(await madeOf(join(folder, "parquet"))).toEqual(made);
});

test("a command that fails fails its stage with its last words, and preview likewise", async ({ workspace }) => {
  await writeFile(join(workspace, ".env"), "WAREHOUSE_TOKEN=tall-orders-9\n", { mode: 0o600 });
  const script = `echo customer_id; echo "no quota for $WAREHOUSE_TOKEN" >&2; exit 3`;
  const failing = from({ command: ["sh", "-c", script], format: "csv", env: ["WAREHOUSE_TOKEN"] });
  const says = "source.command: sh ended with status 3; nothing that it gave was kept";
  for (const words of [["run-all", "--date", lastDay], ["extract", "--date", lastDay], ["preview"]]) {
    expect(await refuses(workspace, [...words, ...failing]), words[0]).toMatchObject({
      exitCode: 5,
      error: expect.stringContaining(says),
    });
    const { stderr } = await churn(workspace, [...words, ...failing]);
    expect(stderr, words[0]).toContain("no quota for ***");
  }
  expect(await readdir(workspace)).not.toContain("raw");
});

test("what isn't there today may come, and what isn't there of a past date is wrong", async ({ workspace }) => {
  const nothing = from({ command: ["sh", "-c", "if test -e {date}.csv; then cat {date}.csv; fi"], format: "csv" });
  await exportDay(workspace, dayBefore);
  expect(await churn(workspace, ["extract", ...nothing])).toMatchObject({ exitCode: 75 });
  expect(await churn(workspace, ["extract", "--date", lastDay, ...nothing])).toMatchObject({ exitCode: 2 });
  expect(await churn(workspace, ["extract", "--date", dayBefore, ...nothing])).toMatchObject({ exitCode: 0 });
});

test("a stage that is killed takes its command along, and the next one clears what it left", async ({
  workspace,
  folder,
}) => {
  const numbers = join(folder, "numbers");
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  await exportDay(workspace, lastDay);
  const script = `trap '' TERM; cat {date}.csv; sleep 100 & echo "$PPID $$ $!" > ${numbers}; sleep 100`;
  const env = { TMPDIR: temporary };
  const words = ["run-all", "--date", lastDay, "--to", "extract"];
  const ended = churn(workspace, [...words, ...from({ command: ["sh", "-c", script], format: "csv" })], env);
  let text = "";
  while (!text.endsWith("\n")) {
    await sleep(20);
    text = await readFile(numbers, "utf8").catch(() => "");
  }
  const [stage = 0, ...others] = text.trim().split(" ").map(Number);
  process.kill(stage, "SIGKILL");
  expect(await ended).toMatchObject({ exitCode: 5 });
  for (const other of others) {
    for (let tries = 0; tries < 500 && isRunning(other); tries += 1) await sleep(10);
    expect(isRunning(other)).toBe(false);
  }
  expect(await readdir(temporary)).toEqual([expect.stringMatching(/^\.churn-source-rows\./)]);

  const good = await churn(workspace, [...words, ...from({ command: ["cat", "{date}.csv"], format: "csv" })], env);
  expect(good, good.stderr).toMatchObject({ exitCode: 0 });
  expect(await readdir(temporary)).toEqual([]);
});
