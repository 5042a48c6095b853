import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { tags } from "../../src/lib/tracking/tags.ts";
import { pipeline } from "../../src/pipeline.ts";
import { churn, digests, type Ended, lastDay } from "../support/churn.ts";
import { startFaultyS3 } from "../support/faulty-s3.ts";
import { complaint, replaceIn } from "../support/mistake.ts";
import { mulberry32 } from "../support/mulberry32.ts";
import type { Place } from "../support/place.ts";
import { attemptBegun, type Running, start } from "../support/running.ts";
import { isWhole } from "../support/sweep.ts";
import { processesOf } from "../support/victim.ts";
import { placeAt } from "./support/bucket-places.ts";
import { type S3Server, startS3 } from "./support/s3.ts";

/**
 * Two machines with one bucket: two folders, each with its own lock and cache, that share nothing but the bucket and the registry.
 * CHURN_TEST_SEED says with which moments it begins.
 */
const firstSeed = Number(env.CHURN_TEST_SEED ?? 1);
const ROUNDS = isWhole ? 20 : 8;
const FREEZES = 3;
/** Long enough for a busy machine to renew it in time. */
const LEASE = "2s";
const BEFORE = "2026-11-21";

let folder: string;
let server: S3Server;
/** The sample on which nothing was run. */
let sample: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-s3-machines-")));
  sample = join(folder, "sample");
  await mkdir(sample);
  const made = await churn(sample, ["init", "--sample", "--date", lastDay]);
  expect(made, made.stderr).toMatchObject({ exitCode: 0 });
  await replaceIn(join(sample, "churn.yaml"), /rounds: 100/, "rounds: 5");
  // Each folder's own comes from the bucket.
  await rm(join(sample, "workspace.json"));
  server = await startS3();
  await server.makeBucket("machines");
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Two folders that work with one bucket and one registry, in which a model is in production. */
async function twoMachines(name: string, lease = LEASE): Promise<readonly [Place, Place]> {
  const store = await placeAt(server, "machines", folder, name);
  const shared = { ...store.env, CHURN_TRACKING_URI: `${store.workspace}-mlruns`, CHURN_S3_LEASE: lease };
  const [one, two] = ["one", "two"].map((which) => ({
    ...store,
    workspace: `${store.workspace}-${which}`,
    env: shared,
  }));
  if (one === undefined || two === undefined) throw new Error("there are two");
  for (const { workspace } of [one, two]) await cp(sample, workspace, { recursive: true });
  await succeeds(one, ["run-all", "--date", BEFORE]);
  await succeeds(two, ["promote", "--version", "1", "--yes"]);
  return [one, two];
}

async function succeeds(place: Place, words: readonly string[]): Promise<Ended> {
  const ended = await churn(place.workspace, words, place.env);
  if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")} ended with ${ended.exitCode}: ${ended.stderr}`);
  return ended;
}

/** Its processes are known by the folder in their words. */
function begin({ workspace, env: own }: Place, words: readonly string[]): Running {
  return start(workspace, ["-C", workspace, ...words], own);
}

const tonight = ["run-all", "--date", lastDay];
const HOLDS =
  /^another run holds the store s3:\/\/machines\/[\w-]+: (.+), process (\d+) on (\S+), since (\d{4}-\d\d-\d\d [\d:]+)$/;

/** The stage of each night's newest attempts, and how they ended. */
async function nightsIn({ store }: Place): Promise<readonly string[]> {
  const names = await readdir(join(store, "records"));
  const decided = names.map(async (night) => {
    const files = await readdir(join(store, "records", night));
    return files.includes("register.json") ? [night] : [];
  });
  return (await Promise.all(decided)).flat().sort();
}

