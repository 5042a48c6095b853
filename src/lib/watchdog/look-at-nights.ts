import { listed } from "../cli/numbers.ts";
import type { Config } from "../config/schema.ts";
import { ChurnError, firstLineOf } from "../errors.ts";
import type { LedgerEvent } from "../ledger/events.ts";
import { readLedgerFile } from "../ledger/lines.ts";
import { type NightStory, nightsOf } from "../ledger/nights-of.ts";
import { type LedgerPlace, readLedger } from "../ledger/read.ts";
import { isBeforeNightsOf } from "../ledger/slack.ts";
import { listNights, previousNight } from "../stage/nights.ts";
import { aheadSentence, byToday } from "../workspace/dated-ahead.ts";
import { addDays, daysFrom, today } from "../workspace/night.ts";
import { wallClock } from "../workspace/timezone.ts";
import { dueNight } from "./due-night.ts";
import { type Finding, type Look, NOTHING } from "./finding.ts";

/** A deadline that is older than the first night counts for so long: a workspace that is made in the evening has missed no morning. */
const FIRST_DEADLINE_MS = 12 * 3_600_000;

/**
 * Whether the newest night that is due has succeeded in time, and how many in a row have not. A night has succeeded once it is decided;
 * one that never began has not, and one that is dated after today says nothing. Takes no lock, and reads the newest nights alone.
 *
 * @param place  opens the ledger; what goes wrong with the store then is told, and the workspace's own ledger speaks alone
 */
export async function lookAtNights(
  { root, place }: { readonly root: string; readonly place: () => Promise<LedgerPlace> },
  { watchdog: { by, nights }, schedule: { at }, timezone }: Pick<Config, "watchdog" | "schedule" | "timezone">,
  now: Date,
): Promise<Look> {
  if (by === null && nights === null) return NOTHING;
  const due = dueNight(at, by ?? at, timezone, now);
  const days = { since: addDays(due.date, -(nights ?? 1)), today: today(timezone, now) };
  const known = await knownNights({ root, place }, days, now);
  const hasBegun = known.first !== undefined && known.first <= due.date;
  const isJudged = hasBegun || now.getTime() - due.deadline.getTime() < FIRST_DEADLINE_MS;
  const newest = known.stories.find(({ date, decided_at }) => date >= due.date && decided_at !== null);
  if (newest !== undefined) {
    return { ...NOTHING, well: [`${newest.night} is decided`], notes: known.notes };
  }
  const findings = isJudged
    ? [...lateFinding(by, due.date, known, timezone), ...rowFinding(nights, due.date, known)]
    : [];
  const well = isJudged || findings.length > 0 ? [] : ["no night is due yet"];
  if (known.isWhole) return { findings, unjudged: [], well, notes: known.notes };
  // What another machine has told in a store that is down nobody knows here.
  const unseen: Finding = {
    what: "unseen",
    subject: "nights",
    text: `whether the night of ${due.date} has succeeded can't be seen: ${listed(known.notes)}`,
    next: "churn doctor",
  };
  return { findings: isJudged ? [unseen] : [], unjudged: ["late", "nights"], well, notes: [] };
}

interface KnownNights {
  /** up to today, the newest first */
  readonly stories: readonly NightStory[];
  /** YYYY-MM-DD: of the newest decided night; undefined where there is none */
  readonly decided: string | undefined;
  /** YYYY-MM-DD: of the first night of which anything is known */
  readonly first: string | undefined;
  /** whether the store could be asked */
  readonly isWhole: boolean;
  readonly notes: readonly string[];
}

async function knownNights(
  { root, place }: { readonly root: string; readonly place: () => Promise<LedgerPlace> },
  { since, today: date }: { readonly since: string; readonly today: string },
  now: Date,
): Promise<KnownNights> {
  try {
    const opened = await place();
    const { events } = await readLedger(opened, { since, now });
    const { nights: stories, ahead } = byToday(nightsOf(events), date);
    const decided = newestDecided(stories) ?? (await previousNight(opened, since))?.date;
    const first = decided ?? earliest((await listNights(opened))[0]?.date, stories.at(-1)?.date);
    return { stories, decided, first, isWhole: true, notes: notesOf(ahead) };
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    const { nights: stories, ahead } = byToday(toldHere(root, since), date);
    const decided = newestDecided(stories);
    const notes = [firstLineOf(error), ...notesOf(ahead)];
    return { stories, decided, first: decided ?? stories.at(-1)?.date, isWhole: false, notes };
  }
}

