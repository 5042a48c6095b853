import fc from "fast-check";
import { describe, expect } from "vitest";
import { productionVersion } from "../../src/lib/tracking/production.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import { holdOf, isRejected, rejectionOf } from "../../src/lib/tracking/rejection.ts";
import { planRollback, rollBack } from "../../src/lib/tracking/rollback.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import type { Via } from "../../src/lib/tracking/via.ts";
import { modelName, registerVersion, test } from "../support/tracking-folder.ts";

const day = (date: number) => new Date(Date.UTC(2026, 10, date, 8));

/** Versions 1 to 3, promoted one after the other on 1, 2 and 3 November. */
async function threePromotions(tracking: Tracking, via: Via = "both"): Promise<void> {
  for (const version of [1, 2, 3]) {
    await registerVersion(tracking, `night ${version}`);
    if (via !== "aliases") await tracking.transitionStage(modelName, version, "Staging");
    await promoteNow(tracking, version, day(version), via);
  }
}

async function promoteNow(tracking: Tracking, version: number, at: Date, via: Via = "both", force = false) {
  const plan = await planPromotion(tracking, { model: modelName, via }, version, { force });
  return await promote(tracking, plan, { by: "maria", at });
}

async function rollBackNow(tracking: Tracking, at: Date, { to, via = "both" }: { to?: number; via?: Via } = {}) {
  const plan = await planRollback(tracking, { model: modelName, via }, to);
  return await rollBack(tracking, plan, { by: "maria (as root)", at, reason: "too many false alarms" });
}

async function state(tracking: Tracking): Promise<Record<number, string>> {
  const versions = await tracking.modelVersions(modelName);
  return Object.fromEntries(
    versions.map((one) => [
      one.version,
      [one.stage, ...one.aliases, ...(isRejected(one) ? ["rejected"] : [])].join(" "),
    ]),
  );
}

test("the former version comes back, and what is taken out is rejected with who, when and why", async ({
  tracking,
}) => {
  await threePromotions(tracking);
  expect(await rollBackNow(tracking, day(4))).toMatchObject({ version: 2, kind: "roll back", replaced: [3] });
  expect(await state(tracking)).toEqual({ 1: "Archived", 2: "Production champion", 3: "Archived rejected" });
  const [third, second] = await tracking.modelVersions(modelName);
  expect(second?.tag(tags.promotionReason)).toBe("in place of version 3, rolled back: too many false alarms");
  expect(third && rejectionOf(third)).toEqual({
    by: "maria (as root)",
    at: day(4),
    reason: "too many false alarms",
  });
});

test("again, it goes on to the one before, never back to the one that is rejected", async ({ tracking }) => {
  await threePromotions(tracking);
  await rollBackNow(tracking, day(4));
  await rollBackNow(tracking, day(5));
  expect(await state(tracking)).toEqual({ 1: "Production champion", 2: "Archived rejected", 3: "Archived rejected" });
  await expect(rollBackNow(tracking, day(6))).rejects.toMatchObject({
    exitCode: 2,
    message: "no version of churn-model is known that was in production before version 1 and was not rejected",
  });
});

test("after a version came back by promote, the one that it replaced is the former one", async ({ tracking }) => {
  await threePromotions(tracking);
  await promoteNow(tracking, 1, day(4));
  expect(await rollBackNow(tracking, day(5))).toMatchObject({ version: 3, replaced: [1] });
});

test("after a change in MLflow's pages, what churn had promoted last is the former one", async ({ tracking }) => {
  await threePromotions(tracking);
  await promoteNow(tracking, 1, day(4));
  await registerVersion(tracking, "by hand");
  await tracking.transitionStage(modelName, 1, "Archived");
  await tracking.transitionStage(modelName, 4, "Production");
  await tracking.setAlias(modelName, "champion", 4);
  expect(await rollBackNow(tracking, day(5))).toMatchObject({ version: 1, replaced: [4] });
});

test("any other version comes back by its number", async ({ tracking }) => {
  await threePromotions(tracking);
  expect(await rollBackNow(tracking, day(4), { to: 1 })).toMatchObject({ version: 1, replaced: [3] });
  await expect(rollBackNow(tracking, day(5), { to: 1 })).rejects.toMatchObject({
    exitCode: 2,
    message: "churn-model version 1 is in Production already",
  });
  await expect(rollBackNow(tracking, day(5), { to: 3 })).rejects.toMatchObject({
    exitCode: 2,
    message: "churn-model version 3 was rejected by maria (as root): too many false alarms",
    hint: "to promote it all the same: churn promote --version 3 --force",
  });
});

