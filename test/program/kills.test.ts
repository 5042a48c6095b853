import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pipeline } from "../../src/pipeline.ts";
import { churn, lastDay } from "../support/churn.ts";
import { describeCase, type Kill, killCase, targets } from "../support/kill-plan.ts";
import { interruptedLine, type KilledNights, prepareNights, runAll } from "../support/killed-night.ts";
import { interruptedStages } from "../support/night-state.ts";
import { type Place, placeOf } from "../support/place.ts";
import { killCommand, killNight } from "../support/victim.ts";

/**
 * Kills without warning (SIGKILL), at moments that follow from a seed. CHURN_TEST_KILLS says how many cases, CHURN_TEST_SEED
 * the first one's seed: a case that failed is repeated by its own seed and one kill.
 */
const cases = Number(env.CHURN_TEST_KILLS ?? 3);
const firstSeed = Number(env.CHURN_TEST_SEED ?? 1);
const stages = pipeline.map(({ name }) => name);
/** The number of a process that lives no longer: Linux has none as large. */
const nobody = 4_194_304;

let folder: string;
let nights: KilledNights;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-kills-")));
  nights = await prepareNights({
    place: async (name) => {
      const workspace = join(folder, name);
      await mkdir(workspace, { recursive: true });
      return placeOf(workspace);
    },
    copy: (from, to) => cp(from.workspace, to.workspace, { recursive: true }),
    remove: ({ workspace }) => rm(workspace, { recursive: true }),
  });
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  if (nights !== undefined) process.stdout.write(`${nights.summary()}\n`);
});

describe.skipIf(process.platform !== "linux")("a night that is killed", () => {
  test.each(
    Array.from({ length: cases }, (_, index) => killCase(firstSeed + index)).map(
      (one) => [describeCase(one), one] as const,
    ),
  )("ends as one that never was: %s", (_, one) => nights.expectCase(one), 120_000);

  test("in every stage in turn is finished all the same, and each start says where the last one was interrupted", async () => {
    const { pace, reference } = nights.referenceOf("later");
    let place = await nights.copyOf("later");
    let before: { stage: string; run: string } | undefined;
    for (const [index, stage] of stages.entries()) {
      const kill: Kill = { target: targets[index % targets.length] ?? "everything", moment: { stage, share: 0 } };
      const hit = await untilHit(place, async (copy) => {
        const killed = await killNight(copy, lastDay, kill, pace, index);
        if (before !== undefined) expect(killed.stderr).toMatch(interruptedLine(before));
        const atWork = await nights.expectKilledWell(copy, kill, killed, reference);
        return atWork?.stage === stage ? atWork : undefined;
      });
      before = hit.result;
      place = hit.place;
    }
    await nights.expectResumed(place, "later");
  }, 240_000);

  test("after its decision, at the stage that waits for its word, stays decided and finished in MLflow", async () => {
    const { pace, reference } = nights.referenceOf("later");
    const kill: Kill = { target: "stage", moment: { stage: "register", share: 0 }, process: "notify" };
    const { place } = await untilHit(await nights.copyOf("later"), async (copy) => {
      const killed = await killNight(copy, lastDay, kill, pace, 1);
      await nights.expectKilledWell(copy, kill, killed, reference);
      if (killed.processes === 0) return undefined;
      expect(killed).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("notify was killed") });
      return killed;
    });
    await nights.expectResumed(place, "later");
  }, 240_000);

  test("at a stage that a person started is resumed by run-all", async () => {
    const { pace, reference } = nights.referenceOf("later");
    const place = await nights.copyOf("later");
    const half = await churn(place.workspace, [...runAll, "--to", "features"]);
    expect(half, half.stderr).toMatchObject({ exitCode: 0 });
    const kill: Kill = { target: "supervisor", moment: { stage: "train", share: 0 } };
    const killed = await killCommand(place, lastDay, ["train", "--date", lastDay], kill, pace, 1);
    expect(killed).toMatchObject({ signal: "SIGKILL", processes: 1 });
    const attempt = { stage: "train", run: killed.run };
    expect(await nights.expectKilledWell(place, kill, killed, reference)).toEqual(attempt);
    expect(await interruptedStages(place)).toEqual([attempt]);
    await nights.expectResumed(place, "later");
  }, 120_000);

  test("by the machine itself leaves a lock file and unfinished files that are in nobody's way", async () => {
    const { pace, reference } = nights.referenceOf("later");
    const place = await nights.copyOf("later");
    const kill: Kill = { target: "everything", moment: { stage: "transform", share: 0 } };
    const killed = await killNight(place, lastDay, kill, pace, 1);
    expect(await readFile(join(place.workspace, ".churn", "lock"), "utf8")).toContain("run-all of");
    // What a power cut adds to a kill: names whose bytes never reached the disk. All of them are names of unfinished files.
    for (const key of [
      `models/${lastDay}/.evaluation.json.${nobody}-0123abcd.part`,
      `features/${lastDay}/.train.parquet.${nobody}-0123abcd.part/train.parquet`,
    ]) {
      await mkdir(join(place.store, dirname(key)), { recursive: true });
      await writeFile(join(place.store, key), "");
    }
    await nights.expectKilledWell(place, kill, killed, reference);
    await nights.expectResumed(place, "later");
  }, 120_000);
});

/** A stage of hundredths of a second may be over before the signal comes: then the same again, from where it stood. */
async function untilHit<T>(
  from: Place,
  attempt: (place: Place) => Promise<T | undefined>,
): Promise<{ place: Place; result: T }> {
  for (;;) {
    const place = await nights.copied(from);
    const result = await attempt(place);
    if (result !== undefined) return { place, result };
  }
}
