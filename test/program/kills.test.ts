import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pipeline } from "../../src/pipeline.ts";
import { churn, lastDay } from "../support/churn.ts";
import { describeCase, type Kill, killCase, targets } from "../support/kill-plan.ts";
import {
  attemptsOf,
  expectSame,
  expectSound,
  interruptedStages,
  type NightState,
  readState,
  successRecords,
} from "../support/night-state.ts";
import { type Killed, killCommand, killNight, type Pace } from "../support/victim.ts";

/**
 * Kills without warning (SIGKILL), at moments that follow from a seed. CHURN_TEST_KILLS says how many cases, CHURN_TEST_SEED
 * the first one's seed: a case that failed is repeated by its own seed and one kill.
 */
const cases = Number(env.CHURN_TEST_KILLS ?? 3);
const firstSeed = Number(env.CHURN_TEST_SEED ?? 1);
const nights = ["first", "later"] as const;
const stages = pipeline.map(({ name }) => name);
const runAll = ["run-all", "--date", lastDay];
/** The number of a process that lives no longer: Linux has none as large. */
const nobody = 4_194_304;

let folder: string;
let copies = 0;
const prepared: Record<string, { pace: Pace; reference: NightState }> = {};
const soak: { seed: number; kill: Kill; killed: Killed; atWork: string | undefined }[] = [];

/** Each night prepared once, and done once without a kill: its state is the reference, its times are the pace. */
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-kills-")));
  const earlier = (date: string, ...words: string[]) =>
    succeeds(join(folder, "later"), ["run-all", "--date", date, ...words]);
  for (const night of nights) await succeeds(folder, ["-C", night, "init", "--sample", "--date", lastDay]);
  // A timid model goes into production and a better one waits as candidate, so that tonight has both to deal with.
  await earlier("2026-11-20", "--set", "evaluate.threshold=0.8");
  await succeeds(join(folder, "later"), ["promote", "--version", "1", "--yes"]);
  await earlier("2026-11-21");
  for (const night of nights) {
    const workspace = await copyOf(night);
    const startedAt = performance.now();
    await succeeds(workspace, runAll);
    const took = performance.now() - startedAt;
    const times: Record<string, number> = {};
    for (const [, { stage, started_at, ended_at }] of await successRecords(workspace)) {
      times[stage] = Date.parse(ended_at ?? started_at) - Date.parse(started_at);
    }
    prepared[night] = { pace: { night: took, stages: times }, reference: await readState(workspace) };
  }
  expect(prepared.later?.reference.reports["registration.json"]).toMatchObject({
    registered: true,
    version: 3,
    archived: [2],
  });
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  if (soak.length > 0) process.stdout.write(`${summary()}\n`);
});

describe.skipIf(process.platform !== "linux")("a night that is killed", () => {
  test.each(
    Array.from({ length: cases }, (_, index) => killCase(firstSeed + index)).map(
      (one) => [describeCase(one), one] as const,
    ),
  )(
    "ends as one that never was: %s",
    async (_, { seed, night, kills }) => {
      const { pace, reference } = referenceOf(night);
      const workspace = await copyOf(night);
      for (const kill of kills) {
        const killed = await killNight(workspace, lastDay, kill, pace, seed);
        const atWork = await expectKilledWell(workspace, kill, killed, reference);
        soak.push({ seed, kill, killed, atWork: atWork?.stage });
      }
      await expectResumed(workspace, night);
    },
    120_000,
  );

  test("in every stage in turn is finished all the same, and each start says where the last one was interrupted", async () => {
    const { pace, reference } = referenceOf("later");
    let workspace = await copyOf("later");
    let before: { stage: string; run: string } | undefined;
    for (const [index, stage] of stages.entries()) {
      const kill: Kill = { target: targets[index % targets.length] ?? "everything", moment: { stage, share: 0 } };
      const hit = await untilHit(workspace, async (copy) => {
        const killed = await killNight(copy, lastDay, kill, pace, index);
        if (before !== undefined) expect(killed.stderr).toMatch(interruptedLine(before));
        const atWork = await expectKilledWell(copy, kill, killed, reference);
        return atWork?.stage === stage ? atWork : undefined;
      });
      before = hit.result;
      workspace = hit.workspace;
    }
    await expectResumed(workspace, "later");
  }, 240_000);

  test("after its decision, at the stage that waits for its word, stays decided and finished in MLflow", async () => {
    const { pace, reference } = referenceOf("later");
    const kill: Kill = { target: "stage", moment: { stage: "register", share: 0 }, process: "notify" };
    const { workspace } = await untilHit(await copyOf("later"), async (copy) => {
      const killed = await killNight(copy, lastDay, kill, pace, 1);
      await expectKilledWell(copy, kill, killed, reference);
      if (killed.processes === 0) return undefined;
      expect(killed).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("notify was ended by SIGKILL") });
      return killed;
    });
    await expectResumed(workspace, "later");
  }, 240_000);

  test("at a stage that a person started is resumed by run-all", async () => {
    const { pace, reference } = referenceOf("later");
    const workspace = await copyOf("later");
    await succeeds(workspace, [...runAll, "--to", "features"]);
    const kill: Kill = { target: "supervisor", moment: { stage: "train", share: 0 } };
    const killed = await killCommand(workspace, lastDay, ["train", "--date", lastDay], kill, pace, 1);
    expect(killed).toMatchObject({ signal: "SIGKILL", processes: 1 });
    const attempt = { stage: "train", run: killed.run };
    expect(await expectKilledWell(workspace, kill, killed, reference)).toEqual(attempt);
    expect(await interruptedStages(workspace)).toEqual([attempt]);
    await expectResumed(workspace, "later");
  }, 120_000);

  test("by the machine itself leaves a lock file and unfinished files that are in nobody's way", async () => {
    const { pace, reference } = referenceOf("later");
    const workspace = await copyOf("later");
    const kill: Kill = { target: "everything", moment: { stage: "transform", share: 0 } };
    const killed = await killNight(workspace, lastDay, kill, pace, 1);
    expect(await readFile(join(workspace, ".churn", "lock"), "utf8")).toContain("run-all of");
    // What a power cut adds to a kill: names whose bytes never reached the disk. All of them are names of unfinished files.
    for (const key of [
      `models/${lastDay}/.evaluation.json.${nobody}-0123abcd.part`,
      `features/${lastDay}/.train.parquet.${nobody}-0123abcd.part/train.parquet`,
    ]) {
      await mkdir(join(workspace, dirname(key)), { recursive: true });
      await writeFile(join(workspace, key), "");
    }
    await expectKilledWell(workspace, kill, killed, reference);
    await expectResumed(workspace, "later");
  }, 120_000);
});

