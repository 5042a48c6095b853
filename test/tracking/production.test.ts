import { expect } from "vitest";
import { allInProduction, productionVersion } from "../../src/lib/tracking/production.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import type { Via } from "../../src/lib/tracking/via.ts";
import { modelName, registerVersion, test } from "../support/tracking-folder.ts";

/** Versions 1 to 3, in stage None and without an alias. */
async function threeVersions(tracking: Tracking): Promise<void> {
  for (const key of ["a", "b", "c"]) await registerVersion(tracking, key);
}

async function found(tracking: Tracking, via: Via): Promise<number | undefined> {
  return productionVersion(await tracking.modelVersions(modelName), via)?.version;
}

test("a champion by alias alone is in production, as a team on MLflow 3 has it", async ({ tracking }) => {
  await threeVersions(tracking);
  await tracking.setAlias(modelName, "champion", 2);
  expect(await found(tracking, "both")).toBe(2);
  expect(await found(tracking, "aliases")).toBe(2);
  expect(await found(tracking, "stages")).toBeUndefined();
});

test("a version in Production without an alias is in production, as a team on MLflow 2 has it", async ({
  tracking,
}) => {
  await threeVersions(tracking);
  await tracking.transitionStage(modelName, 2, "Production");
  expect(await found(tracking, "both")).toBe(2);
  expect(await found(tracking, "stages")).toBe(2);
  expect(await found(tracking, "aliases")).toBeUndefined();
});

test("where stage and alias name two, both are named, with what to do", async ({ tracking }) => {
  await threeVersions(tracking);
  await tracking.transitionStage(modelName, 3, "Production");
  await tracking.setAlias(modelName, "champion", 1);
  await expect(found(tracking, "both")).rejects.toMatchObject({
    exitCode: 2,
    message:
      "two versions of churn-model are in production: version 3 by its stage Production, version 1 by its alias champion",
    hint: "to have version 3, also where its promotion was cut short: churn promote --version 3\nto have version 1: churn promote --version 1",
  });
  expect(await found(tracking, "stages")).toBe(3);
  expect(await found(tracking, "aliases")).toBe(1);
  expect(allInProduction(await tracking.modelVersions(modelName), "both").map(({ version }) => version)).toEqual([
    3, 1,
  ]);
});

test("where they name the same one, that is it; of several in the stage the highest counts", async ({ tracking }) => {
  await threeVersions(tracking);
  expect(await found(tracking, "both")).toBeUndefined();
  for (const version of [2, 3]) await tracking.transitionStage(modelName, version, "Production");
  expect(await found(tracking, "stages")).toBe(3);
  await tracking.setAlias(modelName, "champion", 3);
  expect(await found(tracking, "both")).toBe(3);
});

test("an alias that was left on an archived version names none, where aliases don't count alone", async ({
  tracking,
}) => {
  await threeVersions(tracking);
  await tracking.transitionStage(modelName, 2, "Archived");
  await tracking.setAlias(modelName, "champion", 2);
  expect(await found(tracking, "both")).toBeUndefined();
  expect(allInProduction(await tracking.modelVersions(modelName), "both")).toEqual([]);
  expect(await found(tracking, "aliases")).toBe(2);
  await tracking.transitionStage(modelName, 3, "Production");
  await expect(found(tracking, "both")).rejects.toMatchObject({ exitCode: 2 });
});
