import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { connect } from "../../src/lib/duckdb/connection.ts";
import { readLine } from "../../src/lib/ledger/events.ts";
import { statusFormat } from "../../src/lib/status/format.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { type WatchdogReport, watchdogFormat } from "../../src/lib/watchdog/report.ts";
import { whyFormat } from "../../src/lib/why/format.ts";
import { wallClock } from "../../src/lib/workspace/timezone.ts";
import { churn, type Ended, lastDay } from "../support/churn.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack.ts";
import { type FaultyProxy, startProxy } from "../support/faulty-proxy.ts";
import { start } from "../support/running.ts";
import { type FakeClock, fakeClock } from "./support/fake-clock.ts";
import { type MlflowServer, startMlflow } from "./support/mlflow-server.ts";
import { type PlannedDay, planDays } from "./support/night-plan.ts";

/** Ten here; `make soak` asks for sixty. The change to summer time, 2026-03-29, is among them. */
const count = Number(process.env.CHURN_TEST_NIGHTS ?? 10);
const days = planDays(count, { first: count > 30 ? "2026-02-20" : "2026-03-24", days: count });
const ZONE = "Europe/Berlin";
const MODEL = "churn-model";

/** Of a day's customers those that are there: all that a hash draws for it, or a third of them. */
const QUERY = `SELECT customers.* REPLACE ({date} AS snapshot_date) FROM customers, loaded
  WHERE snapshot_date = DATE '${lastDay}' AND loaded.day = {date}
    AND hash(customer_id || CAST({date} AS VARCHAR)) % 90 < loaded.share`.replaceAll(/\s+/g, " ");

let folder: string;
let workspace: string;
let clock: FakeClock;
let server: MlflowServer;
let proxy: FaultyProxy;
let slack: FakeSlack;
let isDead = false;
let isSmall = false;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-many-nights-")));
  workspace = join(folder, "workspace");
  await mkdir(workspace);
  const mounted = await execa("mount", ["-t", "tmpfs", "-o", "size=400m,mode=700", "tmpfs", workspace], {
    reject: false,
  });
  isSmall = mounted.exitCode === 0;
  if (!isSmall) process.stderr.write("no night's disk is full here: this user may mount no file system\n");
  clock = await fakeClock(join(folder, "clock"), "2026-02-19T12:00:00Z");
  [server, slack] = await Promise.all([startMlflow("mlflow", { folder: join(folder, "server") }), startFakeSlack()]);
  proxy = await startProxy(server.url, () => (isDead ? "cut" : undefined));
  expect(await churn(workspace, ["init", "--sample", "--date", lastDay])).toMatchObject({ exitCode: 0 });
  await inSource("CREATE TABLE loaded (day DATE, share INTEGER)");
  await writeFile(join(workspace, "churn.yaml"), settings(await readFile(join(workspace, "churn.yaml"), "utf8")));
});

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await slack?.[Symbol.asyncDispose]();
  if (isSmall) await execa("umount", [workspace]);
  await rm(folder, { recursive: true, force: true });
});

function settings(sample: string): string {
  return [
    sample
      .replace(/^timezone:.*$/m, "")
      .replace(/source: .*/, `source: { url: "duckdb:${join(workspace, "customers.duckdb")}", query: "${QUERY}" }`)
      .replace(/rounds: 100/, "rounds: 5")
      .replace(/notify: .*/, "notify: { channels: [file, slack], remind: 1 }"),
    `timezone: ${ZONE}`,
    'schedule: { at: "06:00" }',
    'watchdog: { by: "09:00", nights: 3, production_age: null, disk: null }',
    "run: { retries: { deadline: 0s } }",
  ].join("\n");
}

async function inSource(...statements: readonly string[]): Promise<void> {
  await using db = await connect();
  await db.run(`ATTACH '${join(workspace, "customers.duckdb")}' AS source; USE source`);
  for (const statement of statements) await db.run(statement);
}

const load = (date: string, share: number) =>
  inSource(`DELETE FROM loaded WHERE day = DATE '${date}'`, `INSERT INTO loaded VALUES (DATE '${date}', ${share})`);

/** The moment at which a clock in the workspace's zone shows so many hours of that day. */
function hourOf(date: string, hours: number): string {
  for (const offset of [1, 2]) {
    const moment = new Date(Date.parse(`${date}T00:00:00Z`) + (hours - offset) * 3_600_000);
    if (wallClock(ZONE, moment).time === `${String(hours).padStart(2, "0")}:00:00`) return moment.toISOString();
  }
  throw new RangeError(`${date} has no ${hours} o'clock`);
}

