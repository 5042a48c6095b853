import { TRY_LATER } from "../errors.ts";
import { nightsOf, type RunStory } from "../ledger/nights-of.ts";
import { type LedgerPlace, readLedger } from "../ledger/read.ts";
import { failureDigest } from "../notify/series.ts";
import { today } from "../workspace/night.ts";

/**
 * How days failed when they were last tried on a later day, by their date: that was told then, by whoever caught them up. A day whose
 * customers never come fails in the same way every night until it is too far back, which is no news after the first time.
 *
 * @param days  YYYY-MM-DD, oldest first
 * @returns     the failure's digest, as `failureDigest` makes it
 * @throws as `readLedger`
 */
export async function toldFailures(
  place: LedgerPlace,
  days: readonly string[],
  { timezone, now }: { readonly timezone: string; readonly now: Date },
): Promise<ReadonlyMap<string, string>> {
  const [since] = days;
  if (since === undefined) return new Map();
  const { events } = await readLedger(place, { since, kinds: ["run_started", "run_ended", "run_refused"], now });
  const told = new Map<string, { readonly at: string; readonly digest: string }>();
  for (const { date, runs } of nightsOf(events)) {
    const last = runs.findLast((run) => !isTurnedAway(run) && today(timezone, new Date(run.started_at)) > date);
    if (last === undefined) continue;
    const digest = digestOf(last);
    // A date may have several nights.
    if (digest !== undefined && (told.get(date)?.at ?? "") < last.started_at)
      told.set(date, { at: last.started_at, digest });
  }
  return new Map([...told].map(([date, { digest }]) => [date, digest]));
}

/** By another run, which says nothing of the day. */
function isTurnedAway({ outcome, exit_code }: RunStory): boolean {
  return outcome === "refused" && exit_code === TRY_LATER;
}

function digestOf({ outcome, stage, reason, exit_code }: RunStory): string | undefined {
  if ((outcome !== "failed" && outcome !== "refused") || reason === null || exit_code === null) return undefined;
  return failureDigest(stage ?? "", exit_code, reason);
}
