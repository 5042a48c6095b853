import type { Archive } from "../stage/archive.ts";
import { findDecision } from "../stage/decided.ts";
import { listNights } from "../stage/nights.ts";
import { addDays, type Night } from "../workspace/night.ts";

/** Days from one to another, both included, in order. @param since  YYYY-MM-DD, as `until` */
export function daysBetween(since: string, until: string): readonly string[] {
  const days: string[] = [];
  for (let day = since; day <= until; day = addDays(day, 1)) days.push(day);
  return days;
}

/** Those of some days that have no decided night, in their order. One whose record is lost is decided all the same. */
export async function openDays(archive: Archive, days: readonly string[]): Promise<readonly string[]> {
  const nights = await listNights(archive);
  const open: string[] = [];
  for (const day of days) {
    const decided = await someDecided(
      archive,
      nights.filter(({ date }) => date === day),
    );
    if (!decided) open.push(day);
  }
  return open;
}

async function someDecided(archive: Archive, nights: readonly Night[]): Promise<boolean> {
  for (const { name } of nights) if ((await findDecision(archive, name)).kind !== "open") return true;
  return false;
}

/**
 * The days before today that --catch-up fills: those without a decided night, since the first night of all, whatever was decided since.
 *
 * @param today  YYYY-MM-DD
 * @param most   how many days are looked back at
 */
export async function daysToCatchUp(archive: Archive, today: string, most: number): Promise<readonly string[]> {
  const [first] = await listNights(archive);
  if (first === undefined) return [];
  const days = daysBetween(addDays(today, -most), addDays(today, -1));
  return await openDays(
    archive,
    days.filter((day) => day >= first.date),
  );
}
