import { compareNights, type Night, nightOf, parseNight } from "../night.ts";
import type { Place } from "./inputs.ts";
import { readSuccess, type StageRecord } from "./record.ts";

/** The stage whose success decides a night: from then on no file of the stages up to it changes. */
export const DECIDING_STAGE = "register";

/** All nights that have records, oldest first. */
export async function listNights({ store }: Pick<Place, "store">): Promise<readonly Night[]> {
  const nights = (await store.list("records")).map(parseNight).filter((night) => night !== undefined);
  return nights.sort(compareNights);
}

/** The newest night of a date; its first one while it has none. */
export async function newestNight(place: Pick<Place, "store">, date: string): Promise<Night> {
  return (await listNights(place)).findLast((night) => night.date === date) ?? nightOf(date, 1);
}

/** The deciding stage's record, or undefined while the night is not decided. */
export async function decisionOf(place: Place, night: string): Promise<StageRecord | undefined> {
  return readSuccess(place.store, place.workspace, night, DECIDING_STAGE);
}

/** The newest decided night of the newest earlier date that has one. */
export async function previousNight(place: Place, date: string): Promise<Night | undefined> {
  for (const night of (await listNights(place)).toReversed()) {
    if (night.date < date && (await decisionOf(place, night.name)) !== undefined) return night;
  }
  return undefined;
}
