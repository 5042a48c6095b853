import { cp, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test as plain } from "vitest";
import * as z from "zod";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { backfillFormat } from "../../src/lib/backfill/report.ts";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { openOutbox } from "../../src/lib/notify/outbox/outbox.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { addDays } from "../../src/lib/workspace/night.ts";
import { churn, digests } from "../support/churn.ts";
import { startFaultyS3 } from "../support/faulty-s3.ts";
import { complaint, replaceIn, slowSource } from "../support/mistake.ts";
import { readArtifact } from "../support/read-artifact.ts";
import { start } from "../support/running.ts";

/** Tonight is today's, whatever the clock says when a test comes to it. */
const began = new Date();
const env = { CHURN_NOW: String(Math.floor(began.getTime() / 1000)) };
/** The day so many days ago: the sample has those of 0 to 6. */
const ago = (days: number) => addDays(began.toISOString().slice(0, 10), -days);

/** The sample, of which the nights of 5 and 3 days ago are decided. */
let prepared: string;
const run = (workspace: string, words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  churn(workspace, words, { ...env, ...more });

beforeAll(async () => {
  prepared = await realpath(await mkdtemp(join(tmpdir(), "churn-prepared-")));
  expect(await run(prepared, ["init", "--sample", "--date", ago(0)])).toMatchObject({ exitCode: 0 });
  await replaceIn(join(prepared, "churn.yaml"), /rounds: 100/, "rounds: 5");
  for (const date of [ago(5), ago(3)])
    expect(await run(prepared, ["run-all", "--date", date])).toMatchObject({ exitCode: 0 });
}, 120_000);
afterAll(() => rm(prepared, { recursive: true, force: true }));

const test = plain.extend<{ workspace: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  workspace: async ({}, use) => {
    const workspace = await realpath(await mkdtemp(join(tmpdir(), "churn-backfill-")));
    await cp(prepared, workspace, { recursive: true });
    await use(workspace);
    await rm(workspace, { recursive: true, force: true });
  },
});

const span = (since: number, until: number) => ["backfill", "--since", ago(since), "--until", ago(until)];
const messagesOf = async (workspace: string) =>
  (await readdir(join(workspace, "notifications"))).filter((name) => name.endsWith(".txt")).sort();

