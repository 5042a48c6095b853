import { InputError } from "../errors.ts";
import type { Archive } from "../stage/archive.ts";
import { findDecision, type Witness } from "../stage/decided.ts";
import { backupOrAnew, DECIDING_STAGE, filesOf } from "../stage/inputs.ts";
import { lastSuccess } from "../stage/lost-record.ts";
import { isPartOfDecision } from "../stage/nights.ts";
import { readSuccess, recordKey, type StageRecord } from "../stage/record.ts";
import { nightOfKey, type Removals, readRemoved, removalsIn, removedKey } from "../stage/removed.ts";
import { changeOf } from "../store/change.ts";
import type { StoredFile } from "../store/store.ts";
import { type Night, parseNight } from "../workspace/night.ts";
import { type HeldRecord, holdToAttempt } from "./attempts.ts";
import type { Damage } from "./damage.ts";
import type { FileCheck } from "./file-check.ts";
import { differentMessage } from "./message.ts";

/** What is found in a night. */
export interface NightInspection {
  readonly night: Night;
  readonly decided: boolean;
  /** how many files were looked at, records among them */
  readonly files: number;
  /** how many of them `churn gc` has removed */
  readonly removed: number;
  readonly damage: readonly Damage[];
}

/**
 * Holds the files of a night to its records, the records to their attempts, and looks for records that are missing. Nothing
 * is written.
 *
 * @param witness  what else tells that the night was decided
 * @throws {UsageError} when a record is another workspace's, or a newer churn's
 */
export async function inspectNight(
  archive: Archive,
  night: Night,
  check: FileCheck,
  witness?: Witness,
): Promise<NightInspection> {
  const { records, damaged } = await readRecords(archive, night);
  const removals = await readRemovals(archive, night, damaged);
  const decision = await findDecision(archive, night.name, witness).catch(notDamaged);
  const decided = decision?.kind !== "open";
  const lost = decision?.kind === "lost" ? [lostDecision(decision.error, night)] : [];
  const missing = decided ? await missingRecords(archive, night, [...records.keys()], [...damaged, ...lost]) : [];

  const isWhole = async (record: StageRecord) =>
    (await checkOutputs(record, check, removals)).every(({ what }) => what === undefined);
  const held: HeldRecord[] = [];
  for (const record of records.values()) held.push(await holdToAttempt(archive, record, isWhole));
  const files: CheckedFile[] = [];
  for (const { record } of held) files.push(...(await checkOutputs(record, check, removals)));
  const whole = held
    .map(({ record }) => record)
    .filter((record) => !files.some((file) => file.record === record && file.what));
  const attempts = [...records.values()].filter((record) => record.taken_over_from === null);
  const message = await differentMessage(archive.store, night, whole);
  return {
    night,
    decided,
    files: files.length + records.size + damaged.length + attempts.length + message.files,
    removed: files.filter((file) => file.removed).length,
    damage: [
      ...damaged,
      ...lost,
      ...missing,
      ...held.flatMap(({ damage }) => damage),
      ...damagedFiles(archive, night, files, decided),
      ...message.damage,
    ],
  };
}

/**
 * What an inspection of its night says of one file; undefined where that is nothing. Of the night's other files those are looked at that
 * had the same bytes.
 */
export async function damageOfFile(archive: Archive, { key, sha256 }: StoredFile): Promise<Damage | undefined> {
  const night = parseNight(nightOfKey(key) ?? "");
  if (night === undefined) return undefined;
  const check: FileCheck = async (file) => (file.sha256 === sha256 ? await changeOf(archive.store, file) : undefined);
  const { damage } = await inspectNight(archive, night, check);
  return damage.find(({ file }) => file === key);
}

