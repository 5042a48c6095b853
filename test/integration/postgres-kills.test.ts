import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { churn, cronEnv, digests, program } from "../support/churn.ts";
import { complaint, replaceIn, unfinishedIn } from "../support/mistake.ts";
import { mulberry32 } from "../support/mulberry32.ts";
import { type Postgres, startPostgres } from "./support/postgres.ts";
import { type Passing, type PostgresProxy, startPostgresProxy } from "./support/postgres-proxy.ts";

/**
 * Loads that are hit in their midst, by plans that follow from a seed. CHURN_TEST_SOURCE_KILLS says how many there are,
 * CHURN_TEST_SEED the first one's seed.
 */
const plans = Number(env.CHURN_TEST_SOURCE_KILLS ?? 4);
const firstSeed = Number(env.CHURN_TEST_SEED ?? 1);

const ROWS = 40_000;
const DAY = "2026-11-23";
const RAW = `raw/${DAY}/customers.parquet`;

/** What happens in the midst of a load. */
const WAYS = [
  "the backend is terminated",
  "the backend is killed",
  "a fast stop",
  "an immediate stop",
  "a kill of the server",
  "an end exactly behind a row",
  "a reset exactly behind a row",
  "an end behind the last row",
  "an end behind the end of all rows",
  "a kill of churn",
] as const;
type Way = (typeof WAYS)[number];

interface Plan {
  readonly seed: number;
  readonly way: Way;
  /** the row before which it happens */
  readonly row: number;
  /** of one connection after the other, so many are hit */
  readonly times: number;
  /** how long a stopped server is away */
  readonly awayMs: number;
}

/** The plan of a seed: the same seed is the same plan, and ten in a row have all ways. */
function planOf(seed: number): Plan {
  const random = mulberry32(seed);
  const way = WAYS[seed % WAYS.length] ?? "a fast stop";
  const row =
    way === "an end behind the last row" || way === "an end behind the end of all rows"
      ? ROWS
      : 1 + Math.floor(random() * (ROWS - 1));
  return { seed, way, row, times: random() < 0.3 ? 2 : 1, awayMs: random() * 2500 };
}

let folder: string;
let sample: string;
let postgres: Postgres;
let expected: string | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-source-kills-"));
  postgres = await startPostgres();
  await postgres.run(`
    CREATE ROLE reader LOGIN PASSWORD 'secret';
    CREATE TABLE customers AS
    SELECT 'C' || lpad(i::text, 6, '0') AS id, date '${DAY}' AS day, i % 72 AS tenure, (i % 9000)::numeric(10,2) / 7 AS charges,
           repeat('some text, ', 1 + i % 30) AS note, md5(i::text)::uuid AS key, i % 4 = 0 AS churned
    FROM generate_series(1, ${ROWS}) AS s(i);
    GRANT SELECT ON customers TO reader`);
  sample = join(folder, "sample");
  await mkdir(sample);
  await churn(sample, ["init", "--sample"]);
  await rm(join(sample, "customers.duckdb"));
  const dataset = "dataset: { id: id, date: day, target: { column: churned, positive: true }, exclude: [key] }";
  await replaceIn(
    join(sample, "churn.yaml"),
    /^dataset:\n(?: .*\n)+source: .*$/m,
    `${dataset}\nsource: { url: "postgres://reader@127.0.0.1:1/postgres", table: customers }`,
  );
  const reference = await workspaceOf("reference");
  const ended = await extract(reference, postgres.port);
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  expected = (await digests(reference))[RAW];
  expect(expected).toBeDefined();
});
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A workspace, and a place of its own for temporary files beside it: what stays there was left. */
async function workspaceOf(name: string): Promise<string> {
  const workspace = join(folder, name);
  await cp(sample, workspace, { recursive: true });
  await mkdir(`${workspace}-tmp`);
  return workspace;
}

function wordsFor(port: number): string[] {
  return ["extract", "--date", DAY, "--set", `source.url=postgres://reader@127.0.0.1:${port}/postgres`];
}

const extract = (workspace: string, port: number) =>
  churn(workspace, wordsFor(port), { PGPASSWORD: "secret", TMPDIR: `${workspace}-tmp` });

