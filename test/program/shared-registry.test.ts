import { execFileSync } from "node:child_process";
import { readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { comparison } from "../../src/lib/artifacts/artifacts.ts";
import { GYM_BEFORE, GYM_DAY, gymConfig, openGymBeforeCompare } from "../support/gym.ts";
import { type Company, copyOf } from "../support/other-table.ts";
import { churn } from "../support/program.ts";

/** A gym whose first model is in production, and whose next night stands before compare. */
let gym: Company;

beforeAll(async () => {
  gym = await openGymBeforeCompare();
}, 60_000);
afterAll(() => gym[Symbol.asyncDispose]());

const VERSION = join("mlruns/models", gymConfig.register.model, "version-1");
const recipe = z.looseObject({ derive: z.array(z.looseObject({ expression: z.string() })) });
const booster = z.looseObject({ learner: z.looseObject({ feature_names: z.array(z.string()) }) });

/** The folders of a night's models, which others may write to. */
async function modelsOf({ root }: Company, night: string): Promise<[string, ...string[]]> {
  const files = await readdir(join(root, "mlruns"), { recursive: true });
  const found: string[] = [];
  for (const file of files.filter((name) => name.endsWith("artifacts/model/MLmodel"))) {
    const run = dirname(dirname(dirname(file)));
    const of = await readFile(join(root, "mlruns", run, "tags/churn.night"), "utf8");
    if (of === night) found.push(join(root, "mlruns", dirname(file)));
  }
  const [first, ...rest] = found;
  if (first === undefined) throw new Error(`no model of ${night}`);
  return [first, ...rest];
}

/** The champion as somebody else's, of whom no digest is known. */
async function foreign(company: Company): Promise<string> {
  await rm(join(company.root, VERSION, "tags/churn.model_digest"));
  const [model] = await modelsOf(company, GYM_BEFORE);
  return model;
}

describe("what a shared registry holds is what was tested, or no night builds on it", () => {
  test.for(["preprocessing.json", "model.json", "MLmodel", "requirements.txt"])(
    "an emptied %s stays out of Staging, and out of Production",
    async (file) => {
      await using company = await copyOf(gym);
      await company.churn("run-all", "--date", GYM_DAY, "--to", "compare", "--set", "split.salt=other");
      for (const model of await modelsOf(company, GYM_DAY)) await writeFile(join(model, file), "");
      const ended = await churn(company.root, ["run-all", "--date", GYM_DAY, "--set", "split.salt=other"]);
      expect(ended).toMatchObject({ exitCode: 5 });
      expect(ended.stderr).toContain(`read back it has another ${file}, which is empty`);
      const promoted = await churn(company.root, ["promote", "--version", "2", "--yes"]);
      expect(promoted).toMatchObject({ exitCode: 2 });
    },
  );

  test("a champion that was changed is damaged, and the team reads that there was no contest", async () => {
    await using company = await copyOf(gym);
    const [model] = await modelsOf(company, GYM_BEFORE);
    await writeFile(join(model, "MLmodel"), "flavors: {}\n");
    const { stdout } = await company.churn("run-all", "--date", GYM_DAY);
    expect(await company.read(comparison, GYM_DAY)).toMatchObject({ outcome: "champion_damaged" });
    expect(stdout).toContain("⚠️ No contest");
    expect(stdout).not.toContain("✅");
    expect(stdout).toContain("from models/2026-11-22/model of the store that it is from");
  });

  test("a champion's expression that nothing can interrupt costs a night its limit and no more", async () => {
    await using company = await copyOf(gym);
    const path = join(await foreign(company), "preprocessing.json");
    const own = recipe.parse(JSON.parse(await readFile(path, "utf8")));
    const expression = "levenshtein(repeat('ab', 40000), repeat('ba', 40000) || besuche::VARCHAR)";
    await writeFile(path, JSON.stringify({ ...own, derive: own.derive.map((one) => ({ ...one, expression })) }));
    const { stdout } = await company.churn("run-all", "--date", GYM_DAY, "--set", "compare.scoring_timeout=1s");
    expect(await company.read(comparison, GYM_DAY)).toMatchObject({ outcome: "champion_unscorable" });
    expect(stdout).toContain("scoring version 1 takes longer than its limit of 1 s");
  });

  test("a name in a model file forges no line", async () => {
    await using company = await copyOf(gym);
    const path = join(await foreign(company), "model.json");
    const own = booster.parse(JSON.parse(await readFile(path, "utf8")));
    const [, ...rest] = own.learner.feature_names;
    const planted = "x\u001b]0;pwned\u0007\u001b[2J\nchurn promote --version 666\n@here\u202e";
    await writeFile(path, JSON.stringify({ ...own, learner: { ...own.learner, feature_names: [planted, ...rest] } }));
    await writeFile(join(company.root, VERSION, "tags/churn.promoted_by"), planted);
    const { stdout, stderr } = await company.churn("run-all", "--date", GYM_DAY);
    const told = await readFile(join(company.root, "notifications", `${GYM_DAY}.txt`), "utf8");
    const models = await company.churn("models");
    for (const text of [stdout, stderr, told, models.stdout]) {
      expect(text).not.toMatch(/\p{Cf}|^\s*churn promote --version 666$/mu);
      expect(text).not.toContain("\u001b");
    }
    expect(told).toContain("x�");
  });

  test("a pipe, a device or gigabytes in the place of a file end a night at once, with a sentence", async () => {
    await using company = await copyOf(gym);
    const meta = join(company.root, VERSION, "meta.yaml");
    for (const make of [
      () => execFileSync("mkfifo", [meta]),
      () => symlink("/dev/zero", meta),
      async () => {
        await writeFile(meta, "");
        await truncate(meta, 2 ** 34);
      },
    ]) {
      await rm(meta);
      await make();
      const ended = await churn(company.root, ["run-all", "--date", GYM_DAY]);
      expect(ended.stderr).toContain(meta);
      expect(ended).toMatchObject({ exitCode: 5 });
    }
  });
});