test("with nothing in production there is nothing to roll back", async ({ tracking }) => {
  await registerVersion(tracking, "a");
  await expect(rollBackNow(tracking, day(4))).rejects.toMatchObject({
    exitCode: 2,
    message: "no version of churn-model is in production, so there is nothing to roll back",
  });
});

test("a rejected version is promoted by force alone, and is none any more then", async ({ tracking }) => {
  await threePromotions(tracking);
  await rollBackNow(tracking, day(4));
  await expect(promoteNow(tracking, 3, day(5))).rejects.toMatchObject({ exitCode: 2 });
  await promoteNow(tracking, 3, day(5), "both", true);
  expect(await state(tracking)).toMatchObject({ 2: "Archived", 3: "Production champion" });
  expect(await rollBackNow(tracking, day(6))).toMatchObject({ version: 2, replaced: [3] });
});

test("a tag that was set by hand rejects too", async ({ tracking }) => {
  await threePromotions(tracking);
  await tracking.setModelVersionTags(modelName, 2, { "churn.rejected": "audit" });
  expect(await rollBackNow(tracking, day(4))).toMatchObject({ version: 1 });
});

test("production is on hold for some days after a rollback", async ({ tracking }) => {
  await threePromotions(tracking);
  const hold = async (days: number, now: Date) => holdOf(await tracking.modelVersions(modelName), days * 86_400, now);
  expect(await hold(7, day(4))).toBeUndefined();
  await rollBackNow(tracking, day(4));
  await rollBackNow(tracking, day(6));
  expect(await hold(7, day(12))).toEqual({
    version: 2,
    by: "maria (as root)",
    at: day(6),
    reason: "too many false alarms",
    until: day(13),
  });
  expect(await hold(7, day(13))).toBeUndefined();
  expect(await hold(0, day(6))).toBeUndefined();
});

describe("by aliases alone", () => {
  test("no stage is set or read", async ({ tracking }) => {
    await threePromotions(tracking, "aliases");
    await tracking.transitionStage(modelName, 1, "Production");
    await rollBackNow(tracking, day(4), { via: "aliases" });
    expect(await state(tracking)).toEqual({ 1: "Production", 2: "None champion", 3: "None rejected" });
  });
});

describe("by stages alone", () => {
  test("no alias is set or read", async ({ tracking }) => {
    await threePromotions(tracking, "stages");
    await tracking.setAlias(modelName, "champion", 1);
    await rollBackNow(tracking, day(4), { via: "stages" });
    expect(await state(tracking)).toEqual({ 1: "Archived champion", 2: "Production", 3: "Archived rejected" });
  });
});

describe.each<Via>(["both", "stages", "aliases"])("killed before any of its calls, via %s", (via) => {
  test("the same rollback again finishes it", async ({ tracking }) => {
    for (let calls = 0, done = false; !done; calls++) {
      const clock = 10 * calls;
      await fresh(tracking, via, [day(clock + 1), day(clock + 2)]);
      const before = await productionNumber(tracking, via);
      done = await rollBackNow(dyingAfter(tracking, calls), day(clock + 4), { via }).then(
        () => true,
        () => false,
      );
      if (done) break;
      const versions = await tracking.modelVersions(modelName);
      try {
        expect([before, before - 1]).toContain(productionVersion(versions, via)?.version);
      } catch (error) {
        expect(error).toMatchObject({
          message: expect.stringContaining("two versions of churn-model are in production"),
          hint: `a rollback was cut short, and the same again finishes it: churn rollback --to ${before - 1}`,
        });
      }
      // Where all but the last look was done it is finished already.
      await rollBackNow(tracking, day(clock + 5), { via, to: before - 1 }).catch((error: unknown) =>
        expect(error).toMatchObject({ message: expect.stringContaining("is in Production already") }),
      );
      expect(await productionNumber(tracking, via)).toBe(before - 1);
      expect(isRejected((await version(tracking, before)) ?? expect.fail("no version"))).toBe(true);
    }
  });
});

/** Two more versions, promoted one after the other. */
async function fresh(tracking: Tracking, via: Via, times: readonly Date[]): Promise<void> {
  for (const at of times) {
    const made = await registerVersion(tracking, `${(await tracking.highestVersion(modelName)) + 1}`);
    if (via !== "aliases") await tracking.transitionStage(modelName, made.version, "Staging");
    await promoteNow(tracking, made.version, at, via);
  }
}

