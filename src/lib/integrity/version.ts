import { ChurnError } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import type { Ledger } from "../stage/ledger.ts";
import { MLMODEL, modelDigest } from "../tracking/model-files.ts";
import { sameMlmodel } from "../tracking/model-folder.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion, Tracking } from "../tracking/tracking.ts";
import type { Damage } from "./damage.ts";
import type { Origin } from "./origin.ts";

/** What is found of a registered version. */
export interface VersionInspection {
  readonly version: ModelVersion;
  /** false where somebody else made it, who left no digest to hold it to */
  readonly checked: boolean;
  readonly damage: readonly Damage[];
}

const FROM_BACKUP = "restore its folder from a backup, or promote another version: churn models";

/**
 * Holds a registered version to the night that registered it: its tags, and each file of its folder. Where that night is
 * another workspace's, or its records are lost, the digest among the tags tells whether the model is the same. Nothing is
 * written.
 */
export async function inspectVersion(
  ledger: Ledger,
  tracking: Pick<Tracking, "downloadModel">,
  version: ModelVersion,
  origin: Origin | undefined,
): Promise<VersionInspection> {
  const digest = version.tags[tags.modelDigest];
  if (digest === undefined && origin === undefined) return { version, checked: false, damage: [] };
  const file = nameOf(version);
  const named = (found: readonly Finding[]): VersionInspection => ({
    version,
    checked: true,
    damage: found.map((one) => ({ file, ...one })),
  });

  const wrongRun = origin === undefined ? [] : differentRun(version, origin);
  const wrongFields = origin === undefined ? [] : [...wrongRun, ...differentTags(version, origin)];
  const files = await filesOf(tracking, version);
  if (typeof files === "string") {
    // Files are looked for in the run's folder.
    if (wrongRun.length > 0) return named(wrongFields);
    const message = `${file} (${version.stage}) can't be read: ${files}`;
    return named([...wrongFields, { message, remedy: FROM_BACKUP }]);
  }
  const found = origin === undefined ? [] : [...wrongFields, ...(await differentFiles(ledger, files, version, origin))];
  if (found.length > 0 || digest === undefined || hasDigest(files, digest)) return named(found);
  const message = `the files of ${file} (${version.stage}) are not those that were registered`;
  return named([{ message, remedy: FROM_BACKUP }]);
}

type Finding = Omit<Damage, "file">;

/** The folder's files, or why they can't be read. */
async function filesOf(
  tracking: Pick<Tracking, "downloadModel">,
  version: ModelVersion,
): Promise<ReadonlyMap<string, Uint8Array> | string> {
  try {
    return await tracking.downloadModel(version);
  } catch (error) {
    if (error instanceof ChurnError) return error.message;
    throw error;
  }
}

function hasDigest(files: ReadonlyMap<string, Uint8Array>, digest: string): boolean {
  try {
    return modelDigest(files) === digest;
  } catch (error) {
    if (error instanceof ChurnError) return false;
    throw error;
  }
}

function differentRun(version: ModelVersion, { runId }: Origin): Finding[] {
  if (version.runId === runId) return [];
  const message = `the run_id of ${nameOf(version)} (${version.stage}) was changed since it was registered`;
  return [{ message, remedy: `set it to ${runId} again` }];
}

function differentTags(version: ModelVersion, origin: Origin): Finding[] {
  return Object.entries(origin.tags).flatMap(([tag, value]) => {
    const found = version.tags[tag];
    if (found === value) return [];
    const what = found === undefined ? "was removed" : "was changed";
    return {
      message: `the tag ${tag} of ${nameOf(version)} (${version.stage}) ${what} since it was registered`,
      remedy: `set it to ${value} again`,
    };
  });
}

async function differentFiles(
  { store }: Ledger,
  files: ReadonlyMap<string, Uint8Array>,
  version: ModelVersion,
  { folder }: Origin,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { name, sha256: recorded } of folder.files) {
    const content = files.get(name);
    const isWhole = (bytes: Uint8Array | undefined) => bytes !== undefined && sha256(bytes) === recorded;
    if (name !== MLMODEL && isWhole(content)) continue;
    const own = await store.read(`${folder.key}/${name}`);
    if (name === MLMODEL && content !== undefined) {
      // The registered one names its run, too: it can be held to the store's alone.
      if (own === undefined || !isWhole(own) || sameMlmodel(content, own)) continue;
    }
    const what = content === undefined ? "was removed" : "was changed";
    found.push({
      message: `${name} of ${nameOf(version)} (${version.stage}) ${what} since it was registered`,
      remedy: isWhole(own) ? fromStore(version, folder.key, name) : FROM_BACKUP,
    });
  }
  return found;
}

function fromStore({ source, runId }: ModelVersion, folder: string, name: string): string {
  const run = name === MLMODEL ? `, and add the line run_id: ${runId} to it` : "";
  return `copy ${folder}/${name} of the store to ${source}/${name}${run}`;
}

function nameOf({ name, version }: ModelVersion): string {
  return `version ${version} of ${name}`;
}
