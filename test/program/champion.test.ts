import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import {
  comparison,
  customersTrain,
  evaluation,
  notification,
  registration,
} from "../../src/lib/artifacts/artifacts.ts";
import { GYM_BEFORE, GYM_DAY, gymConfig, gymQuery, openGym } from "../support/gym.ts";
import { complaint } from "../support/mistake.ts";
import { type Company, type ConfigInput, copyOf } from "../support/other-table.ts";
import { churn } from "../support/program.ts";

/** A gym whose first model is in production. */
let gym: Company;

beforeAll(async () => {
  gym = await openGym();
  await gym.churn("run-all", "--date", GYM_BEFORE);
  await gym.churn("promote", "--version", "1", "--yes");
}, 60_000);
afterAll(() => gym[Symbol.asyncDispose]());

const models = z.object({ versions: z.array(z.object({ version: z.int(), stage: z.string() })) });
const versionsOf = async (company: Company) =>
  models.parse(JSON.parse((await company.churn("models", "--json")).stdout)).versions;

const withoutColumn = (name: string): ConfigInput => ({
  ...gymConfig,
  source: { ...gymConfig.source, query: gymQuery(name) },
  transform: { fill: { guthaben: "0", kurse: "false" } },
  gates: { columns: false },
});

describe("the model in production", () => {
  test("is judged by its own columns when the list, the fills and the derived columns are others", async () => {
    await using company = await copyOf(gym);
    const own = await company.read(evaluation, GYM_BEFORE);
    await company.configure({
      ...gymConfig,
      transform: { fill: { guthaben: "100" }, derive: { rentner: '"alter" >= 65' } },
      features: ["besuche", "rentner", "tarif_Basis"],
    });
    await company.churn("run-all", "--date", GYM_BEFORE, "--again");

    const judged = await company.read(comparison, `${GYM_BEFORE}.2`);
    expect(judged.production).toMatchObject({ version: 1, metrics: own.metrics, recorded_f1: own.metrics.f1 });
    expect(judged.rows).toBe(own.rows);
    expect(await company.modelFeatures(`${GYM_BEFORE}.2`)).toEqual(["besuche", "rentner", "tarif_Basis"]);
    expect(["better", "not_better"]).toContain(judged.outcome);
  });

  describe("that was split by a column", () => {
    const splitBy = (isTest: string, compare: ConfigInput["compare"] = {}): ConfigInput => ({
      ...gymConfig,
      source: {
        ...gymConfig.source,
        query: `SELECT *, CASE WHEN ${isTest} THEN 'test' ELSE 'train' END AS teil FROM (${gymQuery()}\n)`,
      },
      split: { method: "column", column: "teil", test_value: "test" },
      compare,
    });
    const [stable, drawnAnew] = ["mitgliedsnummer % 5 = 0", "(mitgliedsnummer + day(CAST({date} AS DATE))) % 5 = 0"];
    /** The day's comparison with a model that the night before made and somebody promoted. */
    const compared = async (isTest: string, between?: (company: Company) => Promise<void>) => {
      await using company = await copyOf(gym);
      await company.configure(splitBy(isTest));
      await company.churn("run-all", "--date", GYM_BEFORE, "--again");
      await company.churn("promote", "--version", "2", "--yes");
      await between?.(company);
      await company.churn("run-all", "--date", GYM_DAY);
      return await company.read(comparison, GYM_DAY);
    };

    test("never saw the customers who stayed on the test side", async () => {
      expect(["better", "not_better"]).toContain((await compared(stable)).outcome);
    });

    test("saw those whom a column that is drawn anew has moved there, and a person has to judge", async () => {
      const vouchedFor = (company: Company) => company.configure(splitBy(drawnAnew, { trust_split: true }));
      expect(await compared(drawnAnew, vouchedFor)).toMatchObject({
        outcome: "champion_saw_test",
        production: {
          problem: expect.stringMatching(
            /^\d+ of \d+ were on the train side of its own night \(a customer's teil has to stay the same\)$/,
          ),
        },
      });
    });

    test("is taken at a person's word alone where its night's files are gone", async () => {
      const forget = (company: Company) => rm(company.path(customersTrain, `${GYM_BEFORE}.2`));
      expect(await compared(stable, forget)).toMatchObject({ outcome: "champion_saw_test" });
      const vouched = await compared(stable, async (company) => {
        await forget(company);
        await company.configure(splitBy(stable, { trust_split: true }));
      });
      expect(["better", "not_better"]).toContain(vouched.outcome);
    });
  });

  test("does without a column that it never used", async () => {
    await using company = await copyOf(gym);
    await company.configure({ ...gymConfig, features: ["besuche", "monate"] });
    await company.churn("run-all", "--date", GYM_BEFORE, "--again", "--set", "split.salt=other");
    await company.churn("promote", "--version", "2", "--yes");
    await company.configure({ ...withoutColumn("monatsbeitrag"), split: { salt: "other" } });
    await company.churn("run-all", "--date", GYM_DAY);
    expect((await company.read(comparison, GYM_DAY)).production).toMatchObject({ version: 2, problem: null });
  });

  test("can't be scored without a column that is gone for good, and a person has to judge", async () => {
    await using company = await copyOf(gym);
    await company.configure(withoutColumn("monatsbeitrag"));
    const { stdout, stderr } = await company.churn("run-all", "--date", GYM_DAY);

    const problem =
      "preprocessing.json of version 1 needs the column monatsbeitrag, which the customers don't have any more";
    const reason = `Production, version 1, can't be scored: ${problem}. A person has to judge`;
    expect(await company.read(comparison, GYM_DAY)).toMatchObject({
      should_deploy: true,
      outcome: "champion_unscorable",
      reason,
      improvement: null,
      production: { version: 1, metrics: null, problem },
    });
    expect(stderr).toContain("champion unscorable: F1 ");
    expect(stdout).toContain(`Reason: ${reason}`);
    expect((await company.read(notification, GYM_DAY)).message).toMatchObject({
      kind: "registered",
      version: 2,
      reason,
    });
    expect(await readFile(join(company.root, "notifications", `${GYM_DAY}.txt`), "utf8")).toContain(reason);
    expect(await company.read(registration, GYM_DAY)).toMatchObject({ registered: true, version: 2, stage: "Staging" });
    expect(await versionsOf(company)).toEqual([
      expect.objectContaining({ version: 2, stage: "Staging" }),
      expect.objectContaining({ version: 1, stage: "Production" }),
    ]);
  });

  test.each([
    ["split.salt=another", 'its split has salt "churn", today\'s has "another"'],
    ["split.test=0.3", "its split has test 0.2, today's has 0.3"],
  ])(
    "may have seen today's test customers when %s, and its figures are recorded all the same",
    async (set, problem) => {
      await using company = await copyOf(gym);
      const { stdout } = await company.churn("run-all", "--date", GYM_DAY, "--set", set);
      const judged = await company.read(comparison, GYM_DAY);
      expect(judged).toMatchObject({
        should_deploy: true,
        outcome: "champion_saw_test",
        improvement: expect.any(Number),
        production: { version: 1, metrics: { f1: expect.any(Number) }, problem },
      });
      expect(stdout).toContain(`Reason: ${judged.reason}`);
      expect(judged.reason).toContain(problem);
      expect(await company.read(registration, GYM_DAY)).toMatchObject({
        registered: true,
        version: 2,
        stage: "Staging",
      });
    },
  );

  test("is not registered again when the same night comes out the same", async () => {
    await using company = await copyOf(gym);
    const { stdout } = await company.churn("run-all", "--date", GYM_BEFORE, "--again");
    const reason = "It is the same model as version 1, which is in production";
    expect(await company.read(comparison, `${GYM_BEFORE}.2`)).toMatchObject({
      should_deploy: false,
      outcome: "identical",
      reason,
      improvement: 0,
    });
    expect(stdout).toContain(`Reason: ${reason}`);
    expect(await company.read(registration, `${GYM_BEFORE}.2`)).toMatchObject({ registered: false });
    expect(await versionsOf(company)).toEqual([expect.objectContaining({ version: 1, stage: "Production" })]);
  });

  test("changed between compare and register: register refuses, and run-all compares again and says why", async () => {
    await using company = await copyOf(gym);
    // Another salt makes a candidate, however good it is.
    await company.churn("run-all", "--date", GYM_BEFORE, "--again", "--set", "split.salt=another");
    await company.churn("run-all", "--date", GYM_DAY, "--to", "compare");
    expect((await company.read(comparison, GYM_DAY)).production).toMatchObject({ version: 1 });
    await company.churn("promote", "--version", "2", "--yes");

    expect(complaint(await churn(company.root, ["register", "--date", GYM_DAY]))).toEqual({
      exitCode: 4,
      error: "Production of kündigungen is version 2 now, but compare judged version 1",
      next: [`churn compare --date ${GYM_DAY}`],
    });
    const resumed = await company.churn("run-all", "--date", GYM_DAY);
    expect(resumed.stderr).toMatch(/· evaluate +up to date/);
    expect(resumed.stderr).toMatch(/✔ compare .*\(Production is version 2 now\)/);
    expect(await company.read(comparison, GYM_DAY)).toMatchObject({
      outcome: "champion_saw_test",
      production: { version: 2 },
    });
    expect(await company.read(registration, GYM_DAY)).toMatchObject({ registered: true, version: 3 });
  });
});
