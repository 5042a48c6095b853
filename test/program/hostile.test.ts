import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { env } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { GYM_BEFORE, GYM_DAY, gymConfig, openGymBeforeCompare } from "../support/gym.ts";
import { describeCase, type HostileCase, hostileCase, inflict } from "../support/hostile/case.ts";
import { foreignModels, replaceByForeign } from "../support/hostile/foreign.ts";
import { makeOutside, SECRET, seesReading } from "../support/hostile/outside.ts";
import { configure, makeSource, sourceKinds } from "../support/hostile/source.ts";
import { FORGED } from "../support/hostile/values.ts";
import { type Company, copyOf } from "../support/other-table.ts";
import { cronEnv, program } from "../support/program.ts";
import { sweep } from "../support/sweep.ts";

/**
 * Files that others wrote, and a churn.yaml that nobody meant so: each case does one harm that follows from a seed. CHURN_TEST_HOSTILE
 * says how many cases, CHURN_TEST_SEED the first one's seed: a case that failed is repeated by its own seed and one case.
 */
const cases = Number(env.CHURN_TEST_HOSTILE ?? 12);
const firstSeed = Number(env.CHURN_TEST_SEED ?? 1);

/** A night has this long, a stage as well: a case that takes longer than the limit and a stop has hung. */
const LIMIT = "60s";
const HANGS_MS = 100_000;
/** Of one stage, in bytes; a sound night's largest takes a fifth of it. */
const MOST_MEMORY = 1.5 * 2 ** 30;
/** All that a night may end with. 1 would be a defect, and so would a signal be. */
const EXIT_CODES = [0, 2, 3, 4, 5, 75];
/** Control characters but for the line's end, and what turns or hides text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const INVISIBLE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** A gym whose first model is in production, whose next night stands before compare, and its members as a file. */
let gym: Company;
let soundOutcome: string;
let seesReads: boolean;

beforeAll(async () => {
  gym = await openGymBeforeCompare();
  await copyFile(join(gym.root, `raw/${GYM_DAY}/customers.parquet`), join(gym.root, "members.parquet"));
  await using sound = await copyOf(gym);
  await sound.churn("run-all", "--date", GYM_DAY);
  soundOutcome = await outcomeOf(sound);
  seesReads = await seesReading(sound.root);
}, 120_000);
afterAll(() => gym[Symbol.asyncDispose]());

async function outcomeOf(company: Company): Promise<string> {
  return (await company.read(comparison, GYM_DAY)).outcome;
}

async function championOf({ root }: Company) {
  const files = await readdir(join(root, "mlruns"), { recursive: true });
  for (const file of files.filter((name) => name.endsWith("artifacts/model/MLmodel"))) {
    const run = join(root, "mlruns", dirname(dirname(dirname(file))));
    if ((await readFile(join(run, "tags/churn.night"), "utf8")) !== GYM_BEFORE) continue;
    return {
      model: join(run, "artifacts/model"),
      version: join(root, "mlruns/models", gymConfig.register.model, "version-1"),
    };
  }
  throw new Error("there is no champion");
}

test.for(sweep(sourceKinds, 3))("without a harm a source of the kind %s is a night's", async (kind) => {
  await using company = await copyOf(gym);
  await configure(company.root, await makeSource(company.root, kind));
  const ended = await runNight(company.root, today(), tmpdir());
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
});

test.for(sweep(foreignModels, 4))("without a harm %s of Python's is scored, and no contest is held", async (name) => {
  await using company = await copyOf(gym);
  await replaceByForeign(await championOf(company), name);
  const ended = await runNight(company.root, GYM_DAY, tmpdir());
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  const { outcome, production } = await company.read(comparison, GYM_DAY);
  expect({ outcome, scored: production?.metrics !== null }, production?.problem ?? "").toEqual({
    outcome: "champion_saw_test",
    scored: true,
  });
});

