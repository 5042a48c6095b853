import type { LedgerEvent } from "./events.ts";
import { type Deed, isDeed } from "./last-deed.ts";

/** What the newest decision told of the registry. */
export interface LastSeen {
  /** ISO 8601 */
  readonly at: string;
  /** the version in production then; undefined where nothing was */
  readonly version: number | undefined;
  /** the version that it registered */
  readonly registered: number | null;
}

/** The version that was in production when churn heard of it last. */
export interface KnownProduction {
  readonly version: number;
  /** what put it there, where that is told */
  readonly deed: Deed | undefined;
}

/**
 * What the newest decision saw of a model. An older night saw what was there on its date, and one that is of the future was decided by a
 * clock that was ahead.
 *
 * @param events  back to the newest decision at least; whoever doesn't know how far that is takes all (HISTORY_KINDS)
 * @param model   register.model
 */
export function lastSeen(
  events: readonly LedgerEvent[],
  { model, now }: { readonly model: string; readonly now: Date },
): LastSeen | undefined {
  return events
    .flatMap((event) => {
      if (event.event !== "registered" && event.event !== "not_registered") return [];
      const { time: at, is_older, production, version: registered } = event;
      if (event.model !== model || is_older || at > now.toISOString()) return [];
      return [{ at, version: production?.version, registered }];
    })
    .reduce<LastSeen | undefined>(
      (newest, one) => (newest === undefined || one.at >= newest.at ? one : newest),
      undefined,
    );
}

/**
 * What was put into production last, or was seen there since; undefined where nothing is known to have been.
 *
 * @param deed  the last promotion or rollback
 */
export function knownProduction(seen: LastSeen | undefined, deed: Deed | undefined): KnownProduction | undefined {
  const version = deed !== undefined && (seen === undefined || deed.time > seen.at) ? deed.version : seen?.version;
  return version === undefined ? undefined : { version, deed: deed?.version === version ? deed : undefined };
}

/** The last promotion or rollback of a model among events. */
export function lastDeedIn(events: readonly LedgerEvent[], model: string): Deed | undefined {
  return events.findLast((event): event is Deed => isDeed(event, model));
}
