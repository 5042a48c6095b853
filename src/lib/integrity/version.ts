import { ChurnError } from "../errors.ts";
import type { Ledger } from "../stage/ledger.ts";
import { readSuccess } from "../stage/record.ts";
import { MODEL_JSON, modelDigest, PREPROCESSING_JSON } from "../tracking/model-files.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion, Tracking } from "../tracking/tracking.ts";
import type { Damage } from "./damage.ts";

/** What is found of a registered version. */
export interface VersionInspection {
  readonly version: ModelVersion;
  /** false where somebody else made it, who left no digest to hold it to */
  readonly checked: boolean;
  readonly damage: readonly Damage[];
}

/** Holds a registered version's folder to the digest that it was registered with. Nothing is written. */
export async function inspectVersion(
  ledger: Ledger,
  tracking: Pick<Tracking, "downloadModel">,
  version: ModelVersion,
): Promise<VersionInspection> {
  const digest = version.tags[tags.modelDigest];
  if (digest === undefined) return { version, checked: false, damage: [] };
  const wrong = await differentFiles(tracking, version, digest);
  if (wrong === undefined) return { version, checked: true, damage: [] };
  const twin = await twinOf(ledger, version, digest);
  const remedy =
    twin === undefined
      ? "restore its folder from a backup, or promote another version: churn models"
      : `${twin} of the store has the same: copy ${MODEL_JSON} and ${PREPROCESSING_JSON} from there to ${version.source}`;
  return { version, checked: true, damage: [{ file: nameOf(version), message: wrong, remedy }] };
}

async function differentFiles(
  tracking: Pick<Tracking, "downloadModel">,
  version: ModelVersion,
  digest: string,
): Promise<string | undefined> {
  try {
    const files = await tracking.downloadModel(version);
    return modelDigest(files) === digest
      ? undefined
      : `the files of ${nameOf(version)} (${version.stage}) are not those that were registered`;
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return `${nameOf(version)} (${version.stage}) can't be read: ${error.message}`;
  }
}

/** The folder in the store from which the version was made, where it is the same still. */
async function twinOf(ledger: Ledger, { tags: own }: ModelVersion, digest: string): Promise<string | undefined> {
  const night = own[tags.night];
  if (night === undefined || own[tags.workspace] !== ledger.workspaceId) return undefined;
  try {
    const folder = (await readSuccess(ledger, night, "train"))?.outputs.model?.key;
    if (folder === undefined) return undefined;
    const files = new Map<string, Uint8Array>();
    for (const name of [MODEL_JSON, PREPROCESSING_JSON]) {
      const content = await ledger.store.read(`${folder}/${name}`);
      if (content !== undefined) files.set(name, content);
    }
    return modelDigest(files) === digest ? folder : undefined;
  } catch (error) {
    if (error instanceof ChurnError) return undefined;
    throw error;
  }
}

function nameOf({ name, version }: ModelVersion): string {
  return `version ${version} of ${name}`;
}
