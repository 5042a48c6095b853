import { cp, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { churn, type Ended } from "../support/churn.ts";
import { faultPlan, startProxy } from "../support/faulty-proxy.ts";
import { mulberry32 } from "../support/mulberry32.ts";
import { type MlflowServer, startMlflow } from "./support/mlflow-server.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { onceThere } from "./support/once-there.ts";
import { aliasesOf, artifactsOf, runsOf, versionsOf } from "./support/registered.ts";

/**
 * Nights whose server fails, by plans that follow from a seed. CHURN_TEST_FAULTS says how many there are, CHURN_TEST_SEED the
 * first one's seed.
 */
const plans = Number(env.CHURN_TEST_FAULTS ?? 4);
const kills = Math.ceil(plans / 4);
const rounds = Math.ceil(plans / 2);
const firstSeed = Number(env.CHURN_TEST_SEED ?? 1);
const seeds = (count: number) => Array.from({ length: count }, (_, index) => firstSeed + index);
/** Of a night, at least. */
const REQUESTS = 45;

let folder: string;
let server: MlflowServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-faults-"));
  server = await startMlflow("mlflow", { folder: join(folder, "server") });
  await churn(folder, ["-C", "sample", "init", "--sample", "--date", secondNight]);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A workspace, by default a new one, and what runs churn in it with an experiment and a model of its own. */
async function workspaceOf(name: string, there?: string) {
  const workspace = there ?? join(folder, name);
  if (there === undefined) await cp(join(folder, "sample"), workspace, { recursive: true });
  const own = ["--set", `tracking.experiment=${name}`, "--set", `register.model=${name}`];
  return {
    workspace,
    run: (words: readonly string[], uri: string) => churn(workspace, [...words, ...own], { MLFLOW_TRACKING_URI: uri }),
  };
}

test.each(seeds(plans))("a night through faults of seed %i makes one run and one version", async (seed) => {
  const name = `faults-${seed}`;
  const { workspace, run } = await workspaceOf(name);
  await using proxy = await startProxy(server.url, faultPlan(seed));
  const ended = await onceThere(() => run(["run-all", "--date", firstNight], proxy.url));
  const met = proxy.passed.flatMap(({ path, fault }) => (fault === undefined ? [] : [`${fault} ${path}`]));
  await expectOneNight(ended, workspace, name, met);
});

test.each(seeds(kills))("a night whose server is killed, of seed %i, makes one run and one version", async (seed) => {
  const name = `kills-${seed}`;
  const { workspace, run } = await workspaceOf(name);
  const random = mulberry32(seed);
  const moments = Array.from({ length: 1 + Math.floor(random() * 2) }, () => 1 + Math.floor(random() * REQUESTS));
  const restarts: Promise<void>[] = [];
  let count = 0;
  await using proxy = await startProxy(server.url, () => {
    count += 1;
    if (moments.includes(count)) restarts.push(killAndRestart(random() * 100, random() * 1000));
    return undefined;
  });
  // A server takes its time to start where the machine has other work.
  const words = ["run-all", "--date", firstNight, "--set", "tracking.deadline=8m"];
  const ended = await onceThere(() => run(words, proxy.url));
  await Promise.all(restarts);
  expect(restarts.length).toBeGreaterThan(0);
  await expectOneNight(ended, workspace, name, [`killed at requests ${moments.join(" and ")}`]);
});

/** One after the other, also where the next moment comes while it is down. */
let restarted = Promise.resolve();
async function killAndRestart(afterMs: number, downMs: number): Promise<void> {
  restarted = restarted.then(async () => {
    await sleep(afterMs);
    await server.kill();
    await sleep(downMs);
    await server.restart();
  });
  await restarted;
}

test("two promotions at once leave one version in production, and its alias on it", async () => {
  const name = "promotions";
  const { workspace, run } = await workspaceOf(name);
  for (const [night, threshold] of [
    [firstNight, 0.8],
    [secondNight, 0.5],
  ] as const) {
    const ended = await run(["run-all", "--date", night, "--set", `evaluate.threshold=${threshold}`], server.url);
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  }
  expect(await versionsOf(server.url, name)).toHaveLength(2);
  // Of one workspace, its lock lets in one at a time.
  await cp(workspace, `${workspace}-2`, { recursive: true });
  const second = await workspaceOf(name, `${workspace}-2`);
  const promote = (by: typeof run, version: number) =>
    by(["promote", "--version", String(version), "--yes"], server.url);
  for (let round = 0; round < rounds; round += 1) {
    const both = await Promise.all([promote(run, 1), promote(second.run, 2)]);
    for (const { exitCode, stderr } of both.filter((one) => one.exitCode !== 0)) {
      expect([2, 5, 75], stderr).toContain(exitCode);
      // Who was first is told, and no defect.
      expect(stderr).toMatch(/at the same time|in Production already|have changed since the question was asked/);
    }
    const production = (await versionsOf(server.url, name)).filter(
      ({ current_stage }) => current_stage === "Production",
    );
    expect(production, both.map(({ stderr }) => stderr).join("\n")).toHaveLength(1);
    expect(await aliasesOf(server.url, name), both.map(({ stderr }) => stderr).join("\n")).toMatchObject({
      champion: production[0]?.version,
    });
  }
});

const history = z.array(z.object({ run_id: z.string(), artifact_path: z.literal("model") }));

async function expectOneNight(ended: Ended, workspace: string, name: string, met: readonly string[]): Promise<void> {
  expect(ended, `${met.join("\n")}\n${ended.stderr}`).toMatchObject({ exitCode: 0 });
  const [run, ...otherRuns] = await runsOf(server.url, name);
  expect(otherRuns).toEqual([]);
  expect(run).toMatchObject({
    status: "FINISHED",
    params: { rounds: "100", n_features: "10", seed: "42" },
    metrics: { f1: expect.any(Number), auc_roc: expect.any(Number) },
  });
  const runId = run?.run_id ?? "";
  expect(history.parse(JSON.parse(run?.tags["mlflow.log-model.history"] ?? "[]"))).toMatchObject([{ run_id: runId }]);
  const model = join(workspace, "models", firstNight, "model");
  const stored = await artifactsOf(server.url, runId, "model");
  for (const file of await readdir(model)) {
    const size = stored[`model/${file}`];
    // MLmodel has the run's id besides.
    if (file === "MLmodel") expect(size).toBeGreaterThan(0);
    else expect({ file, size }).toEqual({ file, size: (await stat(join(model, file))).size });
  }
  expect(await versionsOf(server.url, name)).toEqual([
    expect.objectContaining({
      version: "1",
      current_stage: "Staging",
      run_id: runId,
      source: `${run?.artifact_uri}/model`,
    }),
  ]);
  expect(await aliasesOf(server.url, name)).toEqual({ challenger: "1" });
}
