import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { lastDeed } from "../../src/lib/ledger/last-deed.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { test } from "../support/folder.ts";
import { event, events, writeLedger } from "../support/ledger-events.ts";

const placeAt = (root: string) => ({ root, store: openFolderStore(root) });

test("the last promotion or rollback of the model is found, other events and damage passed over", async ({
  folder,
}) => {
  const other = event("promoted", { model: "another", version: 9 });
  await writeLedger(folder, [events.promoted, events.rolled_back, events.rejected, other, events.registered]);
  await appendFile(join(folder, "ledger.jsonl"), '{"event":"promoted"\n');
  expect(await lastDeed(placeAt(folder), "churn-model")).toEqual(events.rolled_back);
  expect(await lastDeed(placeAt(folder), "another")).toEqual(other);
  expect(await lastDeed(placeAt(folder), "a third")).toBeUndefined();
});

test("without a ledger nothing is known", async ({ folder }) => {
  expect(await lastDeed(placeAt(folder), "churn-model")).toBeUndefined();
});
