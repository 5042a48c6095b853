import { realpathSync } from "node:fs";
import { expect } from "vitest";
import { twinOf } from "../../../src/lib/tracking/candidate.ts";
import { promote } from "../../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../../src/lib/tracking/promotion-plan.ts";
import { tags } from "../../../src/lib/tracking/tags.ts";
import type { Tracking } from "../../../src/lib/tracking/tracking.ts";
import { experiment, modelName, newRun, registerVersion, registry, test } from "../../support/tracking-folder.ts";

/** Counts the files and folders that are looked up to be opened meanwhile: the real file system, with a counter in front of it. */
async function readsOf(work: () => Promise<unknown>): Promise<number> {
  const { native } = realpathSync;
  let reads = 0;
  realpathSync.native = new Proxy(native, {
    apply: (real, self, given) => {
      reads += 1;
      return Reflect.apply(real, self, given);
    },
  });
  try {
    await work();
    return reads;
  } finally {
    realpathSync.native = native;
  }
}

/** What a night and those who promote ask, each with the files that it reads. */
async function asked(tracking: Tracking, night: string): Promise<Readonly<Record<string, number>>> {
  const [newest] = await tracking.modelVersions(modelName);
  const version = newest?.version ?? 0;
  return {
    "a new run": await readsOf(() => tracking.createRun(newRun(night))),
    "the same run again": await readsOf(() => tracking.createRun(newRun(night))),
    "the versions": await readsOf(() => tracking.modelVersions(modelName)),
    "the highest version": await readsOf(() => tracking.highestVersion(modelName)),
    "a twin": await readsOf(async () =>
      twinOf(await tracking.modelVersions(modelName), { digest: "none", runId: newest?.runId ?? "", via: "both" }),
    ),
    "a stage": await readsOf(() => tracking.transitionStage(modelName, version, "Staging")),
    "tags of a version": await readsOf(() => tracking.setModelVersionTags(modelName, version, { [tags.night]: night })),
    "an alias": await readsOf(() => tracking.setAlias(modelName, "challenger", version)),
    "a promotion": await readsOf(async () => {
      const plan = await planPromotion(tracking, registry, version);
      await promote(tracking, plan, { by: "maria", at: new Date("2026-11-23T08:00:00Z") });
    }),
    "a new version": await readsOf(() => registerVersion(tracking, `${night}, registered`)),
  };
}

test("of many versions and runs few files are read: one a version where stages are asked for, none of other runs", async ({
  tracking,
}) => {
  const versions = async (from: number, to: number) => {
    for (let night = from; night <= to; night += 1) {
      const { version } = await registerVersion(tracking, `night ${night}`);
      await tracking.transitionStage(modelName, version, "Archived");
    }
  };
  await versions(1, 3);
  await tracking.transitionStage(modelName, 1, "Production");
  const few = await asked(tracking, "after three");
  await versions(4, 22);
  const many = await asked(tracking, "after many");
  const added = 20;
  const eachVersion = Object.fromEntries(
    Object.keys(few).map((what) => [what, Math.round(((many[what] ?? 0) - (few[what] ?? 0)) / added)]),
  );
  expect(eachVersion).toEqual({
    "a new run": 0,
    "the same run again": 0,
    "the versions": 1,
    "the highest version": 0,
    "a twin": 2,
    "a stage": 0,
    "tags of a version": 0,
    "an alias": 0,
    "a promotion": 3,
    "a new version": 1,
  });
  expect(await tracking.findRun(experiment, { key: tags.runKey, value: "night 7" })).toBeDefined();
});
