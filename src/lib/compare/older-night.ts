import { LONGEST_NAME, visibleLine } from "../cli/visible.ts";
import { InputError } from "../errors.ts";
import type { LedgerEvent, Told } from "../ledger/events.ts";
import { type ProductionPeriod, periodAt, productionPeriods } from "../ledger/history.ts";
import { unlessRefused } from "../ledger/refusals.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion } from "../tracking/tracking.ts";
import { addDays, type Night, parseNight } from "../workspace/night.ts";
import { momentOf, wallClock } from "../workspace/timezone.ts";
import type { ComparisonReport } from "./report.ts";
import type { Older } from "./rule.ts";

/**
 * What makes the date's night an older one, as the start of a sentence; undefined when nothing does.
 *
 * @param date        YYYY-MM-DD
 * @param later       the newest decided night of a later date, up to today
 * @param production  the version in Production: its tag says of which night it is
 * @param today       YYYY-MM-DD: what is dated after it was made while a clock was ahead, and makes nothing older
 */
export function newerThan(
  date: string,
  later: Night | undefined,
  production: Pick<ModelVersion, "version" | "tag"> | undefined,
  today: string,
): string | undefined {
  if (later !== undefined) return `The night of ${later.name} is decided already`;
  const night = parseNight(production?.tag(tags.night) ?? "");
  if (production === undefined || night === undefined || night.date <= date || night.date > today) return undefined;
  return `Version ${production.version} in production is of ${night.name}`;
}

/** What an older night is held against. */
export interface ProductionThen extends Pick<Older, "at" | "known_by"> {
  /** null where nothing is known to have been in production */
  readonly version: number | null;
}

/** A date, and the registry as it is now. */
export interface LookBack {
  readonly model: string;
  readonly versions: readonly ModelVersion[];
  /** the number of the one in production; null for none */
  readonly current: number | null;
  readonly now: Date;
  /** YYYY-MM-DD, which ends by the clocks of `timezone` */
  readonly date: string;
  readonly timezone: string;
}

/**
 * What was in production at the end of a date, as the ledger and the registry know it. A ledger that can't be read costs no night: the
 * registry's tags have the newest promotion of each version.
 *
 * @param warn  hears what is missing
 */
export async function lookBack(
  history: () => Promise<Told>,
  facts: LookBack,
  warn: (sentence: string) => void,
): Promise<ProductionThen> {
  const missing = (reason: string) => warn(`what was in production on ${facts.date} may be told wrong: ${reason}`);
  const told = await unlessRefused(history, missing);
  for (const reason of told?.damaged ?? []) missing(reason);
  return productionThen(told?.events ?? [], facts);
}

/** @param events  those that tell of production (HISTORY_KINDS) */
export function productionThen(
  events: readonly LedgerEvent[],
  { date, timezone, ...registry }: LookBack,
): ProductionThen {
  const end = momentOf(timezone, addDays(date, 1), "00:00");
  const at = end.toISOString();
  const madeBy = new Map(registry.versions.map(({ version, creationTime }) => [version, creationTime]));
  const existed = (version: number) => (madeBy.get(version) ?? Number.POSITIVE_INFINITY) < end.getTime();
  const period = periodAt(productionPeriods(events, registry), at, existed);
  if (period === undefined) return { at, version: null, known_by: "nothing tells of one" };
  return { at, version: period.version, known_by: knownBy(period, timezone) };
}

/** "promoted on 2026-11-18 by maria" */
function knownBy({ how, by, from, seen, to }: ProductionPeriod, timezone: string): string {
  const on = (moment: string | null) => (moment === null ? "" : ` on ${wallClock(timezone, new Date(moment)).date}`);
  if (from === null) return seen === null ? `it left${on(to)}` : `it was seen there${on(seen)}`;
  const who = by === null ? "" : ` by ${visibleLine(by, LONGEST_NAME)}`;
  return `${how === "rolled_back" ? "brought back" : "promoted"}${on(from)}${who}`;
}

/**
 * A verdict holds as long as its night is not overtaken; that on an older night is one on the past.
 *
 * @throws {InputError} when a later night was decided since compare judged this one
 */
export function requireStillNewest(
  { outcome, older }: Pick<ComparisonReport, "outcome" | "older">,
  later: Night | undefined,
  date: string,
): void {
  if (later === undefined || outcome === "older_night" || older !== null) return;
  throw new InputError(
    `the night of ${later.name} was decided since compare judged that of ${date}`,
    `churn compare --date ${date}`,
  );
}
