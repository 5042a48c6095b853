import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GYM_BEFORE, GYM_DAY, openGym } from "../support/gym.ts";
import { type Company, copyOf } from "../support/other-table.ts";
import { churn, cronEnv, program } from "../support/program.ts";

/** A gym with a decided night in its own folder, and a server's address where nothing listens. */
let gym: Company;
let home: string;
/** A service that is down is tried no second time. */
const once = { CHURN_RUN_RETRIES_DEADLINE: "0s" };
const MLFLOW_TRACKING_URI = "http://me:geheim-geheim@127.0.0.1:1";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "churn-home-"));
  gym = await openGym();
  await gym.churn("run-all", "--date", GYM_BEFORE);
}, 60_000);
afterAll(async () => {
  await gym[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

test("a variable that a shell has and cron hasn't makes no second registry: the run names both", async () => {
  await using company = await copyOf(gym);
  const ended = await churn(company.root, ["run-all", "--date", GYM_DAY], { MLFLOW_TRACKING_URI, HOME: home });
  expect(ended).toMatchObject({ exitCode: 2 });
  expect(ended.stderr).toContain(
    `the registry is to be http://127.0.0.1:1 (MLFLOW_TRACKING_URI), but the night of ${GYM_BEFORE} was decided with ${join(company.root, "mlruns")}`,
  );
  expect(ended.stderr).not.toContain("geheim");
  // Nor does a night by hand, or a look at what would be done.
  for (const words of [
    ["run-all", "--date", GYM_DAY, "--dry-run"],
    ["train", "--date", GYM_DAY],
  ])
    expect(await churn(company.root, words, { MLFLOW_TRACKING_URI, HOME: home }), words.join(" ")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`but the night of ${GYM_BEFORE} was decided with`),
    });
  const decided = ["train", "--date", GYM_BEFORE];
  expect(await churn(company.root, decided, { MLFLOW_TRACKING_URI, HOME: home })).toMatchObject({ exitCode: 0 });
  // What churn.yaml says goes before what is said to all programs.
  const said = ["run-all", "--date", GYM_DAY, "--set", "tracking.uri=mlruns"];
  expect(await churn(company.root, said, { MLFLOW_TRACKING_URI, HOME: home })).toMatchObject({ exitCode: 0 });
});

test("a server that is down ends a night before any work, and a decided one needs none", async () => {
  await using company = await copyOf(gym);
  const env = { MLFLOW_TRACKING_URI, HOME: home };
  expect(await churn(company.root, ["init", "--adopt"], env)).toMatchObject({ exitCode: 0 });
  const ended = await churn(company.root, ["run-all", "--date", GYM_DAY], { ...env, ...once });
  expect(ended).toMatchObject({ exitCode: 5 });
  expect(ended.stderr).toContain("MLflow at http://127.0.0.1:1 can't be reached: nothing listens there (ECONNREFUSED)");
  expect(ended.stderr).not.toContain("geheim");
  const records = await readdir(join(company.root, "records", GYM_DAY)).catch(() => []);
  expect(records.filter((name) => name.endsWith(".json"))).toEqual([]);
  expect(await churn(company.root, ["run-all", "--date", GYM_BEFORE], env)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("Nothing to do"),
  });
});

test("--retry-until waits without the lock, under one run, and tells nobody before the end", async () => {
  await using company = await copyOf(gym);
  const env = { MLFLOW_TRACKING_URI, HOME: home, CHURN_TIMEZONE: whereItIsMorning(new Date()) };
  expect(await churn(company.root, ["init", "--adopt"], env)).toMatchObject({ exitCode: 0 });
  const words = ["run-all", "--date", GYM_DAY, "--retry-until", "23:59"];
  const waiting = execa(process.execPath, [program, ...words], {
    cwd: company.root,
    env: { ...cronEnv, ...env },
    extendEnv: false,
    reject: false,
  });
  let stderr = "";
  const waits = new Promise<void>((resolve) => {
    waiting.stderr.on("data", (chunk) => {
      stderr += String(chunk);
      if (stderr.split("waiting  ").length > 2) resolve();
    });
  });
  await waits;
  const other = await churn(company.root, ["run-all", "--date", GYM_DAY], { ...env, ...once });
  expect(other, "no run holds the lock").toMatchObject({ exitCode: 5 });
  waiting.kill("SIGTERM");
  expect(await waiting).toMatchObject({ exitCode: 143 });
  expect(stderr.split("churn 1.").length, "one run has one heading").toBe(2);
  const logs = await readdir(join(company.root, "logs", GYM_DAY));
  expect(logs, "of the one run and of the other").toHaveLength(2);
  const told = (await readdir(join(company.root, "notifications"))).filter((name) => name.includes("failed"));
  expect(told, "of the other run alone").toHaveLength(1);
});

/** A time zone in which 23:59 of today is hours away. */
function whereItIsMorning(now: Date): string {
  const behind = now.getUTCHours() - 8;
  return behind === 0 ? "UTC" : `Etc/GMT${behind > 0 ? "+" : "-"}${Math.min(Math.abs(behind), behind > 0 ? 12 : 14)}`;
}