describe("a backfill", () => {
  test("fills the days without a decided night, goes past one that can't be, and tells of all in one message", async ({
    workspace,
  }) => {
    const ended = await run(workspace, [...span(7, 1), "--json"]);
    expect(complaint(ended)).toMatchObject({ exitCode: 2, error: "1 of 5 days failed" });
    // To try again what the source doesn't have is in vain.
    expect(ended.stderr).toMatch(new RegExp(`next   ${join(workspace, "logs", ago(7))} has the log$`));
    expect(ended.stderr).toContain(`\n${ago(7)}  extract: no snapshot for ${ago(7)} in customers.duckdb`);
    const { days, ...rest } = backfillFormat.read(JSON.parse(ended.stdout), "backfill");
    expect(rest).toEqual({ since: ago(7), until: ago(1), left: [], goes_on: null });
    expect(days.map(({ date, outcome, comparison }) => [date, outcome, comparison])).toEqual([
      [ago(7), "failed", null],
      [ago(6), "not_registered", "older_night"],
      [ago(4), "not_registered", "older_night"],
      [ago(2), "registered", "first_model"],
      [ago(1), "registered", "first_model"],
    ]);
    expect(days[0]).toMatchObject({
      stage: "extract",
      exit_code: 2,
      reason: expect.stringContaining("no snapshot for"),
    });
    expect((await readArtifact(workspace, comparison, ago(6))).older).toMatchObject({
      outcome: "first_model",
      would_register: true,
      may_register: false,
    });

    const key = await onlyMessage(workspace, [ago(5), ago(3)]);
    const text = await readFile(join(workspace, "notifications", `${key}.txt`), "utf8");
    expect(text).toMatch(`⚠️ Backfill of ${ago(7)} to ${ago(1)}: 4 nights decided, 1 failed.\n`);
    for (const { night } of days) expect(text).toContain(`\n${night}  `);
    const outbox = openOutbox(openFolderStore(workspace));
    expect((await outbox.entry(ago(6)))?.channels).toMatchObject({ file: { state: "sent", detail: `in ${key}` } });
    expect(await outbox.state()).toMatchObject({ run: null, untold: [], kept: [], open: [], failing: null });

    const started = readLedgerFile(workspace)?.events.filter(
      (event) => event.event === "run_started" && event.command[1] === "backfill",
    );
    expect(started?.map(({ night }) => night)).toEqual(days.map(({ night }) => night));
    expect(await run(workspace, ["verify", "--all"])).toMatchObject({ exitCode: 0 });
    const again = await run(workspace, span(6, 1));
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: `${ago(6)} to ${ago(1)}: each of 6 days has a decided night`,
      stderr: "",
    });
  });

  test("shows in a dry run what it would do, and does nothing", async ({ workspace }) => {
    const before = await digests(workspace);
    const { stdout } = await run(workspace, [...span(4, 1), "--dry-run"]);
    expect(stdout.split("\n")).toEqual([
      `${ago(4)} to ${ago(1)}: 3 of 4 days have no decided night`,
      `  ${ago(4)}  ${ago(2)}  ${ago(1)}`,
      `  ${ago(4)}   all stages   an older night: registers nothing`,
      `  ${ago(2)}   all stages   may register`,
      `  ${ago(1)}   all stages   may register`,
    ]);
    const tonight = await run(workspace, ["run-all", "--catch-up", "1", "--dry-run"]);
    expect(tonight.stdout).toMatch(
      new RegExp(`^days without a decided night, which come first\n  ${ago(1)}   .*\nnight of ${ago(0)}\n`),
    );
    expect(await digests(workspace)).toEqual(before);
  });

  test("stops where a service is down, with the days that are left", async ({ workspace }) => {
    await using server = await startFaultyS3();
    server.put("reset", { times: Number.POSITIVE_INFINITY });
    const source = ["--set", 'source={"url":"parquet:s3://exports/{date}.parquet"}', "--set", "s3.deadline=1s"];
    const ended = await run(workspace, [...span(2, 1), ...source, "--set", "run.retries.deadline=0s"], server.env);
    const { exitCode, error, next } = complaint(ended);
    expect([exitCode, error.split("\n").at(-1)]).toEqual([
      5,
      "it would end the other days as well, so 1 day of 2 stays without a night",
    ]);
    expect(next.at(-1)).toMatch(`churn backfill --since ${ago(2)} --until ${ago(1)} --set `);
    expect(ended.stdout).toContain("0 of 2 days have a night now, 1 failed, 1 not tried");
    await onlyMessage(workspace, [ago(5), ago(3)]);
  });

  test("names its day to those who are turned away, and says after Ctrl-C how it goes on", async ({ workspace }) => {
    const running = start(workspace, [...span(2, 1), ...slowSource], env);
    const attempts = join(workspace, "records", ago(2), "attempts");
    const begun = () => readdir(attempts, { recursive: true }).catch(() => []);
    await expect.poll(begun, { timeout: 20_000 }).toContainEqual(expect.stringMatching(/\/extract\.json$/));
    const other = await run(workspace, ["run-all"]);
    expect(complaint(other)).toMatchObject({ exitCode: 75, error: expect.stringContaining(`backfill of ${ago(2)}`) });
    running.signal("SIGINT");
    const { exitCode, error, next } = complaint(await running.ended);
    expect([exitCode, error]).toEqual([130, "stopped by SIGINT"]);
    expect(next.join(" ")).toContain(`go on with churn backfill --since ${ago(2)} --until ${ago(1)} --set`);
    expect(await messagesOf(workspace)).toEqual([`${ago(5)}.txt`, `${ago(3)}.txt`].sort());
  });
});

