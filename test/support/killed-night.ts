import { rm } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { expect } from "vitest";
import { pipeline } from "../../src/pipeline.ts";
import { churn, lastDay } from "./churn.ts";
import type { Kill, KillCase } from "./kill-plan.ts";
import {
  attemptsOf,
  expectLedger,
  expectSame,
  expectSound,
  interruptedStages,
  type NightState,
  readState,
  successRecords,
} from "./night-state.ts";
import type { Place } from "./place.ts";
import { type Killed, killNight, type Mortal, type Pace } from "./victim.ts";

export const runAll = ["run-all", "--date", lastDay];
const nights = ["first", "later"] as const;
export type NightName = (typeof nights)[number];

/** Where nights are killed: beside each other, each in a copy. */
export interface Scene {
  /** a place of that name, of which there may be nothing yet */
  place(name: string): Promise<Place>;
  copy(from: Place, to: Place): Promise<void>;
  remove(place: Place): Promise<void>;
  /** of the store, where it is killed as well */
  readonly server?: Mortal;
}

/** Nights that were prepared, to be killed in copies. */
export interface KilledNights {
  copyOf(night: NightName): Promise<Place>;
  copied(from: Place): Promise<Place>;
  referenceOf(night: NightName): { readonly pace: Pace; readonly reference: NightState };
  /** All of a case: each kill, what holds after it, and the night's end. */
  expectCase(one: KillCase): Promise<void>;
  /**
   * What holds right after a kill.
   *
   * @returns the stage that was at work, and its run
   */
  expectKilledWell(
    place: Place,
    kill: Kill,
    killed: Killed,
    reference: NightState,
  ): Promise<{ readonly stage: string; readonly run: string } | undefined>;
  /** The same words again finish the night, say where it was interrupted, and then have nothing left to do. */
  expectResumed(place: Place, night: NightName): Promise<void>;
  /** What `expectCase` has seen, for people. */
  summary(): string;
}