async function version(tracking: Tracking, number: number) {
  return (await tracking.modelVersions(modelName)).find((one) => one.version === number);
}

async function productionNumber(tracking: Tracking, via: Via): Promise<number> {
  return productionVersion(await tracking.modelVersions(modelName), via)?.version ?? expect.fail("none in production");
}

/** The tracking of a process that is killed after so many writes. */
function dyingAfter(tracking: Tracking, calls: number): Tracking {
  let left = calls;
  const counted =
    <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      if (left-- <= 0) throw new Error("killed");
      return await call(...given);
    };
  return {
    ...tracking,
    setModelVersionTags: counted(tracking.setModelVersionTags),
    addToDescription: counted(tracking.addToDescription),
    transitionStage: counted(tracking.transitionStage),
    setAlias: counted(tracking.setAlias),
    deleteAlias: counted(tracking.deleteAlias),
  };
}

describe("of promotions and rollbacks at the same time", () => {
  test("exactly one version is in production in the end, whatever comes first, and the others say so", async ({
    tracking,
  }) => {
    const deed = fc.record({
      what: fc.constantFrom("promote 2", "promote 3", "promote 4", "roll back", "back to 1"),
      // Steps of others that it waits for, before it looks and in the middle of its work.
      late: fc.nat(12),
      sleepsAt: fc.nat(12),
      sleeps: fc.nat(30),
    });
    const deeds = fc.array(deed, { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        deeds,
        fc.constantFrom<Via>("both", "stages"),
        async (scheduler, chosen, via) => {
          await startAgain(tracking);
          const clock = { hour: 0 };
          const endings = Promise.allSettled(
            chosen.map((one) => perform(interleaved(tracking, scheduler, one), one.what, via, clock)),
          );
          await scheduler.waitFor(endings);
          for (const ending of await endings) {
            if (ending.status === "rejected") expect(ending.reason).toMatchObject({ exitCode: expect.any(Number) });
          }
          const versions = await tracking.modelVersions(modelName);
          expect(versions.filter(({ stage }) => stage === "Production")).toHaveLength(1);
          expect(productionVersion(versions, via)).toBeDefined();
        },
      ),
      { numRuns: 40, seed: 20_261_123 },
    );
  });
});

/** Version 2 in production as it follows version 1; 3 and 4 archived candidates; nothing rejected. */
async function startAgain(tracking: Tracking): Promise<void> {
  for (let number = (await tracking.highestVersion(modelName)) + 1; number <= 4; number++)
    await registerVersion(tracking, `night ${number}`);
  for (const [version, stage] of [
    [1, "Archived"],
    [2, "Production"],
    [3, "Archived"],
    [4, "Archived"],
  ] as const) {
    await tracking.transitionStage(modelName, version, stage);
    await tracking.setModelVersionTags(modelName, version, {
      "churn.rejected_at": day(0).toISOString(),
      "churn.promoted_at": day(version).toISOString(),
      "churn.production_until": day(version + 1).toISOString(),
    });
  }
  await tracking.setAlias(modelName, "champion", 2);
}

async function perform(tracking: Tracking, deed: string, via: Via, clock: { hour: number }): Promise<unknown> {
  clock.hour++;
  const at = new Date(day(10).getTime() + clock.hour * 3_600_000);
  if (deed === "roll back") return await rollBackNow(tracking, at, { via });
  if (deed === "back to 1") return await rollBackNow(tracking, at, { via, to: 1 });
  return await promoteNow(tracking, Number(deed.slice(-1)), at, via, true);
}

/** The same registry, each call of which waits for its turn. */
function interleaved(
  tracking: Tracking,
  scheduler: fc.Scheduler,
  { late, sleepsAt, sleeps }: { readonly late: number; readonly sleepsAt: number; readonly sleeps: number },
): Tracking {
  let calls = 0;
  const turn = scheduler.scheduleFunction(async () => {});
  const inTurn =
    <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      const waits = 1 + (calls === 0 ? late : 0) + (calls === sleepsAt ? sleeps : 0);
      calls++;
      for (let wait = 0; wait < waits; wait++) await turn();
      return await call(...given);
    };
  return {
    ...tracking,
    modelVersions: inTurn(tracking.modelVersions),
    setModelVersionTags: inTurn(tracking.setModelVersionTags),
    addToDescription: inTurn(tracking.addToDescription),
    transitionStage: inTurn(tracking.transitionStage),
    setAlias: inTurn(tracking.setAlias),
    deleteAlias: inTurn(tracking.deleteAlias),
  };
}
