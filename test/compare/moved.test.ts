import { expect } from "vitest";
import { lastPromotion, movedOutside, movedSentence } from "../../src/lib/compare/moved.ts";
import { productionVersion } from "../../src/lib/tracking/production.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { modelName, registerVersion, registry, test } from "../support/tracking-folder.ts";

const day = (date: number) => new Date(Date.UTC(2026, 10, date, 8));

async function promoted(tracking: Tracking, version: number, at: Date): Promise<void> {
  await promote(tracking, await planPromotion(tracking, registry, version), { by: "maria", at });
}

/** Versions 1 to 3, of which 1 and then 2 were promoted. */
async function threeVersions(tracking: Tracking): Promise<void> {
  for (const version of [1, 2, 3]) {
    await registerVersion(tracking, `night ${version}`);
    await tracking.transitionStage(modelName, version, "Staging");
  }
  await promoted(tracking, 1, day(1));
  await promoted(tracking, 2, day(2));
}

/** What a night leaves of what it found. */
async function night(tracking: Tracking) {
  const versions = await tracking.modelVersions(modelName);
  const version = productionVersion(versions, "both")?.version;
  const production =
    version === undefined
      ? null
      : { version, model_digest: null, threshold: null, metrics: null, recorded_f1: null, problem: null };
  return { production, last_promotion: lastPromotion(versions) };
}

async function moved(tracking: Tracking, before: Awaited<ReturnType<typeof night>>) {
  return movedOutside(productionVersion(await tracking.modelVersions(modelName), "both"), before);
}

/** As MLflow's pages do it. */
async function moveByHand(tracking: Tracking, from: number, to: number): Promise<void> {
  await tracking.transitionStage(modelName, to, "Production");
  await tracking.transitionStage(modelName, from, "Archived");
  await tracking.setAlias(modelName, "champion", to);
}

test("a promotion of churn's is no move, nor is a night without one", async ({ tracking }) => {
  await threeVersions(tracking);
  const before = await night(tracking);
  expect(await moved(tracking, before)).toBeNull();
  await promoted(tracking, 3, day(3));
  expect(await moved(tracking, before)).toBeNull();
  await promoted(tracking, 1, day(4));
  expect(await moved(tracking, before)).toBeNull();
  expect(movedOutside(undefined, before)).toBeNull();
});

test("what was moved in MLflow's pages is, also to a version that churn had promoted once", async ({ tracking }) => {
  await threeVersions(tracking);
  const before = await night(tracking);
  await moveByHand(tracking, 2, 3);
  expect(await moved(tracking, before)).toEqual({ from: 2, to: 3 });
  const after = await night(tracking);
  await moveByHand(tracking, 3, 2);
  expect(await moved(tracking, after)).toEqual({ from: 3, to: 2 });
  await moveByHand(tracking, 2, 1);
  expect(await moved(tracking, before)).toEqual({ from: 2, to: 1 });
  await promoted(tracking, 2, day(5));
  expect(await moved(tracking, after)).toBeNull();
});

test("a night of churn 1.4 kept no times, so tags alone tell", async ({ tracking }) => {
  await threeVersions(tracking);
  const before = { ...(await night(tracking)), last_promotion: null };
  await promoted(tracking, 3, day(3));
  expect(await moved(tracking, before)).toBeNull();
  await moveByHand(tracking, 3, 1);
  expect(await moved(tracking, before)).toEqual({ from: 2, to: 1 });
});

test("the sentence names both, or the one that nobody was before", () => {
  expect(movedSentence({ from: 3, to: 5 })).toBe("production moved from 3 to 5 outside churn");
  expect(movedSentence({ from: null, to: 5 })).toBe("version 5 was put into production outside churn");
});
