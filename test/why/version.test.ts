import { join } from "node:path";
import { expect } from "vitest";
import type { LedgerPlace } from "../../src/lib/ledger/read.ts";
import { askRegistry } from "../../src/lib/tracking/ask-registry.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelVersion, Tracking } from "../../src/lib/tracking/tracking.ts";
import { lifeOfVersion } from "../../src/lib/why/version.ts";
import { event, writeLedger } from "../support/ledger-events.ts";
import { test as records, WORKSPACE } from "../support/records.ts";
import { threeNights } from "../support/registry-workspace.ts";
import { modelName as model, registerVersion } from "../support/tracking-folder.ts";

const now = new Date("2026-11-24T12:00:00Z");
const test = records.extend<{
  place: LedgerPlace;
  tracking: Tracking;
  life: (version: number) => ReturnType<typeof lifeOfVersion>;
}>({
  place: async ({ archive }, use) => use({ ...archive, root: archive.store.address }),
  tracking: async ({ place }, use) => {
    const tracking = openFolder(join(place.root, "mlruns"));
    await threeNights(tracking);
    await use(tracking);
  },
  life: async ({ place, tracking }, use) =>
    use(async (version) =>
      lifeOfVersion(place, { model, version }, await askRegistry(async () => tracking, model, undefined), now),
    ),
});
const unasked = { versions: undefined, current: undefined, problems: [] };

test("it is the version's night, its times in production, and what took its place", async ({ life, tracking }) => {
  expect(await life(2)).toMatchObject({
    night: "2026-11-16",
    life: {
      version: 2,
      stage: "Production",
      periods: [{ by: "maria", is_current: true }],
      replaced_by: null,
      rejected: null,
    },
  });
  expect(await life(3)).toMatchObject({ night: "2026-11-23.2", life: { stage: "Staging", periods: [] } });
  await tracking.setModelVersionTags(model, 3, {
    [tags.rejected]: "too eager",
    [tags.rejectedBy]: "maria",
    [tags.rejectedAt]: "2026-11-24T08:00:00.000Z",
  });
  expect((await life(3)).life.rejected).toEqual({ by: "maria", at: "2026-11-24T08:00:00.000Z", reason: "too eager" });
});

test("without the registry the ledger tells it", async ({ place }) => {
  const [promoted, next] = ["2026-11-20T08:00:00.000Z", "2026-11-22T08:00:00.000Z"];
  await writeLedger(place.root, [
    event("registered", { night: "2026-11-19", version: 4, time: "2026-11-19T05:00:00.000Z", production: null }),
    event("promoted", { version: 4, time: promoted, promoted_at: promoted, replaced: [] }),
    event("registered", {
      night: "2026-11-21",
      version: 5,
      time: "2026-11-21T05:00:00.000Z",
      production: { version: 4, f1: 0.5 },
    }),
    event("promoted", { version: 5, time: next, promoted_at: next, replaced: [4] }),
  ]);
  expect(await lifeOfVersion(place, { model, version: 4 }, unasked, now)).toMatchObject({
    night: "2026-11-19",
    life: {
      stage: null,
      replaced_by: 5,
      periods: [{ from: promoted, to: next, by: "maria", host: "vm-ml-1", reason: "fewer false alarms" }],
    },
  });
});

test("of a number that was given out twice each registration has its own story", async ({ place }) => {
  const registered = (night: string) =>
    event("registered", { night, version: 1, time: `${night}T05:00:00.000Z`, production: null });
  const promoted = (by: string, at: string) =>
    event("promoted", { version: 1, by, time: at, promoted_at: at, replaced: [], reason: null });
  const first = [registered("2026-11-19"), promoted("maria", "2026-11-20T08:00:00.000Z")];
  const second = [registered("2026-11-22"), promoted("jan", "2026-11-23T08:00:00.000Z")];
  const periodsOf = async (versions: readonly ModelVersion[] | undefined) => {
    const { night, life } = await lifeOfVersion(place, { model, version: 1 }, { ...unasked, versions }, now);
    return [night, life.periods.map(({ by, night: made }) => `${by} ${made}`)];
  };
  const madeBy = async (night: string) => {
    const tracking = openFolder(join(place.root, night));
    await registerVersion(tracking, night, { [tags.night]: night });
    return await tracking.modelVersions(model);
  };
  await writeLedger(place.root, first);
  expect(await periodsOf(undefined)).toEqual(["2026-11-19", ["maria 2026-11-19"]]);
  // A registry that was emptied gives the number to another one, which nobody has promoted yet.
  await writeLedger(place.root, [...first, ...second.slice(0, 1)]);
  expect(await periodsOf(undefined)).toEqual(["2026-11-22", []]);
  await writeLedger(place.root, [...first, ...second]);
  expect(await periodsOf(undefined)).toEqual(["2026-11-22", ["jan 2026-11-22"]]);
  expect(await periodsOf(await madeBy("2026-11-22"))).toEqual(["2026-11-22", ["jan 2026-11-22"]]);
  // The old registry was restored from a backup; or another one, of which the ledger knows nothing.
  expect(await periodsOf(await madeBy("2026-11-19"))).toEqual(["2026-11-19", ["maria 2026-11-19"]]);
  expect(await periodsOf(await madeBy("2026-11-01"))).toEqual(["2026-11-01", []]);
});

test("a version that isn't there, is another workspace's or somebody else's is refused", async ({
  life,
  place,
  tracking,
}) => {
  await expect(life(9)).rejects.toMatchObject({ exitCode: 2, message: "there is no version 9 of churn-model" });
  await expect(lifeOfVersion(place, { model, version: 9 }, unasked, now)).rejects.toThrow(
    "the ledger knows of no version 9 of churn-model, and the registry can't be asked",
  );
  await registerVersion(tracking, "by hand");
  await expect(life(4)).rejects.toThrow(
    "version 4 of churn-model was registered by something else than a night of churn's",
  );
  await tracking.setModelVersionTags(model, 3, { [tags.workspace]: "another" });
  await expect(life(3)).rejects.toThrow("version 3 of churn-model was made by a night of another workspace, another");
  await tracking.setModelVersionTags(model, 3, { [tags.workspace]: WORKSPACE });
  expect((await life(3)).night).toBe("2026-11-23.2");
});
