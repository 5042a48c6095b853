import { isDeepStrictEqual } from "node:util";
import { InputError, UsageError } from "../errors.ts";
import type { Archive } from "../stage/archive.ts";
import { findDecision, type Witness } from "../stage/decided.ts";
import { whatGcRemoved } from "../stage/inputs.ts";
import { listNights, newestNight } from "../stage/nights.ts";
import { readSuccess, recordKey, type StageRecord, writeRecord } from "../stage/record.ts";
import { removedText } from "../stage/removed.ts";
import { type Night, nightOf } from "../workspace/night.ts";
import { isComplete } from "./report.ts";

export interface NightRequest {
  /** the night that --date means: a date's newest one, or one by its name */
  readonly named: Night;
  /** --again: decide anew once the date's newest night is decided */
  readonly again: boolean;
  readonly force: boolean;
  readonly from?: string | undefined;
}

export interface OpenedNight {
  readonly night: Night;
  /** the night whose earlier stages this one takes over */
  readonly takenOverFrom: Night | undefined;
  /** a word for people, where the night is not the one they might expect */
  readonly note: string | undefined;
}

/**
 * Which night a run works on. Nothing is written.
 *
 * @param witness  what else tells that a night was decided: --again never opens such a one
 * @throws {UsageError} when a decided night would have to change
 */
export async function chooseNight(
  archive: Archive,
  { named, again, force, from }: NightRequest,
  witness?: Witness,
): Promise<OpenedNight> {
  if (!again) {
    if ((force || from !== undefined) && (await isDecided(archive, named))) {
      throw new UsageError(
        `the night of ${named.name} is decided: its files don't change any more`,
        `churn run-all --date ${named.date} --again ${force ? "" : `--from ${from} `}decides anew`,
      );
    }
    return { night: named, takenOverFrom: undefined, note: undefined };
  }
  const newest = await newestNight(archive, named.date);
  if (!(await isDecided(archive, newest, witness))) {
    const note = `the night of ${newest.name} is not decided yet: --again continues it`;
    const takenOverFrom = from === undefined ? undefined : await cutShort(archive, named, newest, from);
    if (takenOverFrom !== undefined && from !== undefined) await requireFiles(archive, takenOverFrom, from);
    return { night: newest, takenOverFrom, note };
  }
  if (newest.decision > 1 && !(await isComplete(archive, newest))) {
    const note = `the night of ${newest.name} is decided, but not all is done: --again continues it`;
    return { night: newest, takenOverFrom: undefined, note };
  }
  // Whichever night was named, the next one is the date's: those in between are decided.
  let night = nightOf(named.date, newest.decision + 1);
  while (await isDecided(archive, night, witness)) night = nightOf(named.date, night.decision + 1);
  if (from !== undefined) await requireFiles(archive, named, from);
  return { night, takenOverFrom: from === undefined ? undefined : named, note: undefined };
}

/**
 * Before a night is opened for it: what the stages from one on need of the earlier ones is there.
 *
 * @throws {InputError} when `churn gc` has removed it
 */
async function requireFiles(archive: Archive, night: Night, firstStage: string): Promise<void> {
  const earlier = stagesBefore(archive, firstStage);
  const needed = archive.stages
    .filter((stage) => !earlier.includes(stage))
    .flatMap(({ needs }) => Object.values(needs))
    .flatMap((artifact) => (artifact.kind === "result" ? [] : [artifact.key]));
  for (const { name, produces } of earlier) {
    const record = await readSuccess(archive, night.name, name);
    for (const [output, artifact] of Object.entries(produces)) {
      const reference = record?.outputs[output];
      if (reference === undefined || artifact.kind === "result" || !needed.includes(artifact.key)) continue;
      const removal = await whatGcRemoved(archive, reference);
      if (removal !== undefined)
        throw new InputError(
          `${removedText(removal)}, so ${firstStage} can't begin with it`,
          `restore it from a backup, or begin with the source: churn run-all --date ${night.date} --again`,
        );
    }
  }
}

/**
 * The night that an undecided one was about to take over, where a kill cut that short: the same words then go on with it.
 * Undefined where nothing is missing, or the undecided night has made earlier stages of its own.
 */
async function cutShort(archive: Archive, named: Night, night: Night, firstStage: string): Promise<Night | undefined> {
  // By the date the newest night is named, which then is the undecided one.
  const from = named.name === night.name ? await decidedBefore(archive, night) : named;
  if (from === undefined) return undefined;
  let isWhole = true;
  for (const { name } of stagesBefore(archive, firstStage)) {
    const own = await readSuccess(archive, night.name, name);
    const source = await readSuccess(archive, from.name, name);
    if (own === undefined) isWhole = false;
    else if (source === undefined || !isDeepStrictEqual(own, asTaken(source, from, night))) return undefined;
  }
  return isWhole ? undefined : from;
}

/** The newest decided night of the same date before another. */
async function decidedBefore(archive: Archive, night: Night): Promise<Night | undefined> {
  const earlier = (await listNights(archive)).filter(
    ({ date, decision }) => date === night.date && decision < night.decision,
  );
  for (const candidate of earlier.toReversed()) if (await isDecided(archive, candidate)) return candidate;
  return undefined;
}

/**
 * Gives a new night the earlier stages of another: its own records name the other's files. Repeated after a kill it goes on.
 *
 * @throws {UsageError} when the night is decided already
 * @throws {InputError} when a stage has not succeeded for the other one
 */
export async function takeOver(archive: Archive, from: Night, to: Night, firstStage: string): Promise<void> {
  if (await isDecided(archive, to))
    throw new UsageError(
      `the night of ${to.name} is decided: nothing can be taken over`,
      `churn run-all --date ${to.date} --again`,
    );
  for (const { name } of stagesBefore(archive, firstStage)) {
    const record = await readSuccess(archive, from.name, name);
    if (record === undefined)
      throw new InputError(
        `${name} has not succeeded for ${from.name}, so its files can't be taken over`,
        `churn run-all --date ${from.date} --again`,
      );
    await writeRecord(archive, recordKey(to.name, name), asTaken(record, from, to));
  }
}

function asTaken(record: StageRecord, from: Night, to: Night): StageRecord {
  return { ...record, night: to.name, taken_over_from: record.taken_over_from ?? from.name };
}

function stagesBefore({ stages }: Pick<Archive, "stages">, first: string): Archive["stages"] {
  return stages.slice(
    0,
    stages.findIndex(({ name }) => name === first),
  );
}

/** A decision whose record is lost is one all the same. */
async function isDecided(archive: Archive, night: Night, witness?: Witness): Promise<boolean> {
  return (await findDecision(archive, night.name, witness)).kind !== "open";
}
