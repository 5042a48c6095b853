import { hostname } from "node:os";
import { join } from "node:path";
import { isRunning } from "../files/running.ts";
import type { Archive } from "../stage/archive.ts";
import { listNights } from "../stage/nights.ts";
import { isLocked } from "../workspace/lock.ts";
import { compareNights, type Night, parseNight } from "../workspace/night.ts";
import { startOfRun } from "../workspace/run-id.ts";
import { isShared, readCopies } from "./copies.ts";
import type { EventKind, LedgerEvent, Told } from "./events.ts";
import { decisionFromRecords, type FromRecords, runFromRecords } from "./from-records.ts";
import { type DamagedLine, type LedgerLines, type LinesWanted, readLedgerFile, runOfLine } from "./lines.ts";
import { isBeforeNightsOf } from "./slack.ts";
import { mayBeAtWork, restOfUnfinished, unfinishedRuns } from "./unfinished.ts";
import { LEDGER_FILE } from "./writer.ts";

/** A workspace's ledger, and the store whose records tell what it doesn't. */
export interface LedgerPlace extends Archive {
  /** the workspace's folder */
  readonly root: string;
}

export interface LedgerWanted {
  /** YYYY-MM-DD: nights of that date and later ones */
  readonly since?: string;
  /** so many of the newest nights */
  readonly nights?: number;
  /** this one alone, by its name, and nothing that belongs to no night */
  readonly night?: string;
  /** these kinds of events alone, and those of a run that records tell where its start is among them; by default all */
  readonly kinds?: readonly EventKind[];
  readonly now?: Date;
}

/** What the ledger, its copies and the records tell together. */
export interface LedgerReading extends Told {
  /** ordered by time; each event once. What belongs to no night is there from the first of the wanted nights on */
  readonly events: readonly LedgerEvent[];
  /** churns, newer than this one, that wrote lines which it doesn't understand */
  readonly newer: readonly string[];
}

/** Whoever has to mend more of them looks at them all. */
const MOST_DAMAGED = 3;

/** What can't be read, a sentence each: what it told is missing, and how one goes on. */
export function problemsOf({ damaged, newer }: Pick<LedgerReading, "damaged" | "newer">): readonly string[] {
  return [
    ...damaged.slice(0, MOST_DAMAGED),
    ...(damaged.length > MOST_DAMAGED ? [`${damaged.length - MOST_DAMAGED} more lines and records are damaged`] : []),
    ...(damaged.length > 0 ? ["what they told is missing here: churn verify says what can be done"] : []),
    ...newer.map((churn) => `lines of the ledger were written by churn ${churn}, which knows more kinds of events`),
  ];
}

/**
 * What happened, night by night: from the workspace's ledger, from the copies of other folders' runs where the store is shared, and,
 * for what neither knows, from the records. Of the newest nights only the end of the ledger is read. A run that began and never ended
 * has an end, `interrupted`, unless it may be at work still. Reads only, and takes no lock.
 *
 * @throws {ServiceError} when the ledger is no file that can be read, or the store fails
 * @throws {UsageError} when a record is another workspace's, or a newer churn's
 */
export async function readLedger(place: LedgerPlace, wanted: LedgerWanted = {}): Promise<LedgerReading> {
  const { root, store } = place;
  const { kinds, night } = wanted;
  const choice = openChoice(await listNights(place), wanted);
  const isOfOthersToo = isShared(store, root);
  const isWanted = lineFilter(wanted);
  /** of all lines, wanted or not: these runs' copies are none of others' */
  const known = new Set<string | undefined>();
  const own = readLedgerFile(root, {
    isWanted: (line) => {
      if (isOfOthersToo) known.add(runOfLine(line));
      return isWanted(line);
    },
    isEnough: (events) => {
      for (const event of events) choice.add(event.night);
      return events.length > 0 && events.every(({ time }) => choice.isBefore(time));
    },
  });
  const read: LedgerLines[] = own === undefined ? [] : [own];
  const damaged = (own?.damaged ?? []).map((line) => damagedLine(LEDGER_FILE, line));
  if (isOfOthersToo) {
    const ofNight = night === undefined ? undefined : await store.list(`records/${night}/attempts`);
    const isBefore = (run: string) => choice.isBefore(startOfRun(run)?.toISOString() ?? "");
    const isKnown = (run: string) => known.has(run) || ofNight?.includes(run) === false || isBefore(run);
    for await (const { key, lines } of readCopies(store, isKnown)) {
      const events = kinds === undefined ? lines.events : lines.events.filter(({ event }) => kinds.includes(event));
      read.push({ ...lines, events });
      damaged.push(...lines.damaged.map((line) => damagedLine(key, line)));
      for (const event of lines.events) choice.add(event.night);
    }
  }
  const chosen = choice.nights();
  const told = read.flatMap(({ events }) => events).filter((event) => chosen.has(event));
  const whole = await withEnds(place, inOrder(told), wanted);
  const added = await untold(place, chosen.nights, whole, kinds);
  return {
    events: inOrder([...whole, ...added.events]),
    damaged: [...damaged, ...added.damaged],
    newer: [...new Set(read.flatMap(({ newer }) => newer))],
  };
}

/** Which lines are worth reading: to look for a few words takes a fraction of the time of reading a line. */
function lineFilter({ kinds, night }: LedgerWanted): NonNullable<LinesWanted["isWanted"]> {
  const marks = [
    ...(night === undefined ? [] : [[`"night":"${night}"`]]),
    ...(kinds === undefined ? [] : [kinds.map((kind) => `"event":"${kind}"`)]),
  ];
  return (line) => marks.every((alternatives) => alternatives.some((mark) => line.includes(mark)));
}

