import { FailingServiceError, ServiceError, UsageError } from "../errors.ts";
import { byToday } from "../workspace/dated-ahead.ts";
import { compareNights, type Night, nightOf, parseDate, parseNight, today } from "../workspace/night.ts";
import type { Archive } from "./archive.ts";
import { findDecision, type Witness } from "./decided.ts";
import type { Stage } from "./define.ts";
import { DECIDING_STAGE } from "./inputs.ts";
import type { StageRecord } from "./record.ts";

/** All nights that have records, oldest first; those too of which nothing but the model's folder is left. */
export async function listNights({ store }: Pick<Archive, "store">): Promise<readonly Night[]> {
  // Whoever needs the models says why they can't be read.
  const models = await store.list("models").catch((error: unknown) => {
    if (error instanceof ServiceError && !(error instanceof FailingServiceError)) return [];
    throw error;
  });
  const names = new Set([...(await store.list("records")), ...models]);
  const nights = [...names].map(parseNight).filter((night) => night !== undefined);
  return nights.sort(compareNights);
}

/** The newest night of a date; its first one while it has none. */
export async function newestNight(archive: Pick<Archive, "store">, date: string): Promise<Night> {
  return (await listNights(archive)).findLast((night) => night.date === date) ?? nightOf(date, 1);
}

/**
 * The deciding stage's record, or undefined while the night is not decided.
 *
 * @param witness  what else may tell that it is
 * @throws {InputError} when the night was decided, but its record is lost
 */
export async function decisionOf(archive: Archive, night: string, witness?: Witness): Promise<StageRecord | undefined> {
  const decision = await findDecision(archive, night, witness);
  if (decision.kind === "lost") throw decision.error;
  return decision.kind === "decided" ? decision.record : undefined;
}

/** Whether the stage belongs to what is decided: the deciding stage and those before it. */
export function isPartOfDecision({ stages }: Pick<Archive, "stages">, stage: Pick<Stage, "name">): boolean {
  const names = stages.map(({ name }) => name);
  return names.indexOf(stage.name) <= names.indexOf(DECIDING_STAGE);
}

/** The newest decided night of the newest earlier date that has one. */
export async function previousNight(archive: Archive, date: string): Promise<Night | undefined> {
  for (const night of (await listNights(archive)).toReversed()) {
    if (night.date < date && (await decisionOf(archive, night.name)) !== undefined) return night;
  }
  return undefined;
}

/**
 * The newest decided night of a later date up to today, or undefined: then the date is the newest one, as it is on most nights. A night
 * that is dated after today was run while a clock was ahead, and overtakes none.
 *
 * @param today  YYYY-MM-DD
 */
export async function laterNight(archive: Archive, date: string, today: string): Promise<Night | undefined> {
  for (const night of byToday(await listNights(archive), today).nights.toReversed()) {
    if (night.date <= date) return undefined;
    if ((await decisionOf(archive, night.name)) !== undefined) return night;
  }
  return undefined;
}

/**
 * The night that a question means: as `resolveNight` has it, and a night that is dated after today as well, where there is one.
 *
 * @throws {UsageError} as `resolveNight`
 */
export async function askedNight(
  archive: Pick<Archive, "store">,
  text: string,
  timezone: string,
  now: Date,
): Promise<Night> {
  const exact = parseNight(text);
  const isAhead = exact !== undefined && exact.date > today(timezone, now);
  const known = isAhead ? (await listNights(archive)).filter(({ date }) => date === exact.date) : [];
  const ahead = known.findLast(({ name }) => exact?.decision === 1 || name === exact?.name);
  return ahead ?? (await resolveNight(archive, text, timezone, now));
}

/**
 * The night that `--date` means: a date's newest night, or a night by its exact name.
 *
 * @param text  YYYY-MM-DD, YYYY-MM-DD.N, today or yesterday
 * @throws {UsageError} when it is no date, lies in the future or names a night that was never opened
 */
export async function resolveNight(
  archive: Pick<Archive, "store">,
  text: string,
  timezone: string,
  now: Date,
): Promise<Night> {
  const exact = parseNight(text);
  const date = exact?.date ?? parseDate(text, timezone, now);
  const current = today(timezone, now);
  if (date > current)
    throw new UsageError(
      `${date} is in the future: today is ${current} in ${timezone}`,
      "--date takes today, yesterday or an earlier date",
    );
  const newest = await newestNight(archive, date);
  if (exact === undefined || exact.decision === 1) return newest;
  if (exact.decision > newest.decision) {
    throw new UsageError(
      `there is no night ${exact.name}: the newest of ${date} is ${newest.name}`,
      `churn run-all --date ${date} --again decides anew once that one is decided`,
    );
  }
  return exact;
}
