import * as z from "zod";
import { recordPart } from "../artifacts/format.ts";
import { type RegisteredVersion, registeredVersion } from "../tracking/registered-version.ts";
import type { ModelVersion } from "../tracking/tracking.ts";
import type { EventKind, LedgerEvent } from "./events.ts";

/** Events that tell which version was in production when. */
export const HISTORY_KINDS: readonly EventKind[] = ["promoted", "rolled_back", "registered", "not_registered"];

const moment = z.iso.datetime();

/** A time in which a version was in production. */
export const productionPeriod = z.strictObject({
  version: z.int().positive(),
  from: moment.nullable().describe("null where nothing tells when exactly"),
  from_after: moment.nullable().describe("then: when another one, or none, was last known to be in production"),
  seen: moment.nullable().describe("then: when it was first known to be in production"),
  to: moment.nullable().describe("null while it is in production, or where nothing tells when exactly it left"),
  to_before: moment
    .nullable()
    .describe("of the latter: when another one, or none, was first known to be in production"),
  is_current: z.boolean(),
  how: z
    .enum(["promoted", "rolled_back", "outside", "unknown"])
    .describe("outside: moved by other means than churn's; unknown: nothing tells"),
  by: z.string().nullable(),
  host: z.string().nullable(),
  reason: z.string().nullable(),
  night: z.string().nullable().describe("that made the version"),
});
export type ProductionPeriod = z.infer<typeof productionPeriod>;

/** What `churn history --json` prints. */
export const historyFormat = recordPart({
  model: z.string().describe("register.model"),
  at: z
    .strictObject({
      date: z.string(),
      periods: z
        .array(productionPeriod)
        .describe("of that day, in order; none where nothing was in production, or nothing tells"),
    })
    .nullable()
    .describe("what --at asks for"),
  periods: z.array(productionPeriod).describe("newest first"),
  problems: z.array(z.string()).describe("what can't be read, so that something may be missing"),
});

/** Something that is known of a moment; of one moment an end is known before a beginning. */
type Fact =
  | { readonly kind: "left"; readonly time: string; readonly version: number }
  | { readonly kind: "entered"; readonly time: string; readonly version: number; readonly deed: Deed }
  /** null: nothing was in production */
  | { readonly kind: "seen"; readonly time: string; readonly version: number | null };

type Deed = Pick<ProductionPeriod, "how" | "by" | "host" | "reason">;

/**
 * Which version was in production when, oldest first: as promotions in the ledger and the versions' tags tell, and as each night's
 * comparison and the registry saw it. What nothing tells is left open.
 *
 * @param options.versions  of register.model; undefined where the registry can't be asked
 * @param options.current   the number of the one in production; null for none
 */
export function productionPeriods(
  events: readonly LedgerEvent[],
  {
    model,
    versions,
    current,
    now,
  }: {
    readonly model: string;
    readonly versions: readonly ModelVersion[] | undefined;
    readonly current: number | null | undefined;
    readonly now: Date;
  },
): readonly ProductionPeriod[] {
  const known = (versions ?? []).map(registeredVersion);
  const facts = [...factsOfLedger(events, model), ...factsOfTags(known)];
  const seen: Fact[] = current === undefined ? [] : [{ kind: "seen", time: now.toISOString(), version: current }];
  const ordered = [...withoutDoubles(facts.sort(byTime)), ...seen];
  return walk(ordered, nightsOfVersions(events, known, model), current);
}

/**
 * Which night made a version. A number that a registry gave out anew, after it had been emptied, is that of the night before the moment;
 * any other is known by the registry, else by the ledger.
 */
function nightsOfVersions(
  events: readonly LedgerEvent[],
  known: readonly RegisteredVersion[],
  model: string,
): (version: number, moment: string) => string | null {
  const registered = events.filter((event) => event.event === "registered" && event.model === model);
  return (version, moment) => {
    const all = registered.flatMap((event) =>
      event.event === "registered" && event.version === version ? [event] : [],
    );
    const then = all.findLast(({ time }) => time <= moment) ?? all[0];
    if (then !== undefined && all.length > 1) return then.night;
    const found = known.find((one) => one.version === version);
    return found === undefined ? (then?.night ?? null) : found.night;
  };
}

/**
 * The periods of a day, in order; those too that may have been on it, where nothing tells when they began or ended.
 *
 * @param day  its first moment, and the next day's: ISO 8601 in UTC
 */
export function periodsWithin(
  periods: readonly ProductionPeriod[],
  day: { readonly from: string; readonly to: string },
): readonly ProductionPeriod[] {
  return periods.filter(({ from, from_after, seen, to, to_before }) => {
    const begins = from ?? from_after ?? seen ?? to ?? "";
    const ends = to ?? to_before;
    return begins < day.to && (ends === null || ends > day.from);
  });
}

/**
 * What was in production at a moment, as far as it is known: of what may have left by then unseen, the one that was last known.
 * Undefined where nothing was, or nothing tells of it.
 *
 * @param periods  oldest first
 * @param moment   ISO 8601 in UTC
 * @param existed  whether a version was there by then: one of which nothing tells how it got into production may have been in it before
 */
