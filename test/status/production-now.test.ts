import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { copyKey } from "../../src/lib/ledger/copies.ts";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { productionNow } from "../../src/lib/status/production-now.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import type { AskedRegistry } from "../../src/lib/tracking/ask-registry.ts";
import { type events as all, event, runOf, timeOf, writeLedger } from "../support/ledger-events.ts";
import { threeNights } from "../support/registry-workspace.ts";
import { modelName, test } from "../support/tracking-folder.ts";

const now = new Date("2026-11-23T23:30:00Z");
const unasked: AskedRegistry = { versions: undefined, current: undefined, problems: ["nothing listens"] };
const placeAt = (root: string) => ({
  place: { root, store: openFolderStore(root) },
  model: modelName,
  timezone: "Europe/Berlin",
  now,
});
const decided = (night: string, change: Partial<(typeof all)["registered"]>) => {
  const run = `${night.replaceAll("-", "")}T050000Z-0001`;
  return runOf(night, run, event("registered", change)).map((one) => ({ ...one, time: timeOf(run) }));
};

test("the registry says it, who promoted it and when; its age is that of its night by the workspace's clocks", async ({
  tracking,
  root,
}) => {
  await threeNights(tracking);
  const versions = await tracking.modelVersions(modelName);
  const registry = { versions, current: 2, problems: [] };
  expect(await productionNow(registry, [], placeAt(root))).toEqual({
    version: 2,
    night: "2026-11-16",
    // It is the 24th in Berlin.
    age_days: 8,
    since: "2026-11-17T23:30:00.000Z",
    by: "maria",
    told_by: "registry",
  });
  expect(await productionNow({ ...registry, current: null }, [], placeAt(root))).toBeNull();
});

test("without it the ledger says what was put there last", async ({ root, tracking }) => {
  await threeNights(tracking);
  const told = [...decided("2026-11-16", { version: 7 }), event("promoted", { version: 7 })];
  await writeLedger(root, told);
  expect(await productionNow(unasked, told, placeAt(root))).toEqual({
    version: 7,
    night: "2026-11-16",
    age_days: 8,
    since: "2026-11-23T05:00:00.000Z",
    by: "maria",
    told_by: "ledger",
  });
});

test("or what a night has seen there since, be it nothing; and null where it knows nothing", async ({
  root,
  tracking,
}) => {
  await threeNights(tracking);
  expect(await productionNow(unasked, [], placeAt(root))).toBeNull();
  const deed = event("promoted", { version: 7, time: "2026-11-20T08:00:00.000Z" });
  const seen = decided("2026-11-22", { version: 9, production: { version: 8, f1: 0.5 } });
  await writeLedger(root, [deed, ...seen]);
  const moved = await productionNow(unasked, seen, placeAt(root));
  expect(moved).toMatchObject({ version: 8, night: null, age_days: null, since: null, by: null });
  // An older night saw what was there on its date.
  const older = decided("2026-11-23", { production: { version: 2, f1: 0.5 }, is_older: true });
  expect((await productionNow(unasked, [...seen, ...older], placeAt(root)))?.version).toBe(8);
  const none = decided("2026-11-22", { production: null });
  expect(await productionNow(unasked, none, placeAt(root))).toBeNull();
});

test("what another folder has promoted in a shared store counts, by whom and when, with the version's own night", async ({
  root,
  tracking,
}) => {
  await threeNights(tracking);
  const told = decided("2026-11-20", { version: 8, production: { version: 7, f1: 0.5 } });
  await writeLedger(root, told);
  const store = openFolderStore(await mkdtemp(join(root, "store-")));
  const theirs = "20261120T090000Z-0002";
  const deed = event("promoted", { version: 9, run: theirs, time: timeOf(theirs), promoted_at: timeOf(theirs) });
  const copyOf = (events: readonly LedgerEvent[]) => events.map((one) => `${lineOf(one)}\n`).join("");
  await store.write(copyKey(theirs), copyOf([deed]));
  const registering = "20261118T050000Z-0002";
  const registered = event("registered", { version: 9, night: "2026-11-18", run: registering });
  await store.write(copyKey(registering), copyOf([registered]));
  expect(await productionNow(unasked, told, { ...placeAt(root), place: { root, store } })).toEqual({
    version: 9,
    night: "2026-11-18",
    age_days: 6,
    since: "2026-11-20T09:00:00.000Z",
    by: "maria",
    told_by: "ledger",
  });
});
