import { describe, expect, test as plain } from "vitest";
import { openModel, otherSplit, scoreTestCustomers } from "../../src/lib/compare/champion.ts";
import { openTestCustomers } from "../../src/lib/compare/test-customers.ts";
import { ownScoring } from "../../src/lib/model/scorer.ts";
import type { Preprocessing } from "../../src/lib/prepare/preprocessing.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";
import { type Contest, EIGHT, recipe, recipeJson, rounded, stump, test } from "../support/contest.ts";

const bytes = (text: string) => Buffer.from(text);

describe("a registered model", () => {
  plain("is its trees, and its way from raw customers to its columns", () => {
    const { booster, recipe: own } = openModel(bytes(stump("years", 1)), bytes(recipeJson(recipe())), "version 3");
    expect(booster).toMatchObject({ featureNames: ["years"], treeCount: 1 });
    expect(own).toEqual(recipe());
  });

  plain("without one of the two files is somebody else's, and the file is named", () => {
    const model = bytes(stump("years", 1));
    expect(() => openModel(undefined, bytes(recipeJson(recipe())), "version 3")).toThrow(
      expect.objectContaining({ exitCode: 4, message: "version 3 has no model.json" }),
    );
    expect(() => openModel(model, undefined, "version 3")).toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: "version 3 has no preprocessing.json: churn did not train it",
      }),
    );
  });

  plain("that is damaged is refused, and the file is named with its version", () => {
    expect(() => openModel(bytes("{"), bytes(recipeJson(recipe())), "version 3")).toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: "model.json of version 3 can't be used: it isn't whole JSON (1 character)",
      }),
    );
    expect(() => openModel(bytes(stump("years", 1)), bytes("{"), "version 3")).toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: "preprocessing.json of version 3 is damaged: it is not whole JSON",
      }),
    );
  });

  plain("of a newer churn is told by its preprocessing, before trees that this one may not know", () => {
    const newer = bytes('{"schema_version": 99, "churn_version": "9.4.0"}');
    expect(() => openModel(bytes("{"), newer, "version 3")).toThrow(
      expect.objectContaining({
        name: "NewerVersionError",
        message: `preprocessing.json of version 3 was written by churn 9.4.0, this is churn ${VERSIONS.churn}`,
      }),
    );
  });
});

/** Three test customers, in an order that is neither the file's nor their ids'. */
const THREE = "SELECT * FROM (VALUES ('d', 0, 0.5), ('f', 0, 0.5), ('a', 1, 0.5)) AS t(id, churned, probability)";

async function score(contest: Contest, modelJson: string, own: Preprocessing, customers = EIGHT, predicted = THREE) {
  const { db } = contest;
  const model = openModel(bytes(modelJson), bytes(recipeJson(own)), "version 3");
  const testCustomers = await openTestCustomers(db, await contest.parquet("predictions.parquet", predicted), recipe());
  const probability = await scoreTestCustomers(db, model, {
    customers: await contest.parquet("customers.parquet", customers),
    rows: recipe().dataset,
    testCustomers,
    where: "version 3",
    scoring: ownScoring,
  });
  return rounded(probability);
}

