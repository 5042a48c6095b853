import { expect } from "vitest";
import { productionVersion } from "../../src/lib/tracking/production.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import type { Via } from "../../src/lib/tracking/via.ts";
import { modelName, registerVersion, registry, test } from "../support/tracking-folder.ts";

const by = "maria";
const at = new Date("2026-11-23T08:00:00Z");

async function promoteNow(tracking: Tracking, version: number) {
  return await promote(tracking, await planPromotion(tracking, registry, version), { by, at });
}

async function stages(tracking: Tracking): Promise<Record<number, string>> {
  const versions = await tracking.modelVersions(modelName);
  return Object.fromEntries(versions.map(({ version, stage, aliases }) => [version, [stage, ...aliases].join(" ")]));
}

/** Version 1 in Production, version 2 the candidate in Staging. */
async function candidate(tracking: Tracking): Promise<void> {
  await registerVersion(tracking, "first");
  await tracking.transitionStage(modelName, 1, "Staging");
  await promoteNow(tracking, 1);
  await registerVersion(tracking, "second");
  await tracking.transitionStage(modelName, 2, "Staging");
  await tracking.setAlias(modelName, "challenger", 2);
}

test("a candidate takes the place of the version in Production, with who and when", async ({ tracking }) => {
  await candidate(tracking);
  expect(await stages(tracking)).toEqual({ 1: "Production champion", 2: "Staging challenger" });
  expect(await promoteNow(tracking, 2)).toEqual({
    version: 2,
    kind: "promote",
    replaced: [1],
    promotedBy: "maria",
    promotedAt: "2026-11-23T08:00:00.000Z",
    way: "both",
    reason: null,
  });
  expect(await stages(tracking)).toEqual({ 1: "Archived", 2: "Production champion" });
  const [second, first] = await tracking.modelVersions(modelName);
  const [by, at, until] = ["churn.promoted_by", "churn.promoted_at", "churn.production_until"] as const;
  expect([by, at, until].map((key) => second?.tag(key))).toEqual(["maria", "2026-11-23T08:00:00.000Z", undefined]);
  expect(first?.tag(until)).toBe("2026-11-23T08:00:00.000Z");
});

test("promoting twice is refused", async ({ tracking }) => {
  await candidate(tracking);
  await promoteNow(tracking, 2);
  await expect(promoteNow(tracking, 2)).rejects.toMatchObject({
    exitCode: 2,
    message: "churn-model version 2 is in Production already",
  });
});

test("a promotion that was cut short is finished by the same promotion", async ({ tracking }) => {
  await candidate(tracking);
  await tracking.transitionStage(modelName, 2, "Production");
  const versions = await tracking.modelVersions(modelName);
  expect(productionVersion(versions, "stages")?.version).toBe(2);
  expect(() => productionVersion(versions, "both")).toThrow("two versions of churn-model are in production");
  expect(await promoteNow(tracking, 2)).toMatchObject({ kind: "finish", replaced: [1] });
  expect(await stages(tracking)).toEqual({ 1: "Archived", 2: "Production champion" });
});

test("a version that was in Production comes back", async ({ tracking }) => {
  await candidate(tracking);
  await promoteNow(tracking, 2);
  expect(await promoteNow(tracking, 1)).toMatchObject({ kind: "roll back", replaced: [2] });
  expect(await stages(tracking)).toEqual({ 1: "Production champion", 2: "Archived" });
});

test("a candidate that was archived is promoted by its name, and the newer candidate stays one", async ({
  tracking,
}) => {
  await candidate(tracking);
  await registerVersion(tracking, "third");
  await tracking.transitionStage(modelName, 2, "Archived");
  await tracking.transitionStage(modelName, 3, "Staging");
  await tracking.setAlias(modelName, "challenger", 3);
  expect(await promoteNow(tracking, 2)).toMatchObject({ kind: "promote", replaced: [1] });
  expect(await stages(tracking)).toEqual({ 1: "Archived", 2: "Production champion", 3: "Staging challenger" });
});