const env = () => ({
  ...clock.env,
  MLFLOW_TRACKING_URI: proxy.url,
  SLACK_WEBHOOK_URL: slack.webhook,
  TZ: ZONE,
  CHURN_GATES_ROW_COUNT: "4000",
});
const run = (words: readonly string[]) => churn(workspace, words, env());

const NIGHT = ["run-all", "--catch-up", "7", "--quiet"];

/** A day as it goes: what the source has at six, the night that cron starts then, and what people do at noon. */
async function live({ date, trouble, stage, promotes }: PlannedDay): Promise<void> {
  const share = { "missing snapshot": 0, "half-loaded snapshot": 25 }[String(trouble)] ?? 80;
  if (share > 0) await load(date, share);
  await clock.set(hourOf(date, 6));
  if (trouble !== "off") {
    const ended = await night(date, trouble, stage);
    expect(ended.exitCode, `${date}, ${trouble}: ${ended.stderr}`).toBe(exitOf(trouble));
  }
  await load(date, 80);
  if (trouble !== "off") await watch(date);
  if (!promotes) return;
  await clock.set(hourOf(date, 12));
  const newest = (await versionsInRegistry()).at(-1);
  if (newest === undefined || newest.stage === "Production") return;
  expect(await run(["promote", "--version", String(newest.version), "--yes"])).toMatchObject({ exitCode: 0 });
}

/** A look of the watchdog's, at ten. */
interface Watched {
  readonly date: string;
  /** the newest day that is decided by then */
  readonly decided: string;
  readonly findings: WatchdogReport["findings"];
}
const watched: Watched[] = [];

async function watch(date: string): Promise<void> {
  await clock.set(hourOf(date, 10));
  const { stdout, stderr } = await run(["watchdog", "--json"]);
  expect(stderr).toBe("");
  const { findings } = watchdogFormat.read(JSON.parse(stdout), "watchdog");
  const decided = (await decisionsInLedger()).at(-1)?.date ?? "";
  watched.push({ date, decided, findings });
}

/** With which exit code a night ends; undefined for one that is killed. */
function exitOf(trouble: PlannedDay["trouble"]): number | undefined {
  switch (trouble) {
    case "missing snapshot":
      return 75;
    case "half-loaded snapshot":
      return 3;
    case "dead service":
      return 5;
    case "full disk":
      return isSmall ? 5 : 0;
    case "kill":
      return undefined;
    default:
      return 0;
  }
}

async function night(date: string, trouble: PlannedDay["trouble"], stage: string): Promise<Ended> {
  if (trouble === "kill") return await killed(date, stage);
  const filler = join(workspace, "filler");
  try {
    isDead = trouble === "dead service";
    if (trouble === "full disk" && isSmall)
      await execa("dd", ["if=/dev/zero", `of=${filler}`, "bs=1M"], { reject: false });
    return await run(NIGHT);
  } finally {
    isDead = false;
    await rm(filler, { force: true });
  }
}

/** Ends it with all of its processes at once, as a power cut does. */
async function killed(date: string, stage: string): Promise<Ended> {
  const night = start(workspace, NIGHT, env());
  const attempts = join(workspace, "records", date, "attempts");
  let isOver = false;
  void night.ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const begun = await readdir(attempts, { recursive: true }).catch(() => []);
    if (begun.some((name) => name.endsWith(`${stage}.json`))) break;
    await sleep(5);
  }
  expect(isOver, `the night of ${date} was killed at ${stage}`).toBe(false);
  await execa("pkill", ["-KILL", "-P", String(night.pid)], { reject: false });
  night.signal("SIGKILL");
  const { exitCode, ...ended } = await night.ended;
  return { ...ended, exitCode: exitCode ?? undefined };
}

const registered = z.object({
  model_versions: z
    .array(
      z.object({
        version: z.coerce.number(),
        current_stage: z.string(),
        tags: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
      }),
    )
    .default([]),
});

/** As the server itself answers, by version. */
async function versionsInRegistry() {
  const filter = encodeURIComponent(`name='${MODEL}'`);
  const answer = await fetch(`${server.url}/api/2.0/mlflow/model-versions/search?filter=${filter}&max_results=1000`);
  return registered
    .parse(await answer.json())
    .model_versions.map(({ version, current_stage: stage, tags: own }) => ({
      version,
      stage,
      night: own.find(({ key }) => key === tags.night)?.value ?? "",
    }))
    .sort((one, other) => one.version - other.version);
}

/** A night in a row: its date, how it was decided, and the version that it made. */
interface Row {
  readonly date: string;
  readonly outcome: string;
  readonly version: number | null;
}

