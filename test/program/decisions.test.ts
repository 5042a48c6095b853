import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { comparison, notification, registration } from "../../src/lib/artifacts/artifacts.ts";
import { GYM_BEFORE, GYM_DAY, gymConfig, openGym } from "../support/gym.ts";
import { complaint, replaceIn } from "../support/mistake.ts";
import { type Company, copyOf, openCompany } from "../support/other-table.ts";
import { churn } from "../support/program.ts";

/** A gym that has had no night. */
let gym: Company;
/** The same with its first model in production, of the day before the last. */
let later: Company;

beforeAll(async () => {
  gym = await openGym();
  later = await copyOf(gym);
  await later.churn("run-all", "--date", GYM_BEFORE);
  await later.churn("promote", "--version", "1", "--yes");
}, 60_000);
afterAll(async () => {
  await gym[Symbol.asyncDispose]();
  await later[Symbol.asyncDispose]();
});

const models = z.object({ versions: z.array(z.object({ version: z.int(), stage: z.string() })) });
const stagesOf = async (company: Company) => {
  const { versions } = models.parse(JSON.parse((await company.churn("models", "--json")).stdout));
  return Object.fromEntries(versions.map(({ version, stage }) => [version, stage]));
};
/** Makes a candidate, however good it is: a person has to judge. */
const otherSplit = (salt: string) => ["--set", `split.salt=${salt}`];

describe("a first model that is too weak", () => {
  test.each([
    ["evaluate.threshold=0.999", /^none of 2\d\d test customers is predicted to churn$/],
    ["evaluate.threshold=0.001", /^every one of 2\d\d test customers is predicted to churn$/],
    ["compare.first.min_auc=0.9999", /^its AUC is 0\.[78]\d\d, at least 0\.9999 is asked$/],
  ])("is not registered, with the reason on every screen (%s)", async (setting, weakness) => {
    await using company = await copyOf(gym);
    const { stdout, stderr } = await company.churn("run-all", "--date", GYM_DAY, "--set", setting);
    const { reason, ...judged } = await company.read(comparison, GYM_DAY);
    expect(judged).toMatchObject({ outcome: "first_model_too_weak", should_deploy: false, production: null });
    const [start, why] = reason.split(" is too weak to be the first: ");
    expect(start).toBe("No production model, and this one");
    expect(why).toMatch(weakness);

    expect(stderr).toMatch(/✔ compare .*No production model, and this one is too weak to be the first/);
    expect(stderr.split(reason)).toHaveLength(3);
    expect(stderr).toContain(`not registered: ${reason}`);
    expect(stdout).toContain(`ℹ️ Training completed, no new model registered.\nReason: ${reason}`);
    const outcome = "first_model_too_weak";
    expect(await company.read(registration, GYM_DAY)).toMatchObject({ registered: false, outcome, reason });
    expect((await company.read(notification, GYM_DAY)).message).toMatchObject({
      kind: "not_registered",
      outcome,
      reason,
    });
    expect(await readFile(join(company.root, "notifications", `${GYM_DAY}.txt`), "utf8")).toContain(reason);
    expect((await company.churn("run-all", "--date", GYM_DAY)).stdout).toContain(
      `not registered: ${reason}. Nothing to do`,
    );
    expect(await stagesOf(company)).toEqual({});
  });

  test("leaves the place to one that isn't", async () => {
    await using company = await copyOf(gym);
    await company.churn("run-all", "--date", GYM_BEFORE, "--set", "compare.first.min_auc=0.9999");
    await company.churn("run-all", "--date", GYM_DAY);
    expect(await company.read(comparison, GYM_DAY)).toMatchObject({ outcome: "first_model", should_deploy: true });
    expect(await stagesOf(company)).toEqual({ 1: "Staging" });
  });
});