describe("whatever others have written, a night ends with a sentence or without it, and has been nowhere else", () => {
  test.for(
    Array.from({ length: cases }, (_, index) => hostileCase(firstSeed + index)).map(
      (one) => [describeCase(one), one] as const,
    ),
  )("%s", async ([, one]) => {
    await using company = await copyOf(gym);
    const { root } = company;
    const beside = await realpath(await mkdtemp(join(tmpdir(), "churn-beside-")));
    try {
      const champion = await championOf(company);
      const others = await makeOutside(join(beside, "others"), champion.model);
      const temporary = join(beside, "tmp");
      await mkdir(temporary);
      const how = await inflict(one, { root, others: others.path, champion });
      await others.watch();

      const night = one.target === "source" ? today() : GYM_DAY;
      const ended = await runNight(root, night, temporary);
      const where = `${how}\n${ended.stdout}\n${ended.stderr}`;
      expect(EXIT_CODES, where).toContain(ended.exitCode);
      await expectPlainText(root, `${ended.stdout}\n${ended.stderr}`, where);
      if (one.target === "model" || one.target === "tags" || one.target === "foreign")
        await expectJudgement(company, one, ended.exitCode, where);
      expect(await largestStage(root, night), where).toBeLessThan(MOST_MEMORY);

      const changes = await others.changes();
      expect(seesReads ? changes : changes.filter((change) => !change.endsWith("was read")), where).toEqual([]);
      expect(await readdir(temporary), where).toEqual([]);
      expect((await readdir(beside)).sort(), where).toEqual(["others", "tmp"]);
      expect(await filesWithSecret(root), where).toEqual([]);
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
  });
});

/** A source without a date shows today's customers. */
const today = () => new Date().toISOString().slice(0, 10);

async function runNight(root: string, night: string, temporary: string) {
  const words = ["run-all", "--date", night, "--set", `run.timeout=${LIMIT}`, "--set", "train.rounds=3"];
  const { exitCode, stdout, stderr, timedOut } = await execa(process.execPath, [program, ...words], {
    cwd: root,
    env: { ...cronEnv, TMPDIR: temporary },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: HANGS_MS,
  });
  return { exitCode: timedOut ? "it hung" : exitCode, stdout, stderr };
}

/** No name or value has put control characters, or a line of its own, into what people read. */
async function expectPlainText(root: string, screen: string, where: string): Promise<void> {
  const folder = join(root, "notifications");
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".txt"));
  const texts = [screen, ...(await Promise.all(names.map((name) => readFile(join(folder, name), "utf8"))))];
  for (const text of texts) {
    expect(INVISIBLE.exec(text), where).toBeNull();
    expect(text.split("\n"), where).not.toContain(FORGED);
    expect(text, where).not.toMatch(/^\s+at .+:\d+:\d+\)?$|defect in churn|\[object Object\]/m);
  }
}

/** A champion of churn's own that is another one is never judged as if it were; the digest of another's says nothing. */
async function expectJudgement(company: Company, { own, target }: HostileCase, exitCode: unknown, where: string) {
  if (exitCode !== 0) return;
  const outcome = await outcomeOf(company);
  // Which customers have trained it nobody knows.
  if (target === "foreign") expect(["champion_unscorable", "champion_saw_test"], where).toContain(outcome);
  if (!own) return;
  const told = ["champion_damaged", "champion_unscorable"];
  // Tags that say nothing of the model may be others, and what MLflow alone reads of meta.yaml.
  const harmless = target === "tags" || where.includes("meta.yaml");
  expect(harmless ? [...told, soundOutcome, "identical"] : told, where).toContain(outcome);
}

const attempt = z.looseObject({ peak_memory_bytes: z.int().nullable() });

async function largestStage(root: string, night: string): Promise<number> {
  const folder = join(root, "records", night, "attempts");
  const all = await readdir(folder, { recursive: true }).catch(() => []);
  const files = all.filter((name) => name.endsWith(".json"));
  const peaks = await Promise.all(
    files.map(async (name) => attempt.parse(JSON.parse(await readFile(join(folder, name), "utf8"))).peak_memory_bytes),
  );
  return Math.max(0, ...peaks.map((peak) => peak ?? 0));
}

/** Nothing of what lies outside has come in: no link is followed to look. */
async function filesWithSecret(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    // What the case itself made of gigabytes has nothing in it.
    const text = await readFile(path).catch(() => Buffer.alloc(0));
    if (text.includes(SECRET)) found.push(relative(root, path));
  }
  return found;
}
