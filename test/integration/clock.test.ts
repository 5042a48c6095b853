import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { recordFormat, type StageRecord } from "../../src/lib/stage/record.ts";
import { pipeline } from "../../src/pipeline.ts";
import { churn, type Ended, test as plain } from "../support/churn.ts";
import { startFaultyS3 } from "../support/faulty-s3.ts";
import { slowSource } from "../support/mistake.ts";
import { attemptBegun, start } from "../support/running.ts";
import { type FakeClock, fakeClock } from "./support/fake-clock.ts";

/** A clock in a folder, and a workspace of Berlin whose last snapshot is of that clock's day. */
interface Place {
  readonly workspace: string;
  readonly clock: FakeClock;
  run(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

const test = plain.extend<{ at: (moment: string, lastDay: string) => Promise<Place> }>({
  at: async ({ folder }, use) => {
    await use(async (moment, lastDay) => {
      const clock = await fakeClock(join(folder, "clock"), moment);
      const workspace = join(folder, "workspace");
      const env = { ...clock.env, CHURN_TIMEZONE: "Europe/Berlin", TZ: "Europe/Berlin", CHURN_TRAIN_ROUNDS: "5" };
      const run: Place["run"] = (words, more = {}) => churn(workspace, words, { ...env, ...more });
      await succeeds(churn(folder, ["-C", workspace, "init", "--sample", "--date", lastDay], env));
      return { workspace, clock, run };
    });
  },
});

async function succeeds(running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  expect(ended.exitCode, ended.stderr).toBe(0);
  return ended;
}

const nightsOf = (workspace: string) => readdir(join(workspace, "records"));

/** The success records of a night, in the pipeline's order. */
async function recordsOf(workspace: string, night: string): Promise<StageRecord[]> {
  const read = async (stage: string) => {
    const file = join(workspace, "records", night, `${stage}.json`);
    return recordFormat.read(JSON.parse(await readFile(file, "utf8")), file);
  };
  return Promise.all(pipeline.map(({ name }) => read(name)));
}

const decidedToday = "was decided at ";

describe("the night in which clocks change", () => {
  test.for([
    { change: "to summer time", before: "2026-03-29T00:59:58.500Z", day: "2026-03-29", shows: /decided at 03:00:/ },
    { change: "from summer time", before: "2026-10-25T00:59:58.500Z", day: "2026-10-25", shows: /decided at 02:00:/ },
  ])("$change is one night, that is decided once", async ({ before, day, shows }, { at }) => {
    const { workspace, run } = await at(before, day);
    await succeeds(run(["run-all"]));
    expect(await nightsOf(workspace)).toEqual([day]);
    for (const { started_at, ended_at } of await recordsOf(workspace, day))
      expect(Date.parse(ended_at ?? "")).toBeGreaterThanOrEqual(Date.parse(started_at));
    const again = await succeeds(run(["run-all"]));
    expect(again.stdout).toMatch(shows);
    expect(again.stdout).toContain("Nothing to do");
    await succeeds(run(["verify"]));
  });

  test("has an hour that is there twice, in which a second start finds it decided", async ({ at }) => {
    const { workspace, clock, run } = await at("2026-10-25T00:30:00Z", "2026-10-25");
    await succeeds(run(["run-all"]));
    // 02:30 once more.
    await clock.set("2026-10-25T01:30:00Z");
    expect((await succeeds(run(["run-all"]))).stdout).toContain(decidedToday);
    expect(await nightsOf(workspace)).toEqual(["2026-10-25"]);
  });

  test("ends --retry-until of a time that it leaves out, at the moment after", async ({ at }) => {
    const { clock, run, workspace } = await at("2026-03-29T00:59:30Z", "2026-03-28");
    // Today's snapshot isn't there: 75, again and again.
    const running = run(["run-all", "--retry-until", "02:30", "--set", "run.retries.first=1s"]);
    await attemptBegunOn(workspace, "2026-03-29");
    // 03:30 by the clocks of Berlin, which showed no 02:30.
    await clock.set("2026-03-29T01:29:59Z");
    expect(await running).toMatchObject({ exitCode: 75 });
  });
});

async function attemptBegunOn(workspace: string, night: string): Promise<void> {
  for (;;) {
    const found = await readdir(join(workspace, "records", night, "attempts"), { recursive: true }).catch(() => []);
    if (found.some((name) => name.endsWith(".json"))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a clock that is set back an hour", () => {
  const DAY = "2026-11-22";

  test("in the midst of a night lets it end as it would have, and no stage ends before it began", async ({ at }) => {
    const { workspace, clock, run } = await at("2026-11-22T05:00:00Z", DAY);
    await succeeds(run(["run-all", "--to", "features"]));
    const running = run(["run-all", "--set", "train.rounds=300"]);
    await attemptBegun(workspace, "train");
    await clock.move(-3600);
    await succeeds(running);
    const records = await recordsOf(workspace, DAY);
    for (const { started_at, ended_at } of records)
      expect(Date.parse(ended_at ?? "")).toBeGreaterThanOrEqual(Date.parse(started_at));
    const [register] = records.filter(({ stage }) => stage === "register");
    expect(register?.started_at, "the clock was set back").toMatch(/^2026-11-22T04:/);
    expect((await succeeds(run(["run-all"]))).stdout).toContain("Nothing to do");
    await succeeds(run(["verify"]));
  });

  test("between two runs leaves their order: the last one's end is the one that is told", async ({ at }) => {
    const { workspace, clock, run } = await at("2026-11-22T05:00:00Z", DAY);
    const env = { ...clock.env, CHURN_TIMEZONE: "Europe/Berlin", TZ: "Europe/Berlin" };
    const killed = start(workspace, ["run-all", ...slowSource], env);
    await attemptBegun(workspace, "extract");
    killed.signal("SIGKILL");
    await killed.ended;
    await clock.move(-3600);
    expect((await run(["run-all", "--set", "source.url=duckdb:gone.duckdb"])).exitCode).not.toBe(0);
    const runs = (await readdir(join(workspace, "records", DAY, "attempts"))).sort();
    expect(runs).toHaveLength(2);
    const { stderr } = await succeeds(run(["run-all", "--to", "extract"]));
    expect(stderr).toMatch(new RegExp(`✔ extract .*\\(failed in run ${runs.at(-1)?.slice(-4)}\\)`));
  });

  test("while a service is waited for makes the wait no longer", { timeout: 120_000 }, async ({ at }) => {
    const { workspace, clock } = await at("2026-11-22T05:00:00Z", DAY);
    await using server = await startFaultyS3();
    server.put("reset", { times: Number.POSITIVE_INFINITY });
    const env = { ...clock.env, ...server.env, CHURN_TIMEZONE: "Europe/Berlin" };
    const words = ["--set", 'source={"url":"parquet:s3://exports/day.parquet"}', "--set", "s3.deadline=1s"];
    const running = start(workspace, ["run-all", ...words, "--set", "run.retries={first: 4s, deadline: 8s}"], env);
    await running.shows("waiting  next try at ");
    await clock.move(-3600);
    expect(await running.ended).toMatchObject({ exitCode: 5 });
  });

  test("past midnight is yesterday, whose night is decided", async ({ at }) => {
    const { workspace, clock, run } = await at("2026-11-21T22:40:00Z", DAY);
    await succeeds(run(["run-all"]));
    await clock.set("2026-11-21T23:20:00Z");
    await succeeds(run(["run-all"]));
    expect(await nightsOf(workspace)).toEqual(["2026-11-21", DAY]);
    await clock.move(-3600);
    expect((await succeeds(run(["run-all"]))).stdout).toMatch(/^Night of 2026-11-21 was decided/);
    const named = await run(["run-all", "--date", DAY]);
    expect(named).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("is in the future") });
  });
});

test("dates may be run twice and in any order, and none undoes another", async ({ at }) => {
  const { workspace, run } = await at("2026-11-22T05:00:00Z", "2026-11-22");
  for (const date of ["2026-11-21", "2026-11-19", "2026-11-22", "2026-11-20"]) {
    await succeeds(run(["run-all", "--date", date]));
    expect((await succeeds(run(["run-all", "--date", date]))).stdout).toContain("Nothing to do");
  }
  expect(await nightsOf(workspace)).toEqual(["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"]);
  const outcomes = await Promise.all(
    (await nightsOf(workspace)).map(async (night) => {
      const file = join(workspace, "models", night, "comparison.json");
      return [night, JSON.parse(await readFile(file, "utf8")).outcome];
    }),
  );
  expect(Object.fromEntries(outcomes)).toMatchObject({ "2026-11-19": "older_night", "2026-11-20": "older_night" });
  await succeeds(run(["verify", "--all"]));
});

test("a machine that was off for three days makes up for them, and older days are held against what was in production then", async ({
  at,
}) => {
  const { workspace, clock, run } = await at("2026-11-18T05:00:00Z", "2026-11-22");
  await succeeds(run(["run-all", "--catch-up", "7"]));
  await succeeds(run(["promote", "--version", "1", "--yes"]));
  await clock.set("2026-11-22T05:00:00Z");
  await succeeds(run(["run-all", "--catch-up", "7"]));
  const missed = ["2026-11-19", "2026-11-20", "2026-11-21"];
  expect(await nightsOf(workspace)).toEqual(["2026-11-18", ...missed, "2026-11-22"]);
  // Another one takes its place, whoever is better.
  await succeeds(run(["run-all", "--again", "--set", "split.salt=b"]));
  const { versions } = JSON.parse((await succeeds(run(["models", "--json"]))).stdout);
  const staged = versions.find(({ stage }: { stage: string }) => stage === "Staging").version;
  await succeeds(run(["promote", "--version", String(staged), "--yes"]));

  await succeeds(run(["backfill", "--since", "2026-11-16", "--until", "2026-11-21"]));
  await succeeds(run(["run-all", "--date", "2026-11-19", "--again", "--set", "train.rounds=7"]));
  const judged = async (night: string) => {
    const file = join(workspace, "models", night, "comparison.json");
    const { outcome, production, older } = JSON.parse(await readFile(file, "utf8"));
    return [outcome, production?.version ?? null, older?.known_by ?? null];
  };
  expect(await judged("2026-11-17")).toEqual(["older_night", null, "nothing tells of one"]);
  expect(await judged("2026-11-19.2")).toEqual([
    "older_night",
    1,
    expect.stringMatching(/^promoted on 2026-11-18 by /),
  ]);
  for (const night of [...missed, "2026-11-22"]) expect((await judged(night)).slice(1)).toEqual([1, null]);
  await succeeds(run(["verify", "--all"]));
});