function notesOf(ahead: readonly NightStory[]): readonly string[] {
  const sentence = aheadSentence(ahead.map(({ date }) => date));
  return sentence === undefined ? [] : [sentence];
}

/** By the workspace's own ledger alone; one that can't be read tells nothing. */
function toldHere(root: string, since: string): readonly NightStory[] {
  const isBefore = ({ time }: LedgerEvent) => isBeforeNightsOf(since, time);
  try {
    const own = readLedgerFile(root, { isEnough: (events) => events.length > 0 && events.every(isBefore) });
    return nightsOf(own?.events ?? []);
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return [];
  }
}

function newestDecided(stories: readonly NightStory[]): string | undefined {
  return stories.find(({ decided_at }) => decided_at !== null)?.date;
}

function earliest(...dates: readonly (string | undefined)[]): string | undefined {
  return dates.filter((date) => date !== undefined).sort()[0];
}

/**
 * What tells a row of nights without success from one before it: its first night; null for the very first, before any success. A night
 * that came in between ends a row, whether or not anybody looked meanwhile.
 */
function rowOf({ decided }: KnownNights): string | null {
  return decided === undefined ? null : addDays(decided, 1);
}

function lateFinding(by: string | null, date: string, known: KnownNights, timezone: string): Finding[] {
  if (by === null) return [];
  const { stories } = known;
  const story = stories.find((one) => one.date === date);
  const isAtWork = story?.outcome === "running" || story?.outcome === "waiting";
  return [
    {
      what: "late",
      subject: rowOf(known),
      text: `no success by ${by}: ${whatHappened(date, story, timezone)}`,
      next: isAtWork ? `churn logs --date ${date}` : `churn run-all --date ${date}`,
    },
  ];
}

/** A gate's verdict and a wait are told in churn's own words; others may quote what a database says of a customer, and the log has them. */
const OWN_WORDS: ReadonlySet<number | null> = new Set([3, 75]);

/** Why a night has not succeeded, in half a sentence. */
function whatHappened(date: string, story: NightStory | undefined, timezone: string): string {
  if (story === undefined) return `no night of ${date} has begun`;
  const { night, outcome, stage, reason, exit_code, runs } = story;
  const at = stage === null ? "" : ` at ${stage}`;
  const why = reason !== null && OWN_WORDS.has(exit_code) ? `: ${reason}` : "";
  switch (outcome) {
    case "running": {
      const since = runs.at(-1)?.started_at;
      const began = since === undefined ? "" : `, since ${wallClock(timezone, new Date(since)).time}`;
      return `the night of ${night} is still at work${at}${began}`;
    }
    case "waiting":
      return `the night of ${night} waits${at}${why}`;
    case "failed":
      return `the night of ${night} failed${at}${why}`;
    case "interrupted":
      return `the night of ${night} was interrupted${at}`;
    default:
      return `the night of ${night} has not been decided`;
  }
}

function rowFinding(nights: number | null, date: string, known: KnownNights): Finding[] {
  if (nights === null) return [];
  const { decided, first } = known;
  const since = decided === undefined ? first : addDays(decided, 1);
  const count = since === undefined ? 0 : daysFrom(since, date) + 1;
  if (count < nights) return [];
  const last = decided === undefined ? "none has ever succeeded" : `the last one was that of ${decided}`;
  return [
    {
      what: "nights",
      subject: rowOf(known),
      text: `${count} ${count === 1 ? "night" : "nights in a row"} without success, since ${since}; ${last}`,
      next: `churn run-all --date ${date}`,
    },
  ];
}
