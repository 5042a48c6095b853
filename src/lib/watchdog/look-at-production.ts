import { counted } from "../cli/numbers.ts";
import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { ChurnError } from "../errors.ts";
import { HISTORY_KINDS, productionPeriods } from "../ledger/history.ts";
import { type LedgerPlace, readLedger } from "../ledger/read.ts";
import { requirePresent } from "../tracking/present.ts";
import { productionVersion } from "../tracking/production.ts";
import { registeredVersion } from "../tracking/registered-version.ts";
import type { Tracking } from "../tracking/tracking.ts";
import { wayOf } from "../tracking/via.ts";
import { parseNight, today } from "../workspace/night.ts";
import { type Look, NOTHING } from "./finding.ts";
import { daysFrom } from "./look-at-nights.ts";

const DAY_SECONDS = 86_400;

/** The version in production, and the date of what it learned from. */
interface InProduction {
  readonly version: number;
  /** YYYY-MM-DD */
  readonly date: string;
}

/**
 * Whether the model in production is too old, reckoned from its night. The registry says which one that is; where it can't be asked the
 * ledger does, as far as it knows.
 *
 * @param place.known     refuses a registry that is not the workspace's
 * @param place.tracking  opens it
 * @param place.ledger    opens the ledger
 */
export async function lookAtProduction(
  place: {
    readonly known: () => Promise<void>;
    readonly tracking: () => Promise<Tracking>;
    readonly ledger: () => Promise<LedgerPlace>;
  },
  {
    watchdog: { production_age: limit },
    register: { model, via },
    timezone,
  }: Pick<Config, "watchdog" | "register" | "timezone">,
  now: Date,
): Promise<Look> {
  if (limit === null) return NOTHING;
  const judged = (production: InProduction | undefined, by = "") => {
    if (production === undefined) return { ...NOTHING, well: ["nothing is in production"] };
    const { version, date } = production;
    const days = Math.max(0, daysFrom(date, today(timezone, now)));
    const age = `${counted(days, "day")} old`;
    if (days * DAY_SECONDS <= secondsOf(limit)) return { ...NOTHING, well: [`version ${version} is ${age}`] };
    const text = `version ${version} in production is ${age}${by}, more than ${limit} is too old`;
    return {
      ...NOTHING,
      findings: [{ what: "production_age" as const, subject: null, text, next: "churn models" }],
    };
  };
  try {
    await place.known();
    const tracking = await place.tracking();
    await requirePresent(tracking);
    const versions = await tracking.modelVersions(model, () => {});
    const found = productionVersion(versions, wayOf(via, versions));
    if (found === undefined) return judged(undefined);
    const { version, night, createdAt } = registeredVersion(found);
    return judged({ version, date: dateOf(night) ?? today(timezone, createdAt) });
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    const told = await toldByLedger(place.ledger, model, now);
    if (told !== undefined) return { ...judged(told, ", as far as the ledger knows"), notes: [error.message] };
    const text = `how old the model in production is can't be seen: ${error.message}`;
    return {
      ...NOTHING,
      findings: [{ what: "unseen", subject: "production", text, next: "churn doctor" }],
      unjudged: ["production_age"],
    };
  }
}

/** What the ledger has as the last one in production; undefined where it doesn't know, or of which night it is. */
async function toldByLedger(
  open: () => Promise<LedgerPlace>,
  model: string,
  now: Date,
): Promise<InProduction | undefined> {
  try {
    const { events } = await readLedger(await open(), { kinds: HISTORY_KINDS, now });
    const last = productionPeriods(events, { model, versions: undefined, current: undefined, now }).at(-1);
    const date = dateOf(last?.night ?? null);
    if (last === undefined || last.to !== null || last.to_before !== null || date === undefined) return undefined;
    return { version: last.version, date };
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return undefined;
  }
}

function dateOf(night: string | null): string | undefined {
  return night === null ? undefined : parseNight(night)?.date;
}
