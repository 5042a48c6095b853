import { expect } from "vitest";
import { nightOfVersion } from "../../src/lib/ledger/night-of-version.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { test } from "../support/folder.ts";
import { event, writeLedger } from "../support/ledger-events.ts";

test("it is the night that registered it, of this model and of no other number", async ({ folder }) => {
  const place = { root: folder, store: openFolderStore(folder) };
  expect(await nightOfVersion(place, "churn-model", 4)).toBeUndefined();
  await writeLedger(folder, [
    event("registered", { night: "2026-11-20", version: 4 }),
    event("registered", { night: "2026-11-21", version: 40 }),
    event("registered", { night: "2026-11-22", version: 4, model: "another" }),
    event("not_registered", { night: "2026-11-23", version: 4 }),
  ]);
  expect(await nightOfVersion(place, "churn-model", 4)).toBe("2026-11-20");
  expect(await nightOfVersion(place, "churn-model", 40)).toBe("2026-11-21");
  expect(await nightOfVersion(place, "churn-model", 5)).toBeUndefined();
});

test("a number that was given out twice is, at a moment, that of the night before it", async ({ folder }) => {
  const place = { root: folder, store: openFolderStore(folder) };
  const registered = (night: string) => event("registered", { night, version: 1, time: `${night}T05:00:00.000Z` });
  await writeLedger(folder, [registered("2026-11-20"), registered("2026-11-22")]);
  const before = (moment?: string) => nightOfVersion(place, "churn-model", 1, moment);
  expect(await before()).toBe("2026-11-22");
  expect(await before("2026-11-21T05:00:00.000Z")).toBe("2026-11-20");
  expect(await before("2026-11-20T05:00:00.000Z")).toBeUndefined();
});