test(`of two that start at one moment exactly one works, in ${ROUNDS} rounds`, { timeout: 900_000 }, async () => {
  const places = await twoMachines("rounds");
  const random = mulberry32(firstSeed);
  const winners: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const late = random() < 0.5 ? 0 : 1;
    const runs: Running[] = [];
    for (const index of [1 - late, late]) {
      const place = places[index];
      if (place !== undefined) runs[index] = begin(place, [...tonight, "--again"]);
      await sleep(random() * 200);
    }
    const ended = await Promise.all(runs.map((one) => one.ended));
    const said = ended.map(({ stderr }) => stderr).join("\n");
    expect(ended.map(({ exitCode }) => exitCode).sort(), said).toEqual([0, 75]);
    const winner = ended.findIndex(({ exitCode }) => exitCode === 0);
    winners.push(winner);
    const { error, next } = complaint(ended[1 - winner] ?? { exitCode: undefined, stderr: "" });
    const [, purpose, process] = HOLDS.exec(error) ?? [];
    expect({ purpose, process }, error).toEqual({
      purpose: expect.stringMatching(`^run-all of ${lastDay}(?:, at \\w+)?$`),
      process: String(runs[winner]?.pid),
    });
    expect(next).toContain("run it again when that one has ended");
  }
  // Each round made one night, and none was spoilt by the one that was turned away.
  const names = Array.from({ length: ROUNDS }, (_, index) => (index === 0 ? lastDay : `${lastDay}.${index + 1}`));
  expect(await nightsIn(places[0])).toEqual([BEFORE, ...names].sort());
  await succeeds(places[1], ["verify", "--all"]);
  expect(new Set(winners).size, "both had their turns").toBe(2);
});

/** What the lease says. */
async function leaseOf({ store }: Place): Promise<z.infer<typeof lease>> {
  return lease.parse(JSON.parse(await readFile(join(store, "lease.json"), "utf8")));
}
const lease = z.object({ state: z.string(), process: z.int(), purpose: z.string() });

/** Stops or continues all of a run's processes, until none was started in between. */
async function signalAll(place: Place, signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): Promise<void> {
  const met = new Set<number>();
  for (;;) {
    const fresh = (await processesOf(place.workspace)).filter(({ pid }) => !met.has(pid));
    if (fresh.length === 0) return;
    for (const { pid } of fresh) {
      met.add(pid);
      process.kill(pid, signal);
    }
  }
}

/** A moment of a night: the stage that has begun, and so much later. */
function momentOf(seed: number): { readonly seed: number; readonly stage: string; readonly ms: number } {
  const random = mulberry32(seed);
  const stages = pipeline.map(({ name }) => name).filter((name) => name !== "notify");
  return { seed, stage: stages[Math.floor(random() * stages.length)] ?? "train", ms: Math.floor(random() * 100) };
}