describe("a night that is older", () => {
  test("than the newest decided one is compared and displaces no newer candidate", async () => {
    await using company = await copyOf(later);
    await company.churn("run-all", "--date", GYM_DAY, ...otherSplit("b"));
    expect(await stagesOf(company)).toEqual({ 1: "Production", 2: "Staging" });
    const { stdout } = await company.churn("run-all", "--date", GYM_BEFORE, "--again", ...otherSplit("c"));

    const { reason, ...judged } = await company.read(comparison, `${GYM_BEFORE}.2`);
    expect(judged).toMatchObject({
      outcome: "older_night",
      should_deploy: false,
      production: null,
      older: { current_version: 1, outcome: "first_model", would_register: true, may_register: false },
    });
    expect(reason).toBe(
      `The night of ${GYM_DAY} is decided already, so it isn't registered, though it would have been (--again --allow-register registers it). Nothing is known to have been in production on ${GYM_BEFORE}`,
    );
    expect(stdout).toContain(`Reason: ${reason}`);
    expect(await company.read(registration, `${GYM_BEFORE}.2`)).toMatchObject({ registered: false, reason });
    expect(await stagesOf(company)).toEqual({ 1: "Production", 2: "Staging" });
  });

  test("than the model in production, which another workspace may have made", async () => {
    await using company = await copyOf(later);
    await company.churn("run-all", "--date", GYM_DAY, ...otherSplit("b"));
    await company.churn("promote", "--version", "2", "--yes");
    await using other = await openCompany({ ...gymConfig, tracking: { uri: join(company.root, "mlruns") } });
    await cp(join(gym.root, "studio.duckdb"), join(other.root, "studio.duckdb"));
    await other.churn("run-all", "--date", GYM_BEFORE);
    expect(await other.read(comparison, GYM_BEFORE)).toMatchObject({
      outcome: "older_night",
      reason: expect.stringMatching(RegExp(`^Version 2 in production is of ${GYM_DAY}, so it isn't registered, `)),
      production: null,
      older: { current_version: 2 },
    });
    await other.churn("run-all", "--date", GYM_DAY);
    expect((await other.read(comparison, GYM_DAY)).outcome).not.toBe("older_night");
  });

  test("since compare judged it: register refuses, and run-all compares again and says why", async () => {
    await using company = await copyOf(later);
    await company.churn("run-all", "--date", GYM_BEFORE, "--again", "--to", "compare", ...otherSplit("b"));
    expect(await company.read(comparison, `${GYM_BEFORE}.2`)).toMatchObject({ outcome: "champion_saw_test" });
    await company.churn("run-all", "--date", GYM_DAY);

    const late = ["register", "--date", GYM_BEFORE, ...otherSplit("b")];
    expect(complaint(await churn(company.root, late))).toEqual({
      exitCode: 4,
      error: `the night of ${GYM_DAY} was decided since compare judged that of ${GYM_BEFORE}`,
      next: [`churn compare --date ${GYM_BEFORE}`],
    });
    const { stderr } = await company.churn("run-all", "--date", GYM_BEFORE, ...otherSplit("b"));
    expect(stderr).toMatch(/✔ compare .*\(a later night was decided\)/);
    expect(await company.read(registration, `${GYM_BEFORE}.2`)).toMatchObject({
      registered: false,
      outcome: "older_night",
    });
  });
});

describe("a night that is older is held against what was in production at the end of its date", () => {
  const PROMOTED = `${GYM_BEFORE}T08:00:00.000Z`;
  const again = `${GYM_BEFORE}.2`;
  const runAgain = (...words: string[]) => ["run-all", "--date", GYM_BEFORE, "--again", ...words];
  const folderOf = (company: Company, version: number) =>
    join(company.root, `mlruns/models/kündigungen/version-${version}`);

  /** Version 1 has been in production since the day before the last; by now it is version 2. */
  async function promotedTwice(): Promise<Company> {
    const company = await copyOf(later);
    await company.churn("run-all", "--date", GYM_DAY, ...otherSplit("b"));
    await company.churn("promote", "--version", "2", "--yes");
    const tag = join(folderOf(company, 1), "tags", "churn.promoted_at");
    const promotedAt = await readFile(tag, "utf8");
    await writeFile(tag, PROMOTED);
    await replaceIn(
      join(company.root, "ledger.jsonl"),
      RegExp(`"promoted_at":"${promotedAt}"`),
      `"promoted_at":"${PROMOTED}"`,
    );
    return company;
  }

  test("and registers nothing, or what it is allowed to", async () => {
    await using company = await promotedTwice();
    const { stderr } = await company.churn(...runAgain("--set", "train.rounds=9"));
    const judged = await company.read(comparison, again);
    expect(judged).toMatchObject({
      outcome: "older_night",
      should_deploy: false,
      improvement: expect.any(Number),
      production: { version: 1, metrics: { f1: expect.any(Number) }, problem: null },
      production_moved: null,
      last_promotion: PROMOTED,
      older: {
        at: `${GYM_DAY}T00:00:00.000Z`,
        known_by: expect.stringMatching(`^promoted on ${GYM_BEFORE} by `),
        current_version: 2,
        may_register: false,
      },
    });
    const held = `Held against version 1, in production on ${GYM_BEFORE} (promoted on ${GYM_BEFORE} by `;
    expect(judged.reason).toContain(held);
    expect(stderr).toMatch(/✔ compare .*older night, (?:not )?better: F1 0\.\d+ against 0\.\d+/);
    expect(await stagesOf(company)).toEqual({ 1: "Archived", 2: "Production" });

    // Whatever a person has to judge goes to Staging.
    const allowed = await company.churn(...runAgain("--allow-register", ...otherSplit("c")));
    const today = "Version 2 was in production when it was decided, and this one was not held against it";
    expect(allowed.stdout).toContain(today);
    expect(await company.read(comparison, `${GYM_BEFORE}.3`)).toMatchObject({
      outcome: "champion_saw_test",
      should_deploy: true,
      reason: expect.stringContaining(held),
      production: { version: 1 },
      older: { outcome: "champion_saw_test", would_register: true, may_register: true },
    });
    expect(await stagesOf(company)).toEqual({ 1: "Archived", 2: "Production", 3: "Staging" });
  });

  test("also where that was deleted since, for a person to judge", async () => {
    await using company = await promotedTwice();
    const meta = join(folderOf(company, 1), "meta.yaml");
    await writeFile(
      meta,
      (await readFile(meta, "utf8")).replace(/current_stage: "?Archived"?/, "current_stage: Deleted_Internal"),
    );
    await company.churn(...runAgain());
    expect(await company.read(comparison, again)).toMatchObject({
      outcome: "older_night",
      reason: expect.stringContaining(
        "Production, version 1, can't be scored: it isn't in the registry any more. A person has to judge",
      ),
      production: { version: 1, metrics: null, problem: "it isn't in the registry any more" },
      older: { outcome: "champion_unscorable", would_register: true },
    });
    expect(await stagesOf(company)).toEqual({ 2: "Production" });
    const { stdout } = await company.churn("history", "--at", GYM_BEFORE);
    expect(stdout).toMatch(/^kündigungen version 1 /);
  });
});