/**
 * What holds right after a kill.
 *
 * @returns the stage that was at work, and its run
 */
async function expectKilledWell(workspace: string, { target }: Kill, killed: Killed, reference: NightState) {
  const { run, processes, inTmp, exitCode, signal, stderr, gone } = killed;
  await expectSound(workspace, reference);
  expect(inTmp).toEqual([]);
  // In a soak, which runs alone; beside other tests supervisor-death.test.ts holds it, alone as well.
  if (target === "supervisor" && env.CHURN_TEST_KILLS !== undefined)
    expect(gone, "milliseconds until no process lives").toBeLessThan(1_000);
  // 0: it was done before the signal came, or the stage that was killed had said its last word.
  if (exitCode !== 0) {
    expect(processes, stderr).toBeGreaterThan(0);
    if (target === "stage")
      expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: expect.stringMatching(/\w+ was ended by SIGKILL/) });
    else expect(signal, stderr).toBe("SIGKILL");
  }
  if (run === undefined) return undefined;
  const attempts = await attemptsOf(workspace, run);
  const died = attempts.filter(({ status }) => status !== "succeeded");
  expect(died.map(({ status, ended_at, error }) => ({ status, ended_at, error }))).toEqual(
    died.length === 0 ? [] : [{ status: "running", ended_at: null, error: null }],
  );
  const [atWork] = died;
  return atWork === undefined ? undefined : { stage: atWork.stage, run };
}

/** The same words again finish the night, say where it was interrupted, and then have nothing left to do. */
async function expectResumed(workspace: string, night: (typeof nights)[number]) {
  const interrupted = await interruptedStages(workspace);
  const resumed = await churn(workspace, ["-C", workspace, ...runAll]);
  expect(resumed, resumed.stderr).toMatchObject({ exitCode: 0 });
  for (const atWork of interrupted) expect(resumed.stderr).toMatch(interruptedLine(atWork));
  await expectSame(workspace, referenceOf(night).reference);
  const idle = await churn(workspace, runAll);
  expect(idle).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing to do") });
  await rm(workspace, { recursive: true });
}

function interruptedLine({ stage, run }: { stage: string; run: string }): RegExp {
  return new RegExp(`✔ ${stage} .*\\(interrupted in run ${run.slice(-4)}\\)`);
}

function referenceOf(night: (typeof nights)[number]) {
  const found = prepared[night];
  if (found === undefined) throw new Error(`the ${night} night was not prepared`);
  return found;
}

async function copyOf(night: (typeof nights)[number]): Promise<string> {
  return copied(join(folder, night));
}

async function copied(from: string): Promise<string> {
  copies += 1;
  const workspace = join(folder, `copy-${copies}`);
  await cp(from, workspace, { recursive: true });
  return workspace;
}

/** A stage of hundredths of a second may be over before the signal comes: then the same again, from where it stood. */
async function untilHit<T>(
  from: string,
  attempt: (workspace: string) => Promise<T | undefined>,
): Promise<{ workspace: string; result: T }> {
  for (;;) {
    const workspace = await copied(from);
    const result = await attempt(workspace);
    if (result !== undefined) return { workspace, result };
  }
}

async function succeeds(cwd: string, words: readonly string[]): Promise<void> {
  const ended = await churn(cwd, words);
  if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} failed: ${ended.stderr}`);
}

function summary(): string {
  const hits = soak.filter(({ killed }) => killed.exitCode !== 0);
  const count = (names: readonly string[]) =>
    [...new Set(names)].map((name) => `${name} ${names.filter((other) => other === name).length}`).join(", ");
  const slowestLast = hits.toSorted((a, b) => a.killed.gone - b.killed.gone);
  const median = slowestLast[Math.floor(hits.length / 2)];
  const slowest = slowestLast.at(-1);
  const seconds = (ms: number | undefined) => ((ms ?? 0) / 1000).toFixed(2);
  return [
    `${cases} cases from seed ${firstSeed}: ${hits.length} kills (${count(hits.map(({ kill }) => kill.target).sort())}), ${soak.length - hits.length} came too late`,
    `at work when killed: ${count(hits.map(({ atWork }) => atWork ?? "no stage").sort((a, b) => stages.indexOf(a) - stages.indexOf(b)))}`,
    `all processes gone after ${seconds(median?.killed.gone)} s (median), ${seconds(slowest?.killed.gone)} s (longest: seed ${slowest?.seed}, ${slowest?.kill.target} killed)`,
  ].join("\n");
}
