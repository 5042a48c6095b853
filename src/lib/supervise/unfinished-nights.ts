import { counted } from "../cli/numbers.ts";
import type { Config } from "../config/schema.ts";
import { unlessKnown } from "../errors.ts";
import { showsPastDays } from "../source/past-days.ts";
import type { Source } from "../source/source.ts";
import type { Archive } from "../stage/archive.ts";
import { findDecision } from "../stage/decided.ts";
import { listNights } from "../stage/nights.ts";
import { readAttempt, readSuccess, runsOf, type StageRecord } from "../stage/record.ts";
import type { Night } from "../workspace/night.ts";
import { shortRun } from "../workspace/run-id.ts";

/**
 * What a run does about nights between the last decided one and its own that were begun and never decided, and why: nothing.
 *
 * @returns lines for people: what happened and why that stays so, and what to do about it, where something can be done. None where there
 *          is no such night, which costs the look at one record
 */
export async function unfinishedNights(
  archive: Archive,
  night: Night,
  { config, source }: { readonly config: Pick<Config, "dataset">; readonly source: () => Pick<Source, "choosesDate"> },
): Promise<readonly string[]> {
  const found = await undecidedBefore(archive, night);
  const [newest, ...others] = found;
  if (newest === undefined) return [];
  const { name, date } = newest.night;
  const more =
    others.length === 0
      ? ""
      : `, and so ${others.length === 1 ? "does" : "do"} ${counted(others.length, "earlier night")}`;
  const happened = `the night of ${name} ${newest.end}: it stays undecided${more}, since this run decides ${night.date} alone`;
  const needsSource = (await readSuccess(archive, name, "validate").catch(unlessKnown)) === undefined;
  if (needsSource && !showsPastDays(config, source())) return [`${happened}, and the source shows no other day`];
  return [happened, `churn run-all --date ${date} decides it, and registers nothing once a later night is decided`];
}

interface Undecided {
  readonly night: Night;
  /** "was interrupted at train in run 7f3a" */
  readonly end: string;
}

/** Newest first. */
async function undecidedBefore(archive: Archive, night: Night): Promise<readonly Undecided[]> {
  const found: Undecided[] = [];
  for (const earlier of (await listNights(archive)).toReversed()) {
    if (earlier.date >= night.date) continue;
    // One that was decided and lost its record is told by whoever needs that.
    if ((await findDecision(archive, earlier.name)).kind !== "open") break;
    const end = await endOf(archive, earlier);
    if (end !== undefined) found.push({ night: earlier, end });
  }
  return found;
}

/** How a night's newest run ended; undefined where none has begun a stage. */
async function endOf(archive: Archive, { name }: Night): Promise<string | undefined> {
  for (const run of await runsOf(archive, name)) {
    let last: StageRecord | undefined;
    for (const stage of archive.stages)
      last = (await readAttempt(archive, name, run, stage.name).catch(unlessKnown)) ?? last;
    if (last === undefined) continue;
    const how =
      last.status === "failed" ? "failed at" : last.status === "succeeded" ? "ended after" : "was interrupted at";
    return `${how} ${last.stage} in run ${shortRun(run)}`;
  }
  return undefined;
}
