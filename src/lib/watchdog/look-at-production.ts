import { counted, listed } from "../cli/numbers.ts";
import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { unlessKnown } from "../errors.ts";
import type { LedgerEvent } from "../ledger/events.ts";
import { lastSeen } from "../ledger/known-production.ts";
import type { LedgerFiles } from "../ledger/newest-event.ts";
import { lostProduction, lostSentence } from "../status/lost-production.ts";
import { productionNow } from "../status/production-now.ts";
import type { AskedRegistry } from "../tracking/ask-registry.ts";
import { type Look, NOTHING } from "./finding.ts";

const DAY_SECONDS = 86_400;

/**
 * Whether the model in production is too old, reckoned from its night, and whether it is there at all, whatever its age may be. The registry
 * says which one that is; where it can't be asked the ledger does, as far as it knows.
 *
 * @param place           where the ledger lies; its store may be down
 * @param place.registry  never rejects: what the registry doesn't say is told
 * @param place.told      all that the ledger tells of production (HISTORY_KINDS)
 * @param place.unasked   why nobody can say which registry is meant, which is a finding of its own; undefined where it is known
 */
export async function lookAtProduction(
  place: LedgerFiles & {
    readonly registry: () => Promise<AskedRegistry>;
    readonly told: () => Promise<readonly LedgerEvent[]>;
    readonly unasked: string | undefined;
  },
  {
    watchdog: { production_age: limit },
    register: { model },
    timezone,
  }: Pick<Config, "watchdog" | "register" | "timezone">,
  now: Date,
): Promise<Look> {
  // Another model's age, or what another registry has not, would be a false alarm.
  if (place.unasked !== undefined)
    return { ...NOTHING, unjudged: ["production_age", "registry"], notes: [place.unasked] };
  const registry = await place.registry();
  const isAsked = registry.current !== undefined;
  // What the registry has needs no other witness.
  const told = registry.current == null ? await place.told().catch(unlessKnown) : [];
  const known = { place, model, timezone, now };
  // A promotion that this machine's ledger tells may be long over by what lies in a store that is down.
  const lost = told && (await lostProduction(registry, told, known).catch(unlessKnown));
  if (lost !== undefined) {
    const text = lostSentence(lost, { model, versions: registry.versions?.length ?? 0, timezone });
    const subject = String(lost.version);
    const finding = { what: "registry", subject, text, next: "churn doctor" } as const;
    return { ...NOTHING, findings: [finding], unjudged: limit === null ? [] : ["production_age"] };
  }
  const isJudged = isAsked && told !== undefined;
  const judged: Look = isJudged ? NOTHING : { ...NOTHING, unjudged: ["registry"], notes: registry.problems };
  if (limit === null) return judged;
  const production = await productionNow(registry, told ?? [], known).catch(unlessKnown);
  const isKnown = isAsked || lastSeen(told ?? [], known) !== undefined;
  if (production === undefined || production?.age_days === null || (production === null && !isKnown)) {
    const text = `how old the model in production is can't be seen: ${listed(registry.problems)}`;
    return {
      ...NOTHING,
      findings: [{ what: "unseen", subject: "production", text, next: "churn doctor" }],
      unjudged: ["production_age", "registry"],
    };
  }
  if (production === null) return { ...judged, well: ["nothing is in production"] };
  const { version, age_days: days, told_by } = production;
  const age = `${counted(days, "day")} old`;
  if (days * DAY_SECONDS <= secondsOf(limit)) return { ...judged, well: [`version ${version} is ${age}`] };
  const by = told_by === "ledger" ? ", as far as the ledger knows" : "";
  const text = `version ${version} in production is ${age}${by}, more than ${limit} is too old`;
  const finding = { what: "production_age", subject: String(version), text, next: "churn models" } as const;
  return { ...judged, findings: [finding] };
}