describe("the model in production is judged", () => {
  const judgedOn = async (company: Company, production: number) => {
    await company.churn("run-all", "--date", GYM_DAY, "--set", "train.rounds=9");
    const judged = await company.read(comparison, GYM_DAY);
    expect(judged.production).toMatchObject({
      version: production,
      problem: null,
      metrics: { f1: expect.any(Number) },
    });
    expect(["better", "not_better"]).toContain(judged.outcome);
  };
  const changeMeta = async (path: string, change: (text: string) => string) =>
    writeFile(path, change(await readFile(path, "utf8")));

  test("although its MLflow run was deleted", async () => {
    await using company = await copyOf(later);
    const [run = ""] = (await readdir(join(company.root, "mlruns"), { recursive: true })).filter((path) =>
      /^\d{18}\/[0-9a-f]{32}\/meta\.yaml$/.test(path),
    );
    await changeMeta(join(company.root, "mlruns", run), (text) => text.replace('"active"', "deleted"));
    await judgedOn(company, 1);
  });

  test("although neighbours in MLflow's folder are damaged", async () => {
    await using company = await copyOf(later);
    await writeFile(join(company.root, "mlruns/0/meta.yaml"), "");
    await cp(join(company.root, "mlruns/0"), join(company.root, "mlruns/123456789"), { recursive: true });
    await writeFile(join(company.root, "mlruns/123456789/meta.yaml"), 'artifact_location: "fil');
    await judgedOn(company, 1);
  });

  test("although archived versions were deleted beside it, and an archived candidate can be promoted", async () => {
    await using company = await copyOf(later);
    await company.churn("run-all", "--date", GYM_BEFORE, "--again", ...otherSplit("b"));
    await company.churn("run-all", "--date", GYM_BEFORE, "--again", ...otherSplit("c"));
    expect(await stagesOf(company)).toEqual({ 1: "Production", 2: "Archived", 3: "Staging" });
    const { stdout } = await company.churn("promote", "--version", "2", "--yes");
    expect(stdout).toBe("kündigungen version 2 is in Production, version 1 is Archived");
    await changeMeta(join(company.root, "mlruns/models/kündigungen/version-1/meta.yaml"), (text) =>
      text.replace(/current_stage: "?Archived"?/, "current_stage: Deleted_Internal"),
    );
    expect(await stagesOf(company)).not.toHaveProperty("1");
    await company.churn("run-all", "--date", GYM_DAY, ...otherSplit("b"));
    expect((await company.read(comparison, GYM_DAY)).production).toMatchObject({ version: 2, problem: null });
  });
});
