import { expect } from "vitest";
import { newestNights } from "../../src/lib/ledger/newest-nights.ts";
import { isDecided } from "../../src/lib/ledger/nights-of.ts";
import type { LedgerPlace } from "../../src/lib/ledger/read.ts";
import { events, runOf, writeLedger } from "../support/ledger-events.ts";
import { test as records } from "../support/records.ts";

const now = new Date("2026-11-23T12:00:00Z");
const wanted = { today: "2026-11-23", now };
const test = records.extend<{ place: LedgerPlace }>({
  place: async ({ archive }, use) => use({ ...archive, root: archive.store.address }),
});
const nightOn = (date: string, ...told: Parameters<typeof runOf>[2][]) =>
  runOf(date, `${date.replaceAll("-", "")}T050000Z-0001`, ...told);
const names = (nights: readonly { readonly night: string }[]) => nights.map(({ night }) => night);

test("so many are found, those that are dated after today beside them", async ({ place }) => {
  await writeLedger(
    place.root,
    ["2026-11-20", "2026-11-21", "2026-11-22", "2027-06-16", "2027-06-17"].flatMap((date) => nightOn(date)),
  );
  const { nights, ahead, problems } = await newestNights(place, { ...wanted, least: 2 });
  expect(names(nights).slice(0, 2)).toEqual(["2026-11-22", "2026-11-21"]);
  expect(names(ahead)).toEqual(["2027-06-17", "2027-06-16"]);
  expect(problems).toEqual([]);
  expect(names((await newestNights(place, { ...wanted, least: 9 })).nights)).toHaveLength(3);
});

test("older ones are looked for until there are enough, though there are none", async ({ place }) => {
  const failed = ["2026-11-20", "2026-11-21", "2026-11-22"].flatMap((date) => nightOn(date));
  const isEnough = (nights: Parameters<typeof isDecided>[0][]) => nights.some(isDecided);
  const look = () => newestNights(place, { ...wanted, least: 1, isEnough: (nights) => isEnough([...nights]) });
  await writeLedger(place.root, failed);
  expect(names((await look()).nights)).toHaveLength(3);
  await writeLedger(place.root, [...nightOn("2026-11-10", events.registered), ...failed]);
  expect((await look()).nights.find(isDecided)?.night).toBe("2026-11-10");
});

test("without any there are none", async ({ place }) => {
  expect(await newestNights(place, { ...wanted, least: 1 })).toEqual({
    nights: [],
    ahead: [],
    events: [],
    problems: [],
  });
  await writeLedger(place.root, nightOn("2027-06-16"));
  const { nights, ahead } = await newestNights(place, { ...wanted, least: 1 });
  expect([names(nights), names(ahead)]).toEqual([[], ["2027-06-16"]]);
});