/** Which of the nights that are known so far are wanted. */
function openChoice(known: readonly Night[], wanted: LedgerWanted) {
  const { nights: count, night: only } = wanted;
  const since = only === undefined ? wanted.since : parseNight(only)?.date;
  const names = new Map(known.map((night) => [night.name, night]));
  let sorted: readonly Night[] | undefined;
  const chosen = () => {
    sorted ??= [...names.values()]
      .filter(({ name, date }) => (since === undefined || date >= since) && (only === undefined || name === only))
      .sort(compareNights);
    return count === undefined ? sorted : sorted.slice(-count);
  };
  /** YYYY-MM-DD; undefined while nights of any date may be among them */
  const first = () => (count !== undefined && chosen().length === count ? chosen()[0]?.date : since);
  return {
    add(name: string | null) {
      const night = name === null || names.has(name) ? undefined : parseNight(name);
      if (night === undefined) return;
      names.set(night.name, night);
      sorted = undefined;
    },
    /** Whether what was written at that moment, and before, is of earlier nights: none is of a date to come. */
    isBefore(time: string): boolean {
      const date = first();
      return date !== undefined && isBeforeNightsOf(date, time);
    },
    nights() {
      const nights = chosen();
      const chosenNames = new Set(nights.map(({ name }) => name));
      const date = first() ?? "";
      const has = ({ night, time }: LedgerEvent) =>
        night === null ? only === undefined && time >= date : chosenNames.has(night);
      return { nights, has };
    },
  };
}

/** Of nights that are told in part, or not at all, what records have. In a bucket that is looked at where nothing is told. */
async function untold(
  place: LedgerPlace,
  nights: readonly Night[],
  told: readonly LedgerEvent[],
  kinds: LedgerWanted["kinds"],
): Promise<FromRecords> {
  const runs = new Set(told.filter(({ event }) => event === "run_started").map(({ run }) => run));
  const begun = nightsWith(told, "run_started");
  const decided = nightsWith(told, "registered", "not_registered");
  const found: FromRecords[] = [];
  const mayBeAtWork = atWorkIn(place.store);
  for (const { name } of nights) {
    if (tellsOfRuns(kinds) && (place.store.isLocal || !begun.has(name)))
      for (const run of await place.store.list(`records/${name}/attempts`))
        if (!runs.has(run)) found.push(await runFromRecords(place, name, run, mayBeAtWork));
    const isAsked = kinds === undefined || kinds.includes("registered");
    if (isAsked && !decided.has(name)) found.push(await decisionFromRecords(place, name));
  }
  return { events: found.flatMap(({ events }) => events), damaged: found.flatMap(({ damaged }) => damaged) };
}

/** Between the moment at which a run says that it begins and that at which it takes the store, or the other way round. */
const TAKING_MS = 60_000;

/**
 * Whether a run of which records alone tell is still at work, in another folder or on another machine: somebody who lives has held the
 * store since before it was last heard of. The store is asked once, and only where there is such a run.
 *
 * @returns asks by the moment, ISO 8601, at which a run began, or its last stage
 */
function atWorkIn(store: LedgerPlace["store"]): (heard: string) => Promise<boolean> {
  let asked: ReturnType<typeof store.holder> | undefined;
  return async (heard) => {
    asked ??= store.holder();
    const holder = await asked;
    return holder?.since !== undefined && holder.lives && Date.parse(heard) > Date.parse(holder.since) - TAKING_MS;
  };
}

/** Whether runs are to be whole: from their start to their end. */
function tellsOfRuns(kinds: LedgerWanted["kinds"] | undefined): boolean {
  return kinds === undefined || kinds.includes("run_started");
}

function nightsWith(events: readonly LedgerEvent[], ...kinds: readonly EventKind[]): ReadonlySet<string | null> {
  return new Set(events.filter(({ event }) => kinds.includes(event)).map(({ night }) => night));
}

/** With an end, and what else it left untold, for each run that has none and can't be at work. */
async function withEnds(
  place: LedgerPlace,
  events: readonly LedgerEvent[],
  { kinds, now = new Date() }: LedgerWanted,
): Promise<readonly LedgerEvent[]> {
  const unfinished = tellsOfRuns(kinds) ? unfinishedRuns(events) : [];
  if (unfinished.length === 0) return events;
  const isHeld = await isLocked(join(place.root, ".churn", "lock"));
  const over = unfinished.filter((run) => !mayBeAtWork(run, { isHeld, isRunning, host: hostname(), now }));
  const rest = (await Promise.all(over.map((run) => restOfUnfinished(place, place.root, run)))).flat();
  return inOrder([...events, ...rest.filter(({ event }) => kinds === undefined || kinds.includes(event))]);
}

/**
 * By time; what one run told stays in the order in which it told it, though the clock was set back meanwhile. What was told at the
 * same moment stays as it is.
 */
function inOrder(events: readonly LedgerEvent[]): readonly LedgerEvent[] {
  const last = new Map<string | null, string>();
  const placed = events.map((event) => {
    const before = event.run === null ? undefined : last.get(event.run);
    const at = before !== undefined && before > event.time ? before : event.time;
    last.set(event.run, at);
    return { at, event };
  });
  return placed.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)).map(({ event }) => event);
}

function damagedLine(file: string, { line, problem }: DamagedLine): string {
  return `${line === null ? `a line of ${file}` : `line ${line} of ${file}`} is damaged: ${problem}`;
}