async function rowsOfStatus(): Promise<readonly Row[]> {
  const { exitCode, stdout, stderr } = await run(["status", "--json", "--nights", String(count)]);
  expect(exitCode, stderr).toBe(0);
  const { nights, failing } = statusFormat.read(JSON.parse(stdout), "status");
  expect(failing).toBeNull();
  return nights.map(({ date, outcome, version }) => ({ date, outcome, version })).sort(byDate);
}

const byDate = (one: Row, other: Row) => (one.date < other.date ? -1 : 1);

async function rowsOfWhy(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { date } of days) {
    const { exitCode, stdout, stderr } = await run(["why", date, "--json"]);
    expect(exitCode, `${date}: ${stderr}`).toBe(0);
    const { outcome, decision } = whyFormat.read(JSON.parse(stdout), "why");
    rows.push({ date, outcome, version: decision?.registered === true ? decision.version : null });
  }
  return rows;
}

const linesOfLedger = async () =>
  // What a full disk left of a line is made empty ones.
  (await readFile(join(workspace, "ledger.jsonl"), "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map(readLine);

async function decisionsInLedger(): Promise<readonly Row[]> {
  const lines = await linesOfLedger();
  const events = lines.flatMap((line) => (line.kind === "event" ? [line.event] : []));
  const decisions = events.flatMap((event): Row[] => {
    if (event.event === "not_registered") return [{ date: event.night, outcome: event.event, version: null }];
    if (event.event !== "registered") return [];
    const outcome = event.outcome === "first_model" ? "first_model" : "registered";
    return [{ date: event.night, outcome, version: event.version }];
  });
  return decisions.sort(byDate);
}

test(`${count} nights with their troubles: all who tell of them tell the same, and the last one is as if there had been none`, {
  timeout: 3_600_000,
}, async () => {
  for (const day of days) await live(day);

  const told = await rowsOfStatus();
  expect(told.map(({ date }) => date)).toEqual(days.map(({ date }) => date));
  // Whatever kept a night from being decided, a later one has caught it up.
  expect(told.filter(({ outcome }) => !["first_model", "registered", "not_registered"].includes(outcome))).toEqual([]);
  expect(await rowsOfWhy(), "why").toEqual(told);
  expect((await linesOfLedger()).filter(({ kind }) => kind !== "event")).toEqual([]);
  expect(await decisionsInLedger(), "the ledger").toEqual(told);
  const made = told.flatMap(({ date, version }) => (version === null ? [] : [{ night: date, version }]));
  const registry = (await versionsInRegistry()).map(({ night, version }) => ({ night, version }));
  expect(
    registry.sort((one, other) => (one.night < other.night ? -1 : 1)),
    "the registry",
  ).toEqual(made);

  const sent = slack.taken.map(({ text, blocks }) => `${text} ${JSON.stringify(blocks)}`);
  const messages = sent.filter((text) => !text.includes("The watchdog found"));
  for (const { night, version } of made) {
    const about = messages.filter((text) => new RegExp(`[Vv]ersion ${version}\\b`).test(text));
    expect(about.length, `messages of version ${version}, ${night}`).toBeGreaterThan(0);
  }
  for (const { date, trouble } of days.filter(({ trouble }) => trouble !== undefined))
    expect(
      messages.some((text) => text.includes(date)),
      `a message of ${date}, ${trouble}`,
    ).toBe(true);

  // What is late is told once for a row of nights without success, and for each row anew, although it looks once a day.
  for (const [index, { date, decided, findings }] of watched.entries()) {
    const late = findings.find(({ what }) => what === "late");
    const isTold = watched.slice(0, index).some((one) => one.decided === decided && one.findings.length > 0);
    expect([date, late !== undefined, late?.is_new === true]).toEqual([
      date,
      decided < date,
      decided < date && !isTold,
    ]);
  }
  const news = watched.filter(({ findings }) => findings.some(({ is_new }) => is_new));
  expect(sent.length - messages.length, "messages of the watchdog").toBe(news.length);

  const verified = await run(["verify", "--all"]);
  expect(verified.exitCode, `${verified.stdout}\n${verified.stderr}`).toBe(0);
  const last = days.at(-1)?.date ?? "";
  const alone = join(folder, "alone");
  await mkdir(alone);
  await writeFile(join(alone, "churn.yaml"), await readFile(join(workspace, "churn.yaml")));
  const own = [
    "--set",
    "register.model=alone",
    "--set",
    "tracking.experiment=alone",
    "--set",
    "notify.channels=[file]",
  ];
  expect(await churn(alone, ["run-all", "--date", last, ...own], env())).toMatchObject({ exitCode: 0 });
  for (const file of ["model/model.json", "predictions.parquet"]) {
    const [ours, fresh] = await Promise.all([workspace, alone].map((at) => readFile(join(at, "models", last, file))));
    expect(ours?.equals(fresh ?? Buffer.of()), file).toBe(true);
  }
});