describe.skipIf(process.platform !== "linux")("a holder", () => {
  test.each(Array.from({ length: FREEZES }, (_, index) => momentOf(firstSeed + index)))(
    "that is frozen $ms ms into $stage and thaws later writes and registers nothing: seed $seed",
    async ({ seed, stage, ms }) => {
      const [frozen, other] = await twoMachines(`frozen-${seed}`);
      const night = begin(frozen, tonight);
      await attemptBegun(frozen.store, stage);
      await sleep(ms);
      await signalAll(frozen, "SIGSTOP");
      const held = await leaseOf(frozen);
      expect(held).toMatchObject({ state: "held", process: night.pid });

      await succeeds(other, tonight);
      const before = await everything(frozen);
      expect(await leaseOf(other)).toMatchObject({ state: "released" });
      await signalAll(frozen, "SIGCONT");
      const ended = await night.ended;
      expect(complaint(ended)).toMatchObject({
        exitCode: 75,
        error: expect.stringContaining(`another run has taken over the store ${frozen.env.CHURN_STORE}`),
      });
      expect(await everything(frozen)).toEqual(before);
      await succeeds(other, ["verify", "--all"]);
      // Its folder sees what the other one has decided.
      expect((await succeeds(frozen, tonight)).stdout).toContain("Nothing to do");
    },
  );

  test("that was killed is waited for by another folder", async () => {
    const [killed, other] = await twoMachines("killed");
    const night = begin(killed, tonight);
    await attemptBegun(killed.store, "train");
    await signalAll(killed, "SIGKILL");
    await night.ended;
    const ended = await succeeds(other, tonight);
    expect(ended.stderr).toMatch(/✔ train .*\(interrupted in run /);
    await succeeds(killed, ["verify", "--all"]);
  });

  test("that was killed is taken over by its own folder at once, and by no other before its lease is over", async () => {
    const [killed, other] = await twoMachines("long", "10m");
    const night = begin(killed, tonight);
    await attemptBegun(killed.store, "train");
    await signalAll(killed, "SIGKILL");
    await night.ended;
    const held = await leaseOf(killed);
    const waiting = begin(other, tonight);
    await sleep(3_000);
    waiting.signal("SIGINT");
    expect(await waiting.ended).toMatchObject({ exitCode: 130 });
    expect(await leaseOf(killed)).toEqual(held);
    await succeeds(killed, tonight);
    await succeeds(other, ["verify", "--all"]);
  });
});

test("a holder that works is waited for under --wait-lock, and named with its stage", async () => {
  const [holder, other] = await twoMachines("wait-lock");
  const night = begin(holder, tonight);
  await attemptBegun(holder.store, "extract");
  const waiting = begin(other, [...tonight, "--wait-lock", "10m"]);
  await waiting.shows(
    `waiting  up to 10m: another run holds the store ${holder.env.CHURN_STORE}: run-all of ${lastDay}`,
  );
  expect(await night.ended).toMatchObject({ exitCode: 0 });
  const ended = await waiting.ended;
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing to do") });
  expect(ended.stderr.match(/waiting {2}up to/g)).toHaveLength(1);
});

describe("a holder that works is waited for under --retry-until", () => {
  const untilLate = [...tonight, "--retry-until", "23:59"];

  /** A night of the one machine, and the other one's run that has seen it and waits. */
  async function besideIt(name: string) {
    const [holder, other] = await twoMachines(name);
    const night = begin(holder, tonight);
    await attemptBegun(holder.store, "extract");
    const waiting = begin(other, untilLate);
    await waiting.shows(`waiting  another run holds the store ${holder.env.CHURN_STORE}: run-all of ${lastDay}`);
    await waiting.shows("; next try at ");
    return { holder, other, night, waiting };
  }

  test("until it has ended, and the night is decided then", async () => {
    const { holder, other, night, waiting } = await besideIt("waits-decided");
    expect(await night.ended).toMatchObject({ exitCode: 0 });
    const before = await everything(holder);
    const ended = await waiting.ended;
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing to do") });
    expect(await everything(holder)).toEqual(before);
    expect(await nightsIn(other)).toEqual([BEFORE, lastDay]);
  });

  test.skipIf(process.platform !== "linux")("until it has died, and the night is done then", async () => {
    const { holder, other, night, waiting } = await besideIt("waits-died");
    await signalAll(holder, "SIGKILL");
    await night.ended;
    const ended = await waiting.ended;
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
    // It may have died between two stages; that it had not decided yet is sure.
    expect(ended.stderr).toMatch(/✔ register .*churn-model version 2 in Staging/);
    expect(await nightsIn(other)).toEqual([BEFORE, lastDay]);
    await succeeds(holder, ["verify", "--all"]);
  });
});

/** Digests of the store and the registry, and the night's MLflow run as the registry has it. */
async function everything({ store, env: own }: Place): Promise<Record<string, string>> {
  const root = own.CHURN_TRACKING_URI ?? "";
  const registry = await digests(root);
  // Which run is the night's, its status and its figures.
  expect(Object.keys(registry).filter((key) => key.endsWith(`/tags/${tags.night}`)).length).toBeGreaterThan(1);
  return { ...(await digests(store)), ...registry };
}

describe("a server that doesn't look at conditions", () => {
  test("is refused, and works for a single writer", async () => {
    await using careless = await startFaultyS3({ ignoresConditions: true });
    const workspace = join(folder, "careless");
    await cp(sample, workspace, { recursive: true });
    const place = { workspace, store: "", env: { ...careless.env, CHURN_STORE: "s3://careless/churn" } };
    const refused = complaint(await churn(workspace, tonight, place.env));
    expect(refused).toEqual({
      exitCode: 2,
      error: `${careless.endpoint} takes a write's condition and doesn't look at it, so two machines that write to s3://careless/churn at once can't be kept apart`,
      next: ["where no other folder or machine ever writes there, say so: s3: { single_writer: true } in churn.yaml"],
    });
    expect([...careless.objects("careless").keys()]).toEqual([]);

    const alone = { ...place, env: { ...place.env, CHURN_S3_SINGLE_WRITER: "true" } };
    await succeeds(alone, ["run-all", "--date", BEFORE]);
    await succeeds(alone, tonight);
    expect((await succeeds(alone, tonight)).stdout).toContain("Nothing to do");
    await succeeds(alone, ["verify", "--all"]);
    expect([...careless.objects("careless").keys()]).not.toContain("churn/lease.json");
  });
});