export function periodAt(
  periods: readonly ProductionPeriod[],
  moment: string,
  existed: (version: number) => boolean,
): ProductionPeriod | undefined {
  const begun = periods.findLast(({ from, seen, to }) => (from ?? seen ?? to ?? moment) < moment);
  if (begun !== undefined) return (begun.to ?? begun.to_before ?? moment) < moment ? undefined : begun;
  const [first] = periods;
  const isOpen = first !== undefined && first.from === null && first.from_after === null;
  return isOpen && existed(first.version) ? first : undefined;
}

function factsOfLedger(events: readonly LedgerEvent[], model: string): Fact[] {
  return events.flatMap((event): Fact[] => {
    if (event.event === "promoted" || event.event === "rolled_back") {
      if (event.model !== model) return [];
      const { event: how, version, promoted_at: time, by, host, reason, replaced } = event;
      const left = replaced.map((out) => ({ kind: "left", time, version: out }) as const);
      return [...left, { kind: "entered", time, version, deed: { how, by, host, reason } }];
    }
    if (event.event !== "registered" && event.event !== "not_registered") return [];
    // An older night was held against what was in production on its date, and not when it was decided.
    if (event.model !== model || event.is_older) return [];
    return [{ kind: "seen", time: event.time, version: event.production?.version ?? null }];
  });
}

/** Of each version the tags have the newest promotion, and the newest moment at which another one took its place. */
function factsOfTags(versions: readonly RegisteredVersion[]): Fact[] {
  const rollbacks = new Set(versions.map(({ rejection }) => rejection?.at?.getTime()));
  return versions.flatMap(({ version, promotedAt, promotedBy, reason, productionUntil }): Fact[] => {
    const how = promotedAt !== null && rollbacks.has(promotedAt.getTime()) ? "rolled_back" : "promoted";
    const deed = { how, by: promotedBy, host: null, reason } as const;
    return [
      ...(promotedAt === null ? [] : [{ kind: "entered", time: promotedAt.toISOString(), version, deed } as const]),
      ...(productionUntil === null ? [] : [{ kind: "left", time: productionUntil.toISOString(), version } as const]),
    ];
  });
}

/**
 * The ledger and the tags tell of the same promotion. The ledger, which comes first, has more to say of it. What came and left in
 * one moment was never in production.
 */
function withoutDoubles(facts: readonly Fact[]): readonly Fact[] {
  const keyOf = ({ kind, time, version }: Fact) => `${kind} ${time} ${version}`;
  const first = new Map(facts.toReversed().map((fact) => [keyOf(fact), fact]));
  const isMoment = (fact: Fact) =>
    fact.kind !== "seen" &&
    (["left", "entered"] as const).every((kind) => first.has(`${kind} ${fact.time} ${fact.version}`));
  return facts.filter((fact) => first.get(keyOf(fact)) === fact && !isMoment(fact));
}

const ORDER = { left: 0, entered: 1, seen: 2 } as const;

function byTime(one: Fact, other: Fact): number {
  if (one.time !== other.time) return one.time < other.time ? -1 : 1;
  return ORDER[one.kind] - ORDER[other.kind];
}

/** Goes through what is known in the order in which it happened. */
function walk(
  facts: readonly Fact[],
  nightOf: (version: number, moment: string) => string | null,
  current: number | null | undefined,
): readonly ProductionPeriod[] {
  const periods: ProductionPeriod[] = [];
  let open: ProductionPeriod | undefined;
  /** when what is open, or that nothing is, was last known */
  let sure: string | null = null;
  const close = (change: Partial<ProductionPeriod>) => {
    if (open !== undefined) periods.push({ ...open, ...change });
    open = undefined;
  };
  const begin = (version: number, time: string, change: Partial<ProductionPeriod>) => ({
    version,
    from: null,
    from_after: null,
    seen: null,
    to: null,
    to_before: null,
    is_current: false,
    how: "unknown" as const,
    by: null,
    host: null,
    reason: null,
    night: nightOf(version, time),
    ...change,
  });
  for (const fact of facts) {
    const { kind, time, version } = fact;
    if (kind === "entered") {
      // A promotion that was cut short, and finished by the same again, is told twice; the first one counts.
      if (open === undefined) open = begin(version, time, { from: time, ...fact.deed });
      else if (open.version !== version) {
        // What it took the place of has left at the same moment. Had another one been there, it had come by itself, unseen.
        close({ to_before: time });
        open = begin(version, time, { from_after: sure, seen: time, ...fact.deed });
      }
    } else if (open?.version !== version) {
      // It came by itself, between the moment when another one was last known and this one.
      close({ to_before: time });
      const after = sure;
      if (version !== null)
        open = begin(version, time, { from_after: after, seen: time, how: after === null ? "unknown" : "outside" });
      if (kind === "left") close({ to: time, seen: null });
    } else if (kind === "left") close({ to: time });
    sure = time;
  }
  close({ is_current: current === undefined ? false : open?.version === current });
  return periods;
}
