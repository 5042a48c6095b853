import { InputError } from "../errors.ts";
import type { Archive } from "../stage/archive.ts";
import { findDecision } from "../stage/decided.ts";
import { filesOf } from "../stage/inputs.ts";
import { listNights } from "../stage/nights.ts";
import { readSuccess } from "../stage/record.ts";
import { nightOfKey, type Removed, readRemoved } from "../stage/removed.ts";
import type { Store } from "../store/store.ts";
import type { Registry } from "../tracking/promotion-plan.ts";
import type { OldRun, Tracking } from "../tracking/tracking.ts";
import { byToday } from "../workspace/dated-ahead.ts";
import { type Night, parseNight } from "../workspace/night.ts";
import { inBatches } from "./batches.ts";
import { AGING, type Aging, type Limits, newestLimit } from "./limits.ts";
import { type AgedFile, agedFiles } from "./night-files.ts";
import { askRegistry, type Protection } from "./protected.ts";

/** What is to be removed, and what is kept although it is old. */
export interface RemovalPlan {
  readonly nights: readonly OldNight[];
  readonly kept: readonly KeptNight[];
  readonly runs: readonly OldRun[];
}

/** A night with files to remove, or whose list was not finished although they are gone. */
export interface OldNight {
  readonly night: string;
  readonly decided: boolean;
  /** the folders that are old by now */
  readonly folders: readonly Aging[];
  readonly files: readonly AgedFile[];
  /** what was removed before */
  readonly before: Removed | undefined;
}

export interface KeptNight {
  readonly night: string;
  /** the versions that came from it, where it is kept for those */
  readonly versions: readonly number[];
  /** the night whose records name its files, where it is kept for that one */
  readonly namedBy: string | null;
  /** what of it can't be read, in a sentence, where it is kept for that */
  readonly unreadable: string | null;
}

export interface PlanRequest {
  readonly archive: Archive;
  readonly tracking: () => Promise<Tracking>;
  /** the section `register` */
  readonly registry: Registry;
  readonly limits: Limits;
  /** YYYY-MM-DD */
  readonly today: string;
  /** called before each old night is looked at: what it throws ends the work there */
  readonly goOn?: () => void;
}

const NOTHING: RemovalPlan = { nights: [], kept: [], runs: [] };

/**
 * Says what of old nights nobody needs any more. Nothing is removed yet. The registry is asked only where there is something
 * old, and nothing is where it can't answer.
 *
 * @throws {ChurnError} as `askRegistry`
 */
export async function planRemoval(request: PlanRequest): Promise<RemovalPlan> {
  const { archive, limits, today } = request;
  const before = newestLimit(limits);
  const nights = await listNights(archive);
  const isOld = ({ date }: Night) => before !== undefined && date < before;
  // One that ran while a clock was ahead is the last of none.
  const newest = await newestDecided(archive, byToday(nights, today).nights);
  // Before a night is decided nothing tells which registry protects what.
  if (newest === undefined || !nights.some(isOld)) return NOTHING;

  const candidates = nights.filter((night) => isOld(night) && night.name !== newest.name);
  const looked = await inBatches(candidates, (night) => {
    request.goOn?.();
    return look(archive, night, limits);
  });
  const unreadable = looked.filter((one) => one !== undefined && "unreadable" in one);
  const old = looked.filter((one) => one !== undefined && "files" in one);
  const models = limits.models;
  const tracking = await request.tracking();
  const mayHaveRuns = models !== undefined && tracking.oldRuns !== undefined;
  if (old.length === 0 && !mayHaveRuns) return { ...NOTHING, kept: unreadable };

  const protection = await askRegistry({ ...request, tracking, nights, newest });
  // A night that has taken over another one's files has none of its own, and is of the same date.
  const dates = new Set(old.map(({ night }) => parseNight(night)?.date));
  const asked = candidates.filter(({ date }) => dates.has(date));
  const kept = await keptNights(archive, { candidates: asked, newest, protection, unreadable });
  const isKept = (night: string) => night === newest.name || kept.some((one) => one.night === night);
  const isOldRun = (name: string) => {
    const night = parseNight(name);
    return models !== undefined && night !== undefined && night.date < models.before && !isKept(name);
  };
  return {
    nights: old.filter(({ night }) => !isKept(night)),
    kept,
    runs: mayHaveRuns ? ((await tracking.oldRuns?.find(archive.workspaceId, isOldRun)) ?? []) : [],
  };
}