/** The success records that can be read, and those that can't. */
async function readRecords(
  archive: Archive,
  { name: night }: Night,
): Promise<{ records: Map<string, StageRecord>; damaged: Damage[] }> {
  const records = new Map<string, StageRecord>();
  const damaged: Damage[] = [];
  for (const { name } of archive.stages) {
    try {
      const record = await readSuccess(archive, night, name);
      if (record !== undefined) records.set(name, record);
    } catch (error) {
      const { message, hint = "" } = damageOf(error);
      damaged.push({ file: recordKey(night, name), message, remedy: hint });
    }
  }
  return { records, damaged };
}

function damageOf(error: unknown): InputError {
  if (error instanceof InputError) return error;
  throw error;
}

/** A decision whose own record is damaged is one. */
function notDamaged(error: unknown): undefined {
  damageOf(error);
}

function lostDecision({ message, hint = "" }: InputError, { name }: Night): Damage {
  return { file: recordKey(name, DECIDING_STAGE), message, remedy: hint };
}

/** Of a decided night every stage up to the decision has a record, and a later one that has succeeded. */
async function missingRecords(
  archive: Archive,
  night: Night,
  there: readonly string[],
  told: readonly Damage[],
): Promise<Damage[]> {
  const missing: Damage[] = [];
  for (const stage of archive.stages) {
    const file = recordKey(night.name, stage.name);
    if (there.includes(stage.name) || told.some((damage) => damage.file === file)) continue;
    const last = await lastSuccess(archive, night.name, stage.name);
    if (last?.record !== undefined) {
      const remedy = `${archive.store.copyCommand(last.key, file)} restores it, and so does the next run-all`;
      missing.push({ file, message: `${file} is missing`, remedy });
    } else if (isPartOfDecision(archive, stage)) {
      const why = last === undefined ? "" : ` and can't be restored: ${last.why}`;
      missing.push({ file, message: `${file} is missing${why}`, remedy: backupOrAnew(night.name) });
    }
  }
  return missing;
}

/** What `churn gc` says that it removed. A list that is damaged says nothing, and is damage itself. */
async function readRemovals(archive: Archive, { name }: Night, damaged: Damage[]): Promise<Removals> {
  try {
    await readRemoved(archive, name);
  } catch (error) {
    const { message, hint = "" } = damageOf(error);
    damaged.push({ file: removedKey(name), message, remedy: hint });
  }
  const removals = removalsIn(archive);
  return (file, written) => removals(file, written).catch(notDamaged);
}

/** An output as its record has it, and what is wrong with it. */
interface CheckedFile {
  readonly file: StoredFile;
  readonly record: StageRecord;
  readonly what: string | undefined;
  /** it isn't there, and nothing is wrong with that */
  readonly removed: boolean;
}

async function checkOutputs(record: StageRecord, check: FileCheck, removals: Removals): Promise<CheckedFile[]> {
  const written = new Date(record.ended_at ?? record.started_at);
  const checked: CheckedFile[] = [];
  for (const file of Object.values(record.outputs).flatMap(filesOf)) {
    const what = await check(file, written);
    const removed = what === "was removed" && (await removals(file, written)) !== undefined;
    checked.push({ file, record, what: removed ? undefined : what, removed });
  }
  return checked;
}

function damagedFiles(archive: Archive, night: Night, files: readonly CheckedFile[], decided: boolean): Damage[] {
  return files.flatMap(({ file: { key, sha256 }, record: { stage }, what }) => {
    if (what === undefined) return [];
    const twin = files.find((other) => other.what === undefined && !other.removed && other.file.sha256 === sha256);
    const isFixed = decided && isPartOfDecision(archive, { name: stage });
    const anew = isFixed ? backupOrAnew(night.name) : madeAnew(night, stage, decided);
    const remedy =
      twin === undefined
        ? anew
        : `${archive.store.copyCommand(twin.file.key, key)} restores it: both had the same bytes`;
    return [{ file: key, message: `${key} ${what} since ${stage} wrote it`, remedy }];
  });
}

/** What isn't decided is made anew by the next run; what comes after a decision, by its stage. */
function madeAnew(night: Night, stage: string, decided: boolean): string {
  return decided ? `churn ${stage} --date ${night.name} --force` : `churn run-all --date ${night.date}`;
}
