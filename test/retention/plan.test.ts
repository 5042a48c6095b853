import { rm, writeFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { planRemoval } from "../../src/lib/retention/plan.ts";
import { readSuccess, recordKey, writeRecord } from "../../src/lib/stage/record.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { customersOf, removalOn, remove, wholeNight } from "../support/old-nights.ts";
import { successOf, writeSuccess } from "../support/records.ts";
import { test } from "../support/registered-night.ts";
import { modelName, registry } from "../support/tracking-folder.ts";

const [OLD, OLDER, LATER, NEWEST] = ["2026-11-20", "2026-11-19", "2026-11-21", "2026-12-20"];

const putIntoProduction = async (tracking: Tracking, version: number) =>
  await promote(tracking, await planPromotion(tracking, registry, version), { by: "maria", at: new Date() });

const told = ({ nights, kept }: Awaited<ReturnType<typeof planRemoval>>) => ({
  removed: nights.map(({ night, files }) => `${night}: ${files.length}`),
  kept: kept.map(({ night, versions, namedBy }) => `${night}: ${namedBy ?? versions.join()}`),
});

describe("old nights", () => {
  test("are those before the limit, without the newest decided one, whose customers and model go", async ({
    nights,
    tracking,
  }) => {
    expect(await planRemoval(removalOn(nights, tracking))).toEqual({ nights: [], kept: [], runs: [] });
    await wholeNight(nights, tracking, OLD);
    expect(told(await planRemoval(removalOn(nights, tracking)))).toEqual({ removed: [], kept: [] });
    await wholeNight(nights, tracking, NEWEST);
    const plan = await planRemoval(removalOn(nights, tracking));
    // Eight files of the model's folder.
    expect(told(plan)).toEqual({ removed: [`${OLD}: 9`], kept: [] });
    expect(plan.nights[0]?.files.map(({ key }) => key)).toContain(`raw/${OLD}/customers.parquet`);
    expect(plan.nights[0]?.files.every(({ key }) => !/models\/[^/]+\/[^/]+\.json$/.test(key))).toBe(true);
  });

  test("are kept beside one that ran while a clock was ahead, as long as no other is newer", async ({
    nights,
    tracking,
  }) => {
    await wholeNight(nights, tracking, OLD);
    await wholeNight(nights, tracking, "2027-06-16");
    expect(told(await planRemoval(removalOn(nights, tracking)))).toEqual({ removed: [], kept: [] });
    await wholeNight(nights, tracking, NEWEST);
    expect(told(await planRemoval(removalOn(nights, tracking)))).toMatchObject({ removed: [`${OLD}: 9`] });
  });

  test("lose what retention names alone", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, OLD);
    await wholeNight(nights, tracking, NEWEST);
    const plan = await planRemoval({
      ...removalOn(nights, tracking),
      limits: { raw: { name: "retention.raw 30d", before: "2026-11-24" } },
    });
    expect(plan.nights.flatMap(({ files }) => files.map(({ key }) => key))).toEqual([`raw/${OLD}/customers.parquet`]);
  });

  test("that were never decided go too, with what no record names", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, NEWEST);
    await customersOf(nights, OLD);
    await writeSuccess(
      nights,
      successOf(OLDER, "extract", { outputs: { customers: await customersOf(nights, OLDER) } }),
    );
    await nights.store.write(`records/${OLD}/attempts/20261120T050000Z-0001/extract.json`, "");
    expect(told(await planRemoval(removalOn(nights, tracking)))).toEqual({
      removed: [`${OLDER}: 1`, `${OLD}: 1`],
      kept: [],
    });
  });

  test("whose records can't be read stay, and say why", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, OLD);
    await wholeNight(nights, tracking, NEWEST);
    await nights.store.write(recordKey(OLD, "extract"), "{");
    expect(await planRemoval(removalOn(nights, tracking))).toMatchObject({
      nights: [],
      kept: [{ night: OLD, unreadable: `${recordKey(OLD, "extract")} is damaged: it is not whole JSON` }],
    });
  });
});

