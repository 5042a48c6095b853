import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ServiceError } from "../../src/lib/errors.ts";
import { copyKey, isShared, oweCopy, readCopies, shareCopies } from "../../src/lib/ledger/copies.ts";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { readLines } from "../../src/lib/ledger/lines.ts";
import { LEDGER_FILE, openLedgerWriter } from "../../src/lib/ledger/writer.ts";
import type { Store } from "../../src/lib/store/store.ts";
import { event, NIGHT, RUN, runOf } from "../support/ledger-events.ts";
import { test as records } from "../support/records.ts";

const test = records.extend<{ root: string; store: Store }>({
  store: async ({ archive }, use) => use(archive.store),
  root: async ({ archive }, use) => use(await mkdtemp(`${archive.store.address}/workspace-`)),
});
const textOf = (told: readonly LedgerEvent[]) => told.map((one) => `${lineOf(one)}\n`).join("");

function writerAt(root: string) {
  const warned: string[] = [];
  return { warned, ledger: openLedgerWriter({ root, redact: String, onWarn: (reason) => warned.push(reason) }) };
}

describe("what a run told", () => {
  test("is put into a store elsewhere, with nothing of others, however old the ledger is", async ({ store, root }) => {
    const before = Array.from({ length: 300 }, (_, index) =>
      runOf("2026-10-01", `20261001T${String(index % 24).padStart(2, "0")}0000Z-${String(index).padStart(4, "0")}`),
    ).flat();
    const own = runOf(NIGHT, RUN, event("stage_started"), event("sent"));
    const promoted = event("promoted", { run: "20261123T050000Z-ffff" });
    await writeFile(join(root, LEDGER_FILE), textOf([...before, ...own.slice(0, 2), promoted, ...own.slice(2)]));
    await shareCopies({ ledger: writerAt(root).ledger, store, root }, RUN);
    expect(await store.list("ledger")).toEqual([`${RUN}.jsonl`]);
    expect(readLines((await store.read(copyKey(RUN))) ?? Buffer.alloc(0)).events).toEqual(own);
  });

  test("is no second time where the store is the workspace's folder", async ({ store }) => {
    expect(isShared(store, store.address)).toBe(false);
    await writeFile(join(store.address, LEDGER_FILE), textOf(runOf(NIGHT, RUN)));
    await shareCopies({ ledger: writerAt(store.address).ledger, store, root: store.address }, RUN);
    expect(await store.list("ledger")).toEqual([]);
  });

  test("and what the store refuses is told, and no more than that", async ({ store, root }) => {
    await writeFile(join(root, LEDGER_FILE), textOf(runOf(NIGHT, RUN)));
    const { ledger, warned } = writerAt(root);
    const write = () => Promise.reject(new ServiceError("the bucket is down"));
    await shareCopies({ ledger, store: { ...store, write }, root }, RUN);
    expect(warned).toEqual([`${store.address} has no ${copyKey(RUN)} yet: the bucket is down`]);
  });

  test("and is put there by the next one, with what a run told that ended while it held nothing", async ({
    store,
    root,
  }) => {
    const [later, waits] = ["20261123T060000Z-0001", "20261123T070000Z-0001"];
    const { ledger, warned } = writerAt(root);
    const place = { ledger, store, root };
    for (const run of [RUN, later, waits]) await oweCopy(place, run);
    const waiting = runOf(NIGHT, waits).slice(0, 1);
    await writeFile(join(root, LEDGER_FILE), textOf([...runOf(NIGHT, RUN), ...waiting, ...runOf(NIGHT, later)]));
    const write = () => Promise.reject(new ServiceError("the bucket is down"));
    await shareCopies({ ...place, store: { ...store, write } }, RUN);
    expect(warned, "once, however many there are").toHaveLength(1);
    expect(await store.list("ledger")).toEqual([]);

    await shareCopies(place);
    expect(await store.list("ledger"), "one that waits has not ended").toEqual([`${RUN}.jsonl`, `${later}.jsonl`]);
    await writeFile(join(root, LEDGER_FILE), textOf(runOf(NIGHT, waits)), { flag: "a" });
    const written: string[] = [];
    const writeCounted: Store["write"] = async (key, content) => {
      written.push(key);
      return await store.write(key, content);
    };
    const counting = { ...store, write: writeCounted };
    await shareCopies({ ...place, store: counting });
    await shareCopies({ ...place, store: counting });
    expect(written, "each is put there once").toEqual([copyKey(waits)]);
  });

  test("that the disk took nothing of makes no file", async ({ store, root }) => {
    await shareCopies({ ledger: writerAt(root).ledger, store, root }, RUN);
    expect(await store.list("ledger")).toEqual([]);
  });
});

test("others' runs come newest first, without those that are known, and without what is no run's", async ({
  store,
}) => {
  const runs = ["20261121T050000Z-0001", "20261122T050000Z-0001", "20261123T050000Z-0001"];
  for (const run of runs) await store.write(copyKey(run), textOf(runOf(NIGHT, run)));
  await store.write("ledger/notes.jsonl", "{}\n");
  await store.write("ledger/20261124T050000Z-0001.txt", "");
  const found: string[] = [];
  for await (const { run, key, lines } of readCopies(store, (one) => one === runs[1])) {
    expect(key).toBe(copyKey(run));
    expect(lines.events).toHaveLength(2);
    found.push(run);
  }
  expect(found).toEqual([runs[2], runs[0]]);
});

test("of many some are fetched at once, no more than are wanted and a few", async ({ store }) => {
  const runs = Array.from({ length: 30 }, (_, index) => `202611${String(index + 1).padStart(2, "0")}T050000Z-0001`);
  for (const run of runs) await store.write(copyKey(run), textOf(runOf(NIGHT, run)));
  let [underWay, most, all] = [0, 0, 0];
  const read = async (key: string) => {
    underWay += 1;
    all += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 5));
    underWay -= 1;
    return await store.read(key);
  };
  const found: string[] = [];
  for await (const { run } of readCopies({ ...store, read }, () => false)) {
    found.push(run);
    if (found.length === 10) break;
  }
  expect(found).toEqual(runs.slice(-10).reverse());
  expect(most).toBeGreaterThan(1);
  expect(all).toBeLessThan(20);
});
