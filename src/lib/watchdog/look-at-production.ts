import { counted, listed } from "../cli/numbers.ts";
import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { unlessKnown } from "../errors.ts";
import type { LedgerFiles } from "../ledger/newest-event.ts";
import { isDecided, type NightStory } from "../ledger/nights-of.ts";
import { lostProduction, lostSentence } from "../status/lost-production.ts";
import { productionNow } from "../status/production-now.ts";
import type { AskedRegistry } from "../tracking/ask-registry.ts";
import { type Look, NOTHING } from "./finding.ts";

const DAY_SECONDS = 86_400;

/**
 * Whether the model in production is too old, reckoned from its night, and whether it is there at all. The registry says which one that is;
 * where it can't be asked the ledger does, as far as it knows.
 *
 * @param place           where the ledger lies; its store may be down
 * @param place.registry  never rejects: what the registry doesn't say is told
 * @param place.nights    the newest ones, by the ledger
 */
export async function lookAtProduction(
  place: LedgerFiles & {
    readonly registry: () => Promise<AskedRegistry>;
    readonly nights: () => Promise<readonly NightStory[]>;
  },
  {
    watchdog: { production_age: limit },
    register: { model },
    timezone,
  }: Pick<Config, "watchdog" | "register" | "timezone">,
  now: Date,
): Promise<Look> {
  if (limit === null) return NOTHING;
  const registry = await place.registry();
  const isAsked = registry.current !== undefined;
  // What the registry has needs no other witness.
  const nights = registry.current == null ? ((await place.nights().catch(unlessKnown)) ?? []) : [];
  const known = { place, model, timezone, now };
  const lost = await lostProduction(registry, nights, known).catch(unlessKnown);
  if (lost !== undefined) {
    const text = lostSentence(lost, { model, versions: registry.versions?.length ?? 0, timezone });
    const subject = String(lost.version);
    const finding = { what: "registry", subject, text, next: "churn doctor" } as const;
    return { ...NOTHING, findings: [finding], unjudged: ["production_age"] };
  }
  const production = await productionNow(registry, nights, known).catch(unlessKnown);
  const isKnown = isAsked || nights.some(isDecided);
  if (production === undefined || production?.age_days === null || (production === null && !isKnown)) {
    const text = `how old the model in production is can't be seen: ${listed(registry.problems)}`;
    return {
      ...NOTHING,
      findings: [{ what: "unseen", subject: "production", text, next: "churn doctor" }],
      unjudged: ["production_age", "registry"],
    };
  }
  const judged: Look = isAsked ? NOTHING : { ...NOTHING, unjudged: ["registry"], notes: registry.problems };
  if (production === null) return { ...judged, well: ["nothing is in production"] };
  const { version, age_days: days, told_by } = production;
  const age = `${counted(days, "day")} old`;
  if (days * DAY_SECONDS <= secondsOf(limit)) return { ...judged, well: [`version ${version} is ${age}`] };
  const by = told_by === "ledger" ? ", as far as the ledger knows" : "";
  const text = `version ${version} in production is ${age}${by}, more than ${limit} is too old`;
  const finding = { what: "production_age", subject: String(version), text, next: "churn models" } as const;
  return { ...judged, findings: [finding] };
}
