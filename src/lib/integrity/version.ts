import { visible } from "../cli/visible.ts";
import { ChurnError, isInTheWay } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import type { Archive } from "../stage/archive.ts";
import { MLMODEL, modelDigestIfWhole } from "../tracking/model-files.ts";
import { sameMlmodel, withRunId } from "../tracking/model-folder.ts";
import { contentDigest, isChurns, thresholdOf } from "../tracking/registered-content.ts";
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
  archive: Archive,
  tracking: Pick<Tracking, "downloadModel">,
  version: ModelVersion,
  origin: Origin | undefined,
): Promise<VersionInspection> {
  if (origin === undefined && !isChurns(version)) return { version, checked: false, damage: [] };
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
  if (origin === undefined) return named(differentContent(version, files));
  const wrongFiles = await differentFiles(archive, files, version, origin);
  const found = [...wrongFields, ...wrongFiles];
  if (wrongFiles.length === 0) found.push(...(await differentDigest(archive, files, version, origin)));
  return named(found.length > 0 ? found : differentContent(version, files));
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
    if (isInTheWay(error)) throw error;
    if (error instanceof ChurnError) return error.message;
    throw error;
  }
}

/** What the version's own digests say of it. */
function differentContent(version: ModelVersion, files: ReadonlyMap<string, Uint8Array>): Finding[] {
  const where = `${nameOf(version)} (${version.stage})`;
  const digest = version.tag(tags.modelDigest);
  if (digest !== undefined && modelDigestIfWhole(files) !== digest)
    return [{ message: `the files of ${where} are not those that were registered`, remedy: FROM_BACKUP }];
  const content = version.tag(tags.contentDigest);
  const threshold = thresholdOf(version.tag(tags.threshold));
  if (content === undefined || (threshold !== undefined && contentDigest(files, threshold) === content)) return [];
  return [
    { message: `the files or the threshold of ${where} are not those that were registered`, remedy: FROM_BACKUP },
  ];
}

/** Of files that are as they were recorded: the digest of them all, and what of MLmodel it alone tells. */
async function differentDigest(
  { store }: Archive,
  files: ReadonlyMap<string, Uint8Array>,
  version: ModelVersion,
  { folder, runId, digested, tags: registered }: Origin,
): Promise<Finding[]> {
  const digest = version.tag(tags.contentDigest);
  const threshold = thresholdOf(registered[tags.threshold]);
  if (threshold === undefined || (digest === undefined && !digested)) return [];
  const expected = contentDigest(files, threshold);
  if (digest === expected) return [];
  const own = await store.read(`${folder.key}/${MLMODEL}`);
  const logged = own && withRunId(new Map([[MLMODEL, own]]), runId).get(MLMODEL);
  const mlmodel = files.get(MLMODEL);
  if (logged !== undefined && mlmodel !== undefined && Buffer.from(logged).equals(mlmodel))
    return [differentTag(version, tags.contentDigest, expected)];
  const message = `${MLMODEL} of ${nameOf(version)} (${version.stage}), or its tag ${tags.contentDigest}, was changed since it was registered`;
  return [{ message, remedy: own === undefined ? FROM_BACKUP : fromStore(version, folder.key, MLMODEL) }];
}

function differentRun(version: ModelVersion, { runId }: Origin): Finding[] {
  if (version.runId === runId) return [];
  const message = `the run_id of ${nameOf(version)} (${version.stage}) was changed since it was registered`;
  return [{ message, remedy: `set it to ${runId} again` }];
}

function differentTags(version: ModelVersion, origin: Origin): Finding[] {
  return Object.entries(origin.tags).flatMap(([tag, value]) =>
    version.tag(tag) === value ? [] : differentTag(version, tag, value),
  );
}

function differentTag(version: ModelVersion, tag: string, value: string): Finding {
  const what = version.tag(tag) === undefined ? "was removed" : "was changed";
  return {
    message: `the tag ${tag} of ${nameOf(version)} (${version.stage}) ${what} since it was registered`,
    remedy: `set it to ${value} again`,
  };
}

async function differentFiles(
  { store }: Archive,
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
  const run = name === MLMODEL ? `, and add the line run_id: "${runId}" at its end` : "";
  return `copy ${folder}/${name} of the store to ${visible(source)}/${name}${run}`;
}

export function nameOf({ name, version }: ModelVersion): string {
  return `version ${version} of ${name}`;
}