describe("kept is what a version came from", () => {
  test("that is in production, ever was, or waits; and by its records where its tags are gone", async ({
    nights,
    tracking,
  }) => {
    for (const night of [OLDER, OLD, LATER]) await wholeNight(nights, tracking, night);
    await wholeNight(nights, tracking, NEWEST);
    for (const version of [1, 2]) await tracking.transitionStage(modelName, version, "Staging");
    await putIntoProduction(tracking, 1);
    await putIntoProduction(tracking, 2);
    // As churn 1.0 left a version, or somebody who mends tags by hand.
    await tracking.setModelVersionTags(modelName, 1, { "churn.night": "", "churn.workspace": "" });
    expect(told(await planRemoval(removalOn(nights, tracking)))).toEqual({
      removed: [`${LATER}: 9`],
      kept: [`${OLDER}: 1`, `${OLD}: 2`],
    });
    await tracking.transitionStage(modelName, 3, "Staging");
    expect(told(await planRemoval(removalOn(nights, tracking))).kept).toEqual([
      `${OLDER}: 1`,
      `${OLD}: 2`,
      `${LATER}: 3`,
    ]);
  });

  test("that a night was held against, though it was moved in MLflow's pages", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, OLD);
    await wholeNight(nights, tracking, NEWEST);
    const record = await readSuccess(nights, NEWEST, "compare");
    const key = `models/${NEWEST}/comparison.json`;
    const report = JSON.parse(String(await nights.store.read(key)));
    const champion = { model_digest: null, threshold: null, metrics: null, recorded_f1: null, problem: null };
    report.production = { version: 1, ...champion };
    const comparison = { kind: "file" as const, key, ...(await nights.store.write(key, JSON.stringify(report))) };
    if (record !== undefined)
      await writeRecord(nights, recordKey(NEWEST, "compare"), { ...record, outputs: { comparison } });
    await tracking.transitionStage(modelName, 2, "Production");
    expect(told(await planRemoval(removalOn(nights, tracking)))).toEqual({ removed: [], kept: [`${OLD}: 1`] });
  });

  test("and the night whose files such a night has taken over", async ({ nights, tracking }) => {
    const version = await wholeNight(nights, tracking, OLD);
    await wholeNight(nights, tracking, NEWEST);
    // Decided anew from train on: the same run, and the version says the second night from then on.
    await wholeNight(nights, tracking, `${OLD}.2`, version);
    await nights.store.remove(`raw/${OLD}.2/customers.parquet`);
    const extract = await readSuccess(nights, OLD, "extract");
    if (extract !== undefined)
      await writeRecord(nights, recordKey(`${OLD}.2`, "extract"), {
        ...extract,
        night: `${OLD}.2`,
        taken_over_from: OLD,
      });
    await tracking.transitionStage(modelName, version.version, "Staging");
    const plan = await planRemoval(removalOn(nights, tracking));
    expect(plan.nights).toEqual([]);
    expect(plan.kept.map(({ night }) => night)).toEqual([OLD, `${OLD}.2`]);
  });
});

describe("nothing is removed", () => {
  test("where the registry can't be asked, or not be read whole", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, OLD);
    await wholeNight(nights, tracking, NEWEST);
    const down = async () => Promise.reject(new Error("the registry is down"));
    await expect(planRemoval({ ...removalOn(nights, tracking), tracking: down })).rejects.toThrow("is down");
    await tracking.transitionStage(modelName, 2, "Production");
    await writeFile(`${tracking.uri}/models/${modelName}/version-1/meta.yaml`, "current_stage: [");
    await expect(planRemoval(removalOn(nights, tracking))).rejects.toMatchObject({ exitCode: 5 });
  });

  test("where the registry has lost what the newest night saw there", async ({ nights, tracking }) => {
    await wholeNight(nights, tracking, OLD);
    await wholeNight(nights, tracking, NEWEST);
    await rm(`${tracking.uri}/models`, { recursive: true });
    await expect(planRemoval(removalOn(nights, tracking))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("which an earlier night saw there"),
    });
  });
});

test("runs go that no version names, of nights that are old and not kept", async ({ nights, tracking }) => {
  const version = await wholeNight(nights, tracking, OLD);
  await wholeNight(nights, tracking, NEWEST);
  const run = async (key: string, night: string, workspace = nights.workspaceId) =>
    (
      await tracking.createRun({
        experiment: "churn",
        runName: key,
        startTime: 0,
        tags: { "churn.run_key": key, "churn.night": night, "churn.workspace": workspace },
      })
    ).runId;
  const old = await run("old", OLD);
  const others = [await run("new", NEWEST), await run("other", OLD, "another workspace"), await run("odd", "no night")];
  const { runs } = await planRemoval(removalOn(nights, tracking));
  expect(runs.map(({ runId }) => runId)).toEqual([old]);
  await remove(removalOn(nights, tracking));
  expect(await tracking.getRun(old)).toBeUndefined();
  for (const runId of [...others, version.runId ?? ""]) expect(await tracking.getRun(runId)).toBeDefined();
});
