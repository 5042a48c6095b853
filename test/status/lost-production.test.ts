import { expect } from "vitest";
import { lostProduction, lostSentence } from "../../src/lib/status/lost-production.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { test } from "../support/folder.ts";
import { event, runOf, writeLedger } from "../support/ledger-events.ts";

const model = "churn-model";
const now = new Date("2026-11-23T12:00:00Z");
const empty = { versions: [], current: null, problems: [] };
const promotion = "2026-11-22T23:30:00.000Z";
const promoted = event("promoted", { version: 4, time: promotion, promoted_at: promotion });
const decided = (production: { version: number; f1: number } | null) =>
  runOf("2026-11-23", "20261123T050000Z-0001", event("registered", { production }));
const placeAt = (root: string) => ({ place: { root, store: openFolderStore(root) }, model, now });

test("what churn has put into production is lost where the registry has nothing there", async ({ folder }) => {
  const known = placeAt(folder);
  expect(await lostProduction(empty, [], known)).toBeUndefined();
  await writeLedger(folder, [promoted]);
  expect(await lostProduction(empty, [], known)).toEqual({ version: 4, since: promotion, by: "maria" });
  // A registry that can't be asked, or has something there, has lost nothing.
  expect(await lostProduction({ ...empty, versions: undefined, current: undefined }, [], known)).toBeUndefined();
  expect(await lostProduction({ ...empty, current: undefined }, [], known)).toBeUndefined();
  expect(await lostProduction({ ...empty, current: 3 }, [], known)).toBeUndefined();
});

test("so is what a night has seen there; one that has seen nothing since has told of it", async ({ folder }) => {
  const known = placeAt(folder);
  const seen = decided({ version: 3, f1: 0.5 });
  expect(await lostProduction(empty, seen, known)).toEqual({ version: 3, since: null, by: null });
  await writeLedger(folder, [promoted]);
  expect(await lostProduction(empty, decided(null), known)).toBeUndefined();
});

test("people are told since when it was there, by the workspace's clocks, and what the registry has instead", () => {
  const about = { model, versions: 0, timezone: "Europe/Berlin" };
  expect(lostSentence({ version: 4, since: promotion }, about)).toBe(
    "version 4 was put into production on 2026-11-23, but the registry knows no version of churn-model",
  );
  expect(lostSentence({ version: 3, since: null }, { ...about, versions: 2 })).toBe(
    "version 3 was in production on the newest night, but the registry has nothing in production",
  );
});
