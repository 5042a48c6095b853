import type { Config } from "../config/schema.ts";
import type { LedgerEvent } from "../ledger/events.ts";
import { HISTORY_KINDS } from "../ledger/history.ts";
import { lastSeen } from "../ledger/known-production.ts";
import { lastStart } from "../ledger/last-start.ts";
import { newestNights } from "../ledger/newest-nights.ts";
import { isDecided, type NightStory, startsOf, UNDECIDED } from "../ledger/nights-of.ts";
import { type LedgerPlace, readLedger } from "../ledger/read.ts";
import { isCronRunning } from "../schedule/daemon.ts";
import { firingOf } from "../schedule/firing.ts";
import { type InstalledSchedules, installedSchedules } from "../schedule/installed.ts";
import { missedDays } from "../schedule/missed.ts";
import { FIRED, startsUnattended } from "../schedule/unattended.ts";
import type { AskedRegistry } from "../tracking/ask-registry.ts";
import { aheadSentence } from "../workspace/dated-ahead.ts";
import { addDays, today } from "../workspace/night.ts";
import { wallClock } from "../workspace/timezone.ts";
import type { Status, StatusNight } from "./format.ts";
import { lostProduction, lostSentence } from "./lost-production.ts";
import { productionNow } from "./production-now.ts";

export interface StatusRequest {
  readonly place: LedgerPlace;
  readonly config: Pick<Config, "timezone" | "schedule" | "register">;
  /** the process's environment: where crontab is found */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  /** how many nights are told, the days that were missed between them and since not counted */
  readonly nights: number;
  /** never rejects: what the registry doesn't say is told */
  readonly registry: () => Promise<AskedRegistry>;
  /** whether a cron daemon runs on this machine; undefined where that isn't to be seen */
  readonly cron?: () => boolean | undefined;
}

/** So many of the newest nights say whether anything starts them without anybody there, however many are told. */
const HABIT_NIGHTS = 14;

/**
 * How the nights stand: the newest ones, what is in production, and what starts the next one. It reads the ledger's end and looks into
 * the records of nights that it doesn't know, and asks the registry for the one version.
 *
 * @throws as `readLedger`
 */
export async function statusOf(request: StatusRequest): Promise<Status> {
  const { place, config, env, now, nights: count } = request;
  const { timezone, register } = config;
  const day = today(timezone, now);
  // At once: each of them waits for something else than this process.
  const [registry, schedules, reading] = await Promise.all([
    request.registry(),
    installedSchedules(place.root, env),
    newestNights(place, {
      least: Math.max(count, HABIT_NIGHTS),
      today: day,
      now,
      isEnough: (nights) => nights.some(isDecided),
    }),
  ]);
  const { nights: stories, ahead } = reading;
  const shown = stories.slice(0, count);
  const success = stories.find(isDecided);
  const unattended = startsUnattended(schedules, startsOf(stories.slice(0, HABIT_NIGHTS)), timezone);
  const { model } = register;
  // What the registry has needs no other witness.
  const told = registry.current == null ? await toldOfProduction(reading.events, request) : [];
  const lost = await lostProduction(registry, told, { place, model, now });
  return {
    model,
    production: await productionNow(registry, told, { place, model, timezone, now }),
    lost: lost ?? null,
    last_success: success?.decided_at == null ? null : { night: success.night, at: success.decided_at },
    failing: failingOf(stories),
    ...firing(schedules, request),
    is_unattended: unattended !== undefined,
    nights: newestFirst([...shown.map(nightOf), ...missed(shown, unattended, request).map(missedNight)]),
    problems: [
      ...(lost === undefined
        ? []
        : [lostSentence(lost, { model, versions: registry.versions?.length ?? 0, timezone })]),
      ...registry.problems,
      ...reading.problems,
      ...unreadable(schedules),
      ...datedAhead(ahead),
    ],
  };
}

/** The nights that are told say it but for those of another model, say; the whole ledger is read then, which takes longer. */
async function toldOfProduction(
  events: readonly LedgerEvent[],
  { place, config: { register }, now }: StatusRequest,
): Promise<readonly LedgerEvent[]> {
  if (lastSeen(events, { model: register.model, now }) !== undefined) return events;
  return (await readLedger(place, { kinds: HISTORY_KINDS, now })).events;
}

/** The nights since the last success that ended without one. That a decided date was to be decided anew, in vain, takes nothing from it. */
function failingOf(stories: readonly NightStory[]): Status["failing"] {
  const last = stories.find(isDecided);
  const since = stories
    .filter(({ date }) => last === undefined || date > last.date)
    .filter(({ outcome }) => outcome === "failed" || outcome === "interrupted")
    .map(({ date }) => date);
  const first = since.at(-1);
  return first === undefined ? null : { since: first, nights: new Set(since).size };
}

function firing(
  { installed }: InstalledSchedules,
  { place, config: { timezone }, now, cron = isCronRunning }: StatusRequest,
): Pick<Status, "schedules" | "last_fired"> {
  // It may stand far in front where none is made by a schedule of this machine.
  const last = installed.length === 0 ? undefined : lastStart(place.root, FIRED);
  const isCronThere = installed.some(({ by }) => by === "cron") ? cron() : undefined;
  // Only what is sure to start none has no next time.
  const schedules = installed.map(({ by, place, isEnabled, ...one }) => {
    const known = firingOf({ by, ...one }, { timezone, now, last });
    const is_running = by === "cron" ? (isCronThere ?? null) : null;
    const next = isEnabled && is_running !== false ? known?.next : undefined;
    const unfired = known?.unfired && wallClock(timezone, known.unfired).date;
    return { by, place, next_run: next?.toISOString() ?? null, is_running, unfired: unfired ?? null };
  });
  return { schedules, last_fired: last?.time.toISOString() ?? null };
}

function unreadable({ unreadable: reason }: InstalledSchedules): readonly string[] {
  return reason === undefined ? [] : [`what starts the nights was not looked at: ${reason}`];
}

function datedAhead(nights: readonly NightStory[]): readonly string[] {
  const sentence = aheadSentence(nights.map(({ date }) => date));
  return sentence === undefined ? [] : [`${sentence} (churn doctor)`];
}

/**
 * The days between these nights, and since, on which nothing was started although it was due. Where nothing starts the nights but
 * persons, as far as is known, none is missed.
 */
function missed(
  stories: readonly NightStory[],
  by: ReturnType<typeof startsUnattended>,
  { config: { timezone, schedule }, now }: StatusRequest,
): readonly string[] {
  const oldest = stories.at(-1);
  if (oldest === undefined || by === undefined) return [];
  const begun = new Set(stories.map(({ date }) => date));
  return missedDays(
    { at: schedule.at, zone: timezone, by },
    { since: addDays(oldest.date, 1), until: today(timezone, now) },
    { begun: (date) => begun.has(date), now },
  );
}

function nightOf({ run: _, runs: __, ...story }: NightStory): StatusNight {
  return story;
}

function missedNight(date: string): StatusNight {
  return {
    date,
    night: null,
    outcome: "missed",
    ...UNDECIDED,
    stage: null,
    reason: null,
    exit_code: null,
    took: null,
    started_by: null,
    attempts: 0,
  };
}

/** Nights of one date stay in their order, which is so already. */
function newestFirst(nights: readonly StatusNight[]): StatusNight[] {
  return nights.toSorted((one, other) => (one.date > other.date ? -1 : one.date < other.date ? 1 : 0));
}