test("a version that MLflow's page had put into Production can come back too", async ({ tracking }) => {
  await candidate(tracking);
  await registerVersion(tracking, "by hand");
  await tracking.transitionStage(modelName, 3, "Production");
  await tracking.transitionStage(modelName, 1, "Archived");
  await promoteNow(tracking, 2);
  expect(await promoteNow(tracking, 3)).toMatchObject({ kind: "roll back", replaced: [2] });
});

test("an unknown version names those that exist", async ({ root, tracking }) => {
  await expect(promoteNow(tracking, 4)).rejects.toMatchObject({
    exitCode: 2,
    message: `churn-model has no versions in ${root}`,
  });
  await candidate(tracking);
  await expect(promoteNow(tracking, 4)).rejects.toMatchObject({
    exitCode: 2,
    message: "churn-model has no version 4; it has 2, 1",
    hint: "churn models",
  });
  for (const key of ["c", "d", "e", "f"]) await registerVersion(tracking, key);
  await expect(promoteNow(tracking, 9)).rejects.toMatchObject({
    message: "churn-model has no version 9; it has 6, 5, 4, 3, 2 and older ones",
  });
});

test("a version of churn's in no stage is not promoted", async ({ tracking }) => {
  await registerVersion(tracking, "first", { [tags.modelDigest]: "d" });
  await expect(promoteNow(tracking, 1)).rejects.toMatchObject({
    exitCode: 2,
    message: "churn-model version 1 is in no stage yet: register puts a version into Staging",
    hint: "what can be promoted: no version at the moment (one in Staging or Archived)",
  });
  for (const key of ["second", "third"]) await registerVersion(tracking, key, { [tags.modelDigest]: key });
  await tracking.transitionStage(modelName, 2, "Archived");
  await tracking.transitionStage(modelName, 3, "Staging");
  await expect(promoteNow(tracking, 1)).rejects.toMatchObject({
    hint: "what can be promoted: version 3 (Staging), version 2 (Archived)",
  });
});

test.for<Via>([undefined, "both", "stages", "aliases"])(
  "a version that others registered is whole as it is, in no stage and without an alias, via %s",
  async (via, { tracking }) => {
    await registerVersion(tracking, "first", { [tags.modelDigest]: "d" });
    await tracking.transitionStage(modelName, 1, "Production");
    await tracking.setAlias(modelName, "champion", 1);
    await registerVersion(tracking, "python's");
    const plan = await planPromotion(tracking, { model: modelName, via }, 2);
    expect(plan.kind).toBe("promote");
    expect(await promote(tracking, plan, { by, at })).toMatchObject({ version: 2, replaced: [1], way: via ?? "both" });
    expect(await stages(tracking)).toEqual({
      1: via === "aliases" ? "Production" : via === "stages" ? "Archived champion" : "Archived",
      2: via === "aliases" ? "None champion" : via === "stages" ? "Production" : "Production champion",
    });
  },
);

test("of two promotions at the same time the higher version stays, whoever ends last", async ({ tracking }) => {
  for (const order of [
    [2, 3],
    [3, 2],
  ] as const) {
    for (const key of ["a", "b", "c"]) await registerVersion(tracking, key);
    await tracking.transitionStage(modelName, 1, "Production");
    for (const version of order) await tracking.transitionStage(modelName, version, "Staging");
    const plans = [
      await planPromotion(tracking, registry, order[0]),
      await planPromotion(tracking, registry, order[1]),
    ];
    // the first one gets as far as its first step before the second one does all of its own
    await tracking.transitionStage(modelName, order[0], "Production");
    const [first, second] = plans;
    if (first === undefined || second === undefined) throw new Error("two plans");
    const outcomes = [
      await outcome(promote(tracking, second, { by, at })),
      await outcome(promote(tracking, first, { by, at })),
    ];
    expect(productionVersion(await tracking.modelVersions(modelName), "both")?.version).toBe(3);
    expect((await tracking.modelVersions(modelName)).filter(({ stage }) => stage === "Production")).toHaveLength(1);
    expect(outcomes).toContain("promoted");
  }
});

async function outcome(promotion: Promise<unknown>): Promise<string> {
  return await promotion.then(
    () => "promoted",
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );
}