/** The one message beside those of nights. @returns its key */
async function onlyMessage(workspace: string, nights: readonly string[]): Promise<string> {
  const [first, ...others] = (await messagesOf(workspace)).filter((name) => !nights.includes(name.slice(0, 10)));
  expect(others).toEqual([]);
  expect(first).toMatch(/^backfill\.\d{8}T\d{6}Z-[\da-f]{4}\.txt$/);
  return first?.replace(/\.txt$/, "") ?? "";
}

const night = z.object({ night: z.string(), outcome: z.string() });
const tonightOf = z.object({
  ...night.shape,
  caught_up: z.object({ days: z.array(night), left: z.array(z.string()), goes_on: z.string().nullable() }),
});

describe("run-all --catch-up", () => {
  test("fills the days without a decided night first, and then does tonight's", async ({ workspace }) => {
    const ended = await run(workspace, ["run-all", "--catch-up", "7", "--json"]);
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(tonightOf.parse(JSON.parse(ended.stdout))).toEqual({
      night: ago(0),
      outcome: "succeeded",
      caught_up: {
        days: [
          // Older than the newest decided night, and a day without one all the same.
          { night: ago(4), outcome: "not_registered" },
          ...[ago(2), ago(1)].map((date) => ({ night: date, outcome: "registered" })),
        ],
        left: [],
        goes_on: null,
      },
    });
    expect(ended.stderr).toMatch(
      new RegExp(`✔ ${ago(4)} .*\n.*✔ ${ago(2)} .*\n.*✔ ${ago(1)} .*\n\nchurn .* night of ${ago(0)} `),
    );
    await onlyMessage(workspace, [ago(5), ago(3), ago(0)]);
    const again = await run(workspace, ["run-all", "--catch-up", "7"]);
    expect(again).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringContaining("Nothing to do") });
  });

  test("tells once of a day whose customers never come, and tries it again without a word", async ({ workspace }) => {
    const gone = ago(4);
    const query = `SELECT * FROM customers WHERE snapshot_date <> DATE '${gone}'`;
    const source = ["--set", `source={url: 'duckdb:customers.duckdb', query: "${query}"}`];
    const words = ["run-all", "--catch-up", "4", "--quiet", ...source];
    const first = await run(workspace, words);
    expect(complaint(first)).toMatchObject({ exitCode: 2, error: "1 of 3 days failed" });
    const key = await onlyMessage(workspace, [ago(5), ago(3), ago(0)]);
    expect(await readFile(join(workspace, "notifications", `${key}.txt`), "utf8")).toContain(
      "What failed is tried again every night for 4 days, and told again only if it ends otherwise.",
    );

    expect(await run(workspace, words)).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
    expect(await onlyMessage(workspace, [ago(5), ago(3), ago(0)])).toBe(key);
    const attempts = await readdir(join(workspace, "records", gone, "attempts"));
    expect(attempts).toHaveLength(2);
    // Its customers come after all.
    expect(await run(workspace, ["run-all", "--catch-up", "4", "--quiet"])).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await messagesOf(workspace)).filter((name) => name.startsWith("backfill."))).toHaveLength(2);
  });

  test("says of a source that shows today alone which days stay without a night, and does tonight's", async ({
    workspace,
  }) => {
    const query =
      "SELECT * EXCLUDE (snapshot_date) FROM customers WHERE snapshot_date = (SELECT max(snapshot_date) FROM customers)";
    const source = [
      "--set",
      `source={url: 'duckdb:customers.duckdb', query: '${query}'}`,
      "--set",
      "dataset.date=null",
    ];
    const refused = await run(workspace, [...span(2, 1), ...source]);
    expect(complaint(refused)).toEqual({
      exitCode: 2,
      error:
        "customers.duckdb shows the current state alone (dataset.date is null): days of the past can't be caught up",
      next: ["dataset.date in churn.yaml names the snapshot's date column, {date} in source.query chooses the day"],
    });
    const { exitCode, stderr } = await run(workspace, [
      ...["run-all", "--catch-up", "7", "--quiet"],
      ...[...source, "--set", "gates.columns=warn"],
    ]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `warning  3 days stay without a night, ${ago(4)} to ${ago(1)}: customers.duckdb shows no day but today`,
    });
  });
});