/** What strikes as a row passes; the connection's fate where it is the connection's. */
async function strike(way: Way, awayMs: number): Promise<"pass" | "fin" | "rst"> {
  const backend = "SELECT pid FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'";
  if (way === "the backend is terminated") await postgres.run(`SELECT pg_terminate_backend(pid) FROM (${backend}) b`);
  if (way === "the backend is killed") {
    for (const pid of (await postgres.run(backend)).split("\n").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
    // The server ends all others too, and begins anew by itself.
    await sleep(300);
  }
  if (way === "a fast stop" || way === "an immediate stop" || way === "a kill of the server") {
    await postgres.stop(way === "a fast stop" ? "fast" : way === "an immediate stop" ? "immediate" : "kill");
    restarted = sleep(awayMs).then(() => postgres.start());
  }
  if (way.startsWith("an end")) return "fin";
  return way.startsWith("a reset") ? "rst" : "pass";
}
let restarted: Promise<void> = Promise.resolve();

/** Before which of its messages a load is hit. */
function isDue({ way, row }: Plan, { type, rows }: Passing): boolean {
  if (way === "an end behind the end of all rows") return type === "C" && rows === ROWS;
  if (way === "an end behind the last row") return type === "c" && rows === ROWS;
  return type === "d" && rows === row;
}

test.each(Array.from({ length: plans }, (_, index) => planOf(firstSeed + index)))(
  "$way before row $row, $times times, seed $seed: whole or nothing, and whole the next time",
  async (plan) => {
    const { seed, way, times, awayMs } = plan;
    const workspace = await workspaceOf(`seed-${seed}`);
    let hits = 0;
    let killed: (() => void) | undefined;
    await using proxy = await startPostgresProxy(postgres.port, (passing) => {
      if (hits >= times || !isDue(plan, passing)) return "pass";
      hits += 1;
      killed?.();
      return strike(way, awayMs);
    });
    const temporary = `${workspace}-tmp`;
    if (way === "a kill of churn") {
      await killedExtract(workspace, proxy, (kill) => {
        killed = kill;
      });
      expect(await unfinishedIn(workspace)).toEqual([]);
      expect((await digests(workspace))[RAW]).toBeUndefined();
      await until(
        async () => (await postgres.run("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'")) === "0",
      );
    } else {
      const ended = await extract(workspace, proxy.port);
      await restarted;
      expect(await readdir(temporary), ended.stderr).toEqual([]);
      expect(await unfinishedIn(workspace)).toEqual([]);
      if (ended.exitCode === 0) expect((await digests(workspace))[RAW]).toBe(expected);
      else {
        expect(complaint(ended), ended.stderr).toMatchObject({ exitCode: 5, next: [expect.any(String)] });
        expect((await digests(workspace))[RAW]).toBeUndefined();
      }
    }
    expect(hits).toBeGreaterThan(0);
    await until(async () => (await postgres.run("SELECT 1").catch(() => "")) === "1");
    const next = await extract(workspace, postgres.port);
    expect(next, next.stderr).toMatchObject({ exitCode: 0 });
    expect((await digests(workspace))[RAW]).toBe(expected);
    // What a kill left is gone by now.
    expect(await readdir(temporary)).toEqual([]);
    await rm(workspace, { recursive: true });
    await rm(temporary, { recursive: true });
  },
);

/** Runs churn until a row is due, and kills it with all that it started. */
async function killedExtract(workspace: string, proxy: PostgresProxy, told: (kill: () => void) => void): Promise<void> {
  const running = execa(process.execPath, [program, ...wordsFor(proxy.port)], {
    cwd: workspace,
    env: { ...cronEnv, PGPASSWORD: "secret", TMPDIR: `${workspace}-tmp` },
    extendEnv: false,
    reject: false,
    detached: true,
    stdin: "ignore",
  });
  told(() => process.kill(-(running.pid ?? 0), "SIGKILL"));
  expect((await running).signal).toBe("SIGKILL");
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const patience = performance.now() + 10_000;
  while (!(await what())) {
    if (performance.now() > patience) throw new Error("not so within 10 s");
    await sleep(100);
  }
}

test("a connection that is lost each time is 5, and leaves nothing", async () => {
  const workspace = await workspaceOf("each time");
  await using ends = await startPostgresProxy(postgres.port, ({ type, rows }) =>
    type === "d" && rows === 20_000 ? "fin" : "pass",
  );
  const ended = await extract(workspace, ends.port);
  expect(complaint(ended), ended.stderr).toMatchObject({ exitCode: 5, error: expect.stringMatching(/lost/) });
  expect(ends.connections()).toBe(4);
  expect(await readdir(`${workspace}-tmp`)).toEqual([]);
  expect((await digests(workspace))[RAW]).toBeUndefined();
  expect(await postgres.run("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'")).toBe("0");
});

/** Makes a small disk in a mount namespace, which takes it along, and runs churn with it as its place for temporary files. */
const ON_SMALL_DISK = `
  mount -t tmpfs -o size=4m,mode=700 tmpfs "$1" || exit 90
  export TMPDIR="$1"; shift
  "$@"; code=$?
  ls -A "$TMPDIR" | sed 's/^/left: /'
  exit $code`;

test("a disk that is full while rows are written is 5, and leaves nothing", async ({ skip }) => {
  const unshare = ["--user", "--map-root-user", "--mount"];
  const possible = await execa("unshare", [...unshare, "true"], { reject: false });
  skip(possible.exitCode !== 0, "this machine lets nobody make a mount namespace");
  const workspace = await workspaceOf("full");
  // Nobody can say how many bytes a query's rows have before they come.
  const query = `source={url: 'postgres://reader@127.0.0.1:${postgres.port}/postgres', query: 'SELECT * FROM customers'}`;
  const words = [process.execPath, program, "extract", "--date", DAY, "--set", query];
  const full = await execa("unshare", [...unshare, "sh", "-c", ON_SMALL_DISK, "sh", `${workspace}-tmp`, ...words], {
    cwd: workspace,
    env: { ...cronEnv, PATH: `/usr/sbin:/sbin:${cronEnv.PATH}`, PGPASSWORD: "secret" },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  expect(complaint({ exitCode: full.exitCode, stderr: full.stderr }), full.stderr).toMatchObject({
    exitCode: 5,
    error: expect.stringMatching(/space|room|full|free/i),
  });
  expect(full.stdout).not.toContain("left: ");
  expect((await digests(workspace))[RAW]).toBeUndefined();
});
