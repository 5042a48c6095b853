import * as z from "zod";
import type { Artifact } from "../artifacts/artifact.ts";
import { InputError } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import { changeOf } from "../store/change.ts";
import type { Store, StoredFile } from "../store/store.ts";
import { parseNight } from "../workspace/night.ts";
import type { Archive, Records } from "./archive.ts";
import type { Stage } from "./define.ts";
import { readResult } from "./parts.ts";
import { type Reference, readSuccess, recordKey, restoring } from "./record.ts";
import { type RemovedFile, removalsIn, removedError } from "./removed.ts";

/** The stage whose success decides a night: from then on no file of the stages up to it changes. */
export const DECIDING_STAGE = "register";

/**
 * Where an artifact of a night is, by the record of the stage that made it: the files may lie under another night's name
 * when they were taken over.
 *
 * @throws {InputError} when that stage has not succeeded for the night
 */
export async function findArtifact(archive: Archive, artifact: Artifact, night: string): Promise<Reference> {
  const producer = producerOf(archive.stages, artifact);
  const record = await readSuccess(archive, night, producer.stage.name);
  if (record === undefined) {
    await refuseLostRecord(archive, producer.stage, night);
    const missing = artifact.kind === "result" ? recordKey(night, artifact.stage) : keyOf(artifact, night);
    throw new InputError(
      `${missing} is missing: ${producer.stage.name} has not succeeded for ${night}`,
      `churn ${producer.stage.name} --date ${night}`,
    );
  }
  if (artifact.kind === "result") {
    const value = z.json().parse(artifact.schema.parse(readResult(producer.stage.result, record)));
    return { kind: "result", key: recordKey(night, artifact.stage), value, sha256: sha256(JSON.stringify(value)) };
  }
  const reference = record.outputs[producer.name];
  if (reference === undefined) {
    throw new InputError(
      `${recordKey(night, producer.stage.name)} names no ${producer.name}`,
      `churn ${producer.stage.name} --date ${night} --force`,
    );
  }
  return reference;
}

/** A decided night's stage has succeeded, so a record that isn't there was removed, and no stage will write it anew. */
async function refuseLostRecord(archive: Archive, stage: Stage, night: string): Promise<void> {
  if (stage.name === DECIDING_STAGE) return;
  if ((await readSuccess(archive, night, DECIDING_STAGE)) === undefined) return;
  throw new InputError(
    `${recordKey(night, stage.name)} is missing`,
    (await restoring(archive, night, stage.name)) ?? backupOrAnew(night),
  );
}

/** What can be done where a decided night's file is lost, for a hint. */
export function backupOrAnew(night: string): string {
  return `restore it from a backup, or decide that night anew: churn run-all --date ${parseNight(night)?.date ?? night} --again`;
}

/** What differs between a reference and the files as they are now: a sentence, or undefined when nothing does. */
export async function whatChanged(store: Store, reference: Reference): Promise<string | undefined> {
  for (const file of filesOf(reference)) {
    const change = await changeOf(store, file);
    if (change !== undefined) return `${file.key} ${change}`;
  }
  return undefined;
}

/** The files that a reference speaks of; none for a part of a result. */
export function filesOf(reference: Reference): readonly StoredFile[] {
  if (reference.kind === "result") return [];
  if (reference.kind === "file") return [reference];
  return reference.files.map(({ name, ...fingerprint }) => ({ key: `${reference.key}/${name}`, ...fingerprint }));
}

/** The first of a reference's files that isn't there because `churn gc` has removed it; undefined where there is none. */
export async function whatGcRemoved(records: Records, reference: Reference): Promise<RemovedFile | undefined> {
  const removals = removalsIn(records);
  for (const file of filesOf(reference)) {
    if ((await records.store.stat(file.key)) !== undefined) continue;
    const removal = await removals(file);
    if (removal !== undefined) return removal;
  }
  return undefined;
}

/** @throws {InputError} when the files are not what the stage that made them wrote */
export async function verify(archive: Archive, artifact: Artifact, reference: Reference, night: string): Promise<void> {
  const change = await whatChanged(archive.store, reference);
  if (change !== undefined) throw await changedInput(archive, artifact, { reference, change, night });
}

/**
 * The path of a file on this machine.
 *
 * @throws {InputError} when it is not what the stage that made it wrote
 */
export async function verifiedPath(
  archive: Archive,
  artifact: Artifact,
  reference: Reference,
  night: string,
): Promise<string> {
  if (reference.kind !== "file") throw new Error(`${reference.key} is recorded as a ${reference.kind}, not as a file`);
  try {
    return await archive.store.local(reference);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw await changedInput(archive, artifact, { reference, change: error.message, night });
  }
}

async function changedInput(
  archive: Archive,
  artifact: Artifact,
  { reference, change, night }: { readonly reference: Reference; readonly change: string; readonly night: string },
): Promise<InputError> {
  const { stage } = producerOf(archive.stages, artifact);
  const decided = (await readSuccess(archive, night, DECIDING_STAGE)) !== undefined;
  const removal = await whatGcRemoved(archive, reference);
  // Earlier files are gone as well, so one stage alone can't make it anew.
  if (removal !== undefined)
    return removedError(removal, decided ? backupOrAnew(night) : `churn run-all --date ${night} makes it anew`);
  return new InputError(
    `${change} since ${stage.name} wrote it`,
    decided ? backupOrAnew(night) : `churn ${stage.name} --date ${night} --force`,
  );
}

/** One digest for a reference, whatever its kind. */
export function digestOf(reference: Reference): string {
  if (reference.kind !== "folder") return reference.sha256;
  return sha256(reference.files.map(({ name, sha256: digest }) => `${name} ${digest}\n`).join(""));
}

/** The artifact's key for a night. */
export function keyOf(artifact: Exclude<Artifact, { kind: "result" }>, night: string): string {
  return artifact.key.replace("NIGHT", night);
}

function producerOf(stages: readonly Stage[], artifact: Artifact): { stage: Stage; name: string } {
  for (const stage of stages) {
    if (artifact.kind === "result") {
      if (stage.name === artifact.stage) return { stage, name: "result" };
      continue;
    }
    for (const [name, produced] of Object.entries(stage.produces)) {
      if (produced.kind !== "result" && produced.key === artifact.key) return { stage, name };
    }
  }
  throw new Error(`no stage produces ${artifact.kind === "result" ? `the result of ${artifact.stage}` : artifact.key}`);
}