/** Prepares each night once, and does it once without a kill: its state is the reference, its times are the pace. */
export async function prepareNights(scene: Scene): Promise<KilledNights> {
  let copies = 0;
  const prepared: Record<string, { pace: Pace; reference: NightState }> = {};
  const soak: { seed: number; kill: Kill; killed: Killed; atWork: string | undefined }[] = [];

  // Elsewhere the store's id is made by the first who writes there, and copies are to have the same one.
  const identified = scene.server === undefined ? [] : ["--adopt"];
  for (const night of nights) {
    const place = await scene.place(night);
    await succeeds(place, ["init", "--sample", "--date", lastDay, ...identified]);
    // By its path, which is another one in each copy.
    await rm(join(place.workspace, ".churn", "registry.json"), { force: true });
  }
  // A timid model goes into production and a better one waits as candidate, so that tonight has both to deal with.
  const later = await scene.place("later");
  await succeeds(later, ["run-all", "--date", "2026-11-20", "--set", "evaluate.threshold=0.8"]);
  await succeeds(later, ["promote", "--version", "1", "--yes"]);
  await succeeds(later, ["run-all", "--date", "2026-11-21"]);
  for (const night of nights) {
    const place = await copyOf(night);
    const startedAt = performance.now();
    await succeeds(place, runAll);
    const took = performance.now() - startedAt;
    const times: Record<string, number> = {};
    for (const [, { stage, started_at, ended_at }] of await successRecords(place)) {
      times[stage] = Date.parse(ended_at ?? started_at) - Date.parse(started_at);
    }
    prepared[night] = { pace: { night: took, stages: times }, reference: await readState(place) };
  }
  expect(prepared.later?.reference.reports["registration.json"]).toMatchObject({
    registered: true,
    version: 3,
    archived: [2],
  });

  return { copyOf, copied, referenceOf, expectCase, expectKilledWell, expectResumed, summary };

  async function expectCase({ seed, night, kills }: KillCase): Promise<void> {
    const { pace, reference } = referenceOf(night);
    const place = await copyOf(night);
    for (const kill of kills) {
      const killed = await killNight(place, lastDay, kill, pace, seed, scene.server);
      const atWork = await expectKilledWell(place, kill, killed, reference);
      soak.push({ seed, kill, killed, atWork: atWork?.stage });
    }
    await expectResumed(place, night);
  }

  async function expectKilledWell(place: Place, { target }: Kill, killed: Killed, reference: NightState) {
    const { run, processes, inTmp, exitCode, signal, stderr, gone } = killed;
    await expectSound(place, reference);
    expect(inTmp).toEqual([]);
    // In a soak, which runs alone; beside other tests supervisor-death.test.ts holds it, alone as well.
    if (target === "supervisor" && scene.server === undefined && env.CHURN_TEST_KILLS !== undefined)
      expect(gone, "milliseconds until no process lives").toBeLessThan(1_000);
    // The night waits for a server that comes back, and loses nothing by it.
    if (target === "server") expect(exitCode, stderr).toBe(0);
    // 0: it was done before the signal came, or the stage that was killed had said its last word.
    if (exitCode !== 0) {
      expect(processes, stderr).toBeGreaterThan(0);
      if (target === "stage")
        expect({ exitCode, stderr }).toEqual({
          exitCode: 5,
          stderr: expect.stringMatching(/\w+ was killed/),
        });
      else expect(signal, stderr).toBe("SIGKILL");
    }
    if (run === undefined) return undefined;
    const attempts = await attemptsOf(place, run);
    const died = attempts.filter(({ status }) => status !== "succeeded");
    // A supervisor that lives says what its stage can't say any more.
    const asLeft = { status: "running", ended_at: null, error: null };
    const asNoted = {
      status: "interrupted",
      ended_at: expect.any(String),
      error: expect.objectContaining({ message: expect.stringContaining(" was killed"), exit_code: 5 }),
    };
    expect(died.map(({ status, ended_at, error }) => ({ status, ended_at, error }))).toEqual(
      died.length === 0 ? [] : [target === "stage" ? asNoted : asLeft],
    );
    const [atWork] = died;
    return atWork === undefined ? undefined : { stage: atWork.stage, run };
  }

  async function expectResumed(place: Place, night: NightName) {
    const interrupted = await interruptedStages(place);
    const resumed = await churn(place.workspace, ["-C", place.workspace, ...runAll], place.env);
    expect(resumed, resumed.stderr).toMatchObject({ exitCode: 0 });
    for (const atWork of interrupted) expect(resumed.stderr).toMatch(interruptedLine(atWork));
    await expectSame(place, referenceOf(night).reference);
    const idle = await churn(place.workspace, runAll, place.env);
    expect(idle).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing to do") });
    await expectLedger(place, referenceOf(night).reference);
    await scene.remove(place);
  }

  function referenceOf(night: NightName) {
    const found = prepared[night];
    if (found === undefined) throw new Error(`the ${night} night was not prepared`);
    return found;
  }

  async function copyOf(night: NightName): Promise<Place> {
    return copied(await scene.place(night));
  }

  async function copied(from: Place): Promise<Place> {
    copies += 1;
    const place = await scene.place(`copy-${copies}`);
    await scene.copy(from, place);
    return place;
  }

  function summary(): string {
    const stages = pipeline.map(({ name }) => name);
    const hits = soak.filter(({ kill, killed: { exitCode, processes } }) =>
      kill.target === "server" ? processes > 0 : exitCode !== 0,
    );
    const count = (names: readonly string[]) =>
      [...new Set(names)].map((name) => `${name} ${names.filter((other) => other === name).length}`).join(", ");
    const slowestLast = hits.toSorted((a, b) => a.killed.gone - b.killed.gone);
    const median = slowestLast[Math.floor(hits.length / 2)];
    const slowest = slowestLast.at(-1);
    const seconds = (ms: number | undefined) => ((ms ?? 0) / 1000).toFixed(2);
    const seeds = new Set(soak.map(({ seed }) => seed));
    return [
      `${seeds.size} cases from seed ${Math.min(...seeds)}: ${hits.length} kills (${count(hits.map(({ kill }) => kill.target).sort())}), ${soak.length - hits.length} came too late`,
      `at work when killed: ${count(hits.map(({ atWork }) => atWork ?? "no stage").sort((a, b) => stages.indexOf(a) - stages.indexOf(b)))}`,
      `all processes gone after ${seconds(median?.killed.gone)} s (median), ${seconds(slowest?.killed.gone)} s (longest: seed ${slowest?.seed}, ${slowest?.kill.target} killed)`,
    ].join("\n");
  }
}

export function interruptedLine({ stage, run }: { readonly stage: string; readonly run: string }): RegExp {
  return new RegExp(`✔ ${stage} .*\\(interrupted in run ${run.slice(-4)}\\)`);
}

async function succeeds(place: Place, words: readonly string[]): Promise<void> {
  const ended = await churn(place.workspace, words, place.env);
  if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} failed: ${ended.stderr}`);
}