describe("test customers are scored from raw", () => {
  test("in their own order, by the model's derived columns", async ({ contest }) => {
    // years: a 1/12, d 2.5, f 4.17
    expect(await score(contest, stump("years", 3), recipe())).toEqual([0.8, 0.2, 0.8]);
  });

  test("by the model's fills and categories, whatever today's are", async ({ contest }) => {
    // f has no plan.
    expect(await score(contest, stump("plan_plus", 0.5), recipe())).toEqual([0.2, 0.8, 0.8]);
  });

  test("by its own fill where that is another one", async ({ contest }) => {
    const own = recipe({ fill: { plan: "'plus'" } });
    expect(await score(contest, stump("plan_plus", 0.5), own)).toEqual([0.2, 0.2, 0.8]);
  });

  test("though its id and its label had other names", async ({ contest }) => {
    const own = recipe({
      dataset: { id: "number", date: null, target: { column: "left", positive: true } },
      columns: [
        { name: "number", type: "BIGINT", role: "id", unused: null },
        { name: "tenure", type: "DOUBLE", role: "numeric", unused: null },
        { name: "left", type: "BOOLEAN", role: "target", unused: null },
      ],
      fill: {},
      one_hot: [],
    });
    expect(await score(contest, stump("years", 3), own)).toEqual([0.8, 0.2, 0.8]);
  });

  test("though a column is gone that no feature needs", async ({ contest }) => {
    const without = `SELECT id, tenure, churned FROM (${EIGHT})`;
    expect(await score(contest, stump("tenure", 40), recipe(), without)).toEqual([0.8, 0.2, 0.8]);
  });

  test("with names that need quotes", async ({ contest }) => {
    const name = 'months "so far"';
    const own = recipe({ derive: [{ name, expression: "tenure", role: "numeric" }] });
    expect(await score(contest, stump(name, 40), own)).toEqual([0.8, 0.2, 0.8]);
  });

  test("and a column that they lack is an error that names the model", async ({ contest }) => {
    const without = `SELECT id, plan, churned FROM (${EIGHT})`;
    await expect(score(contest, stump("years", 3), recipe(), without)).rejects.toMatchObject({
      exitCode: 4,
      message: "preprocessing.json of version 3 needs the column tenure, which the customers don't have any more",
    });
  });

  test("and a number beyond float32 is none that it could take", async ({ contest }) => {
    const huge = `SELECT * REPLACE (tenure * 1e38 AS tenure) FROM (${EIGHT})`;
    await expect(score(contest, stump("tenure", 40), recipe(), huge)).rejects.toMatchObject({
      exitCode: 4,
      message: "version 3 can't score tenure: 5.00e+39 is beyond float32",
    });
  });

  test("and who is none of them isn't looked at", async ({ contest }) => {
    const huge = `SELECT * REPLACE (CASE WHEN id IN ('a', 'd', 'f') THEN tenure ELSE 1e300 END AS tenure) FROM (${EIGHT})`;
    expect(await score(contest, stump("tenure", 40), recipe(), huge)).toEqual([0.8, 0.2, 0.8]);
  });

  test("and one whom today's customers don't have is missed", async ({ contest }) => {
    const four = `${THREE} UNION ALL SELECT 'z', 0, 0.5`;
    await expect(score(contest, stump("tenure", 40), recipe(), EIGHT, four)).rejects.toMatchObject({
      exitCode: 4,
      message: "version 3 could score 3 of 4 test customers",
    });
  });

  test("and the expressions that a model folder brings along reach no file of this machine", async ({ contest }) => {
    const path = await contest.parquet("salaries.parquet", "SELECT 1 AS salary");
    const read = `SELECT salary FROM read_parquet('${path}')`;
    const own = recipe({ derive: [{ name: "years", expression: `(${read})`, role: "numeric" }] });
    await expect(score(contest, stump("years", 3), own)).rejects.toMatchObject({ exitCode: 2 });

    await contest.db.run(read);
    await contest.db.run("DROP TABLE test_customers");
    await score(contest, stump("years", 3), recipe());
    await expect(contest.db.run(read)).rejects.toThrow(/file system operations are disabled|Permission/);
  });
});

describe("two splits have the same test customers", () => {
  const split: Preprocessing["split"] = { method: "customer", test: 0.2, salt: "churn", cuts: null };

  plain("when their method, salt and share are the same", () => {
    expect(otherSplit(split, { ...split })).toBeUndefined();
  });

  plain("wherever a stratified one drew its line: the cuts can be reconciled", () => {
    const stratified = { ...split, method: "stratified" as const, cuts: { positive: 9, negative: 8 } };
    expect(otherSplit(stratified, { ...stratified, cuts: { positive: 7, negative: 9 } })).toBeUndefined();
  });

  plain("and otherwise the first difference is named", () => {
    expect(otherSplit({ ...split, salt: "x", test: 0.3 }, split)).toBe('its split has salt "x", today\'s has "churn"');
    expect(otherSplit({ ...split, test: 0.3 }, split)).toBe("its split has test 0.3, today's has 0.2");
    expect(otherSplit({ ...split, salt: "x" }, { ...split, method: "stratified" })).toBe(
      'its split has method "customer", today\'s has "stratified"',
    );
  });
});