/** A decision whose record is lost, or damaged, is one. */
async function newestDecided(archive: Archive, nights: readonly Night[]): Promise<Night | undefined> {
  for (const night of nights.toReversed()) if (await isDecided(archive, night.name)) return night;
  return undefined;
}

async function isDecided(archive: Archive, night: string): Promise<boolean> {
  try {
    return (await findDecision(archive, night)).kind !== "open";
  } catch (error) {
    if (error instanceof InputError) return true;
    throw error;
  }
}

/** Undefined where nothing is left of an old night but what is kept for good. */
async function look(
  archive: Archive,
  { name, date }: Night,
  limits: Limits,
): Promise<OldNight | KeptNight | undefined> {
  const folders = AGING.filter((folder) => date < (limits[folder]?.before ?? ""));
  try {
    const before = await readRemoved(archive, name);
    const left = new Set<Aging>();
    for (const folder of folders) if (!(await isFinished(archive.store, folder, before))) left.add(folder);
    if (left.size === 0) return undefined;
    const decided = await isDecided(archive, name);
    const files = await agedFiles(archive, name, left, before);
    const isDone = files.length === 0 && (!decided || before === undefined);
    return isDone ? undefined : { night: name, decided, folders, files, before };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { night: name, versions: [], namedBy: null, unreadable: error.message };
  }
}

/** Whether nothing is left to remove in a folder. A file may be there again: somebody has restored it from a backup. */
async function isFinished(store: Store, folder: Aging, before: Removed | undefined): Promise<boolean> {
  if (before?.finished.includes(folder) !== true) return false;
  for (const { key } of before.files)
    if (key.startsWith(`${folder}/`) && (await store.stat(key)) !== undefined) return false;
  return true;
}

/** The old nights that a version came from, and those whose files such a night has taken over. */
async function keptNights(
  archive: Archive,
  {
    candidates,
    newest,
    protection,
    unreadable,
  }: {
    readonly candidates: readonly Night[];
    readonly newest: Night;
    readonly protection: Protection;
    readonly unreadable: readonly KeptNight[];
  },
): Promise<readonly KeptNight[]> {
  const needed = await inBatches(candidates, async ({ name }) => ({
    night: name,
    versions: await protection.versionsFrom(name),
  }));
  const kept = new Map<string, KeptNight>(unreadable.map((one) => [one.night, one]));
  for (const { night, versions } of needed)
    if (versions.length > 0) kept.set(night, { night, versions, namedBy: null, unreadable: null });
  for (const user of [newest.name, ...kept.keys()]) {
    for (const night of await namedNights(archive, user)) {
      const isCandidate = candidates.some(({ name }) => name === night);
      if (isCandidate && !kept.has(night)) kept.set(night, { night, versions: [], namedBy: user, unreadable: null });
    }
  }
  return [...kept.values()].sort((a, b) => (a.night < b.night ? -1 : 1));
}

/** The other nights whose files a night's records name as its own. */
async function namedNights(archive: Archive, night: string): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for (const { name } of archive.stages) {
    // Of one that can't be read `look` has said so.
    const record = await readSuccess(archive, night, name).catch((error: unknown) => {
      if (error instanceof InputError) return undefined;
      throw error;
    });
    for (const { key } of Object.values(record?.outputs ?? {}).flatMap(filesOf)) {
      const owner = nightOfKey(key);
      if (owner !== undefined && owner !== night) named.add(owner);
    }
  }
  return named;
}
