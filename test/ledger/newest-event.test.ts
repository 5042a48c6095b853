import { mkdtemp } from "node:fs/promises";
import { describe, expect } from "vitest";
import { ServiceError, UnreachableError } from "../../src/lib/errors.ts";
import { copyKey } from "../../src/lib/ledger/copies.ts";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { lastDeed } from "../../src/lib/ledger/last-deed.ts";
import { nightOfVersion } from "../../src/lib/ledger/night-of-version.ts";
import type { Store } from "../../src/lib/store/store.ts";
import { event, writeLedger } from "../support/ledger-events.ts";
import { test as records } from "../support/records.ts";

const test = records.extend<{
  root: string;
  /** with what was fetched from it */
  store: Store & { readonly fetched: string[] };
  share: (run: string, ...told: readonly LedgerEvent[]) => Promise<void>;
}>({
  root: async ({ archive }, use) => use(await mkdtemp(`${archive.store.address}/workspace-`)),
  store: async ({ archive: { store } }, use) => {
    const fetched: string[] = [];
    const read = async (key: string) => {
      fetched.push(key);
      return await store.read(key);
    };
    await use({ ...store, read, fetched });
  },
  share: async ({ store }, use) =>
    use(async (run, ...told) => {
      await store.write(copyKey(run), told.map((one) => `${lineOf(one)}\n`).join(""));
    }),
});
const MODEL = "churn-model";
const runOn = (date: string) => `202611${date}T080000Z-0001`;
const promoted = (date: string, version: number) =>
  event("promoted", { run: runOn(date), time: `2026-11-${date}T08:00:01.000Z`, version });

describe("in a store that others work on", () => {
  test("a later promotion by another folder counts, an earlier one doesn't and isn't fetched", async ({
    root,
    store,
    share,
  }) => {
    await writeLedger(root, [promoted("20", 7)]);
    await share(runOn("19"), promoted("19", 6));
    await share(runOn("20"), promoted("20", 7));
    expect((await lastDeed({ root, store }, MODEL))?.version).toBe(7);
    expect(store.fetched).toEqual([]);
    await share(runOn("22"), promoted("22", 8));
    await share(runOn("23"), event("run_ended", { run: runOn("23") }));
    expect((await lastDeed({ root, store }, MODEL))?.version).toBe(8);
    expect(store.fetched.sort()).toEqual([copyKey(runOn("22")), copyKey(runOn("23"))]);
    expect((await lastDeed({ root, store }, MODEL, "2026-11-23T00:00:00.000Z"))?.version).toBe(7);
  });

  test("the night of a version is found in another folder's copy, unless the own ledger has it", async ({
    root,
    store,
    share,
  }) => {
    await share(runOn("21"), event("registered", { run: runOn("21"), night: "2026-11-21", version: 4 }));
    await share(runOn("22"), event("registered", { run: runOn("22"), night: "2026-11-22", version: 5 }));
    expect(await nightOfVersion({ root, store }, MODEL, 4)).toBe("2026-11-21");
    expect(await nightOfVersion({ root, store }, MODEL, 6)).toBeUndefined();
    await writeLedger(root, [
      event("registered", { time: "2026-11-20T05:00:00.000Z", night: "2026-11-20", version: 3 }),
    ]);
    store.fetched.length = 0;
    expect(await nightOfVersion({ root, store }, MODEL, 3)).toBe("2026-11-20");
    expect(store.fetched).toEqual([]);
  });

  test("the own ledger speaks alone while that can't be reached; what else it refuses is told", async ({
    root,
    store,
  }) => {
    await writeLedger(root, [promoted("20", 7)]);
    const list = () => Promise.reject(new UnreachableError("the bucket is down"));
    expect((await lastDeed({ root, store: { ...store, list } }, MODEL))?.version).toBe(7);
    const refused = { ...store, list: () => Promise.reject(new ServiceError("no folder")) };
    await expect(lastDeed({ root, store: refused }, MODEL)).rejects.toThrow("no folder");
  });
});
