import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ServiceError } from "../../src/lib/errors.ts";
import { copyKey, isShared, readCopies, shareCopy } from "../../src/lib/ledger/copies.ts";
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
    await shareCopy({ ledger: writerAt(root).ledger, store, root }, RUN);
    expect(await store.list("ledger")).toEqual([`${RUN}.jsonl`]);
    expect(readLines((await store.read(copyKey(RUN))) ?? Buffer.alloc(0)).events).toEqual(own);
  });

  test("is no second time where the store is the workspace's folder", async ({ store }) => {
    expect(isShared(store, store.address)).toBe(false);
    await writeFile(join(store.address, LEDGER_FILE), textOf(runOf(NIGHT, RUN)));
    await shareCopy({ ledger: writerAt(store.address).ledger, store, root: store.address }, RUN);
    expect(await store.list("ledger")).toEqual([]);
  });

  test("and what the store refuses is told, and no more than that", async ({ store, root }) => {
    await writeFile(join(root, LEDGER_FILE), textOf(runOf(NIGHT, RUN)));
    const { ledger, warned } = writerAt(root);
    const write = () => Promise.reject(new ServiceError("the bucket is down"));
    await shareCopy({ ledger, store: { ...store, write }, root }, RUN);
    expect(warned).toEqual([`${store.address} has no ${copyKey(RUN)} yet: the bucket is down`]);
  });

  test("that the disk took nothing of makes no file", async ({ store, root }) => {
    await shareCopy({ ledger: writerAt(root).ledger, store, root }, RUN);
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
