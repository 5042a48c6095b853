import * as z from "zod";
import { comparison, model, trackingRun } from "../artifacts/artifacts.ts";
import { parseJson } from "../artifacts/json-text.ts";
import { ChurnError, isInTheWay, NewerVersionError } from "../errors.ts";
import type { Archive } from "../stage/archive.ts";
import { DECIDING_STAGE, findArtifact, whatChanged } from "../stage/inputs.ts";
import { readResult } from "../stage/parts.ts";
import { type Reference, readSuccess } from "../stage/record.ts";
import { originTags } from "../tracking/candidate.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion } from "../tracking/tracking.ts";

/** What a night's records say of the version that it registered. */
export interface Origin {
  readonly night: string;
  /** the workspace's id */
  readonly workspace: string;
  /** the registered model's name */
  readonly name: string;
  readonly version: number;
  readonly runId: string;
  /** the model's folder in the store, its files as train wrote them */
  readonly folder: Extract<Reference, { kind: "folder" }>;
  /** as register gave them to the version, without the digest of its content; none where comparison.json is not as it was */
  readonly tags: Readonly<Record<string, string>>;
  /** whether register gave it that digest, too */
  readonly digested: boolean;
}

const registered = z.object({ registered: z.literal(true), name: z.string(), version: z.int().positive() });

/** Undefined where the night registered none, or its records can't say: whoever inspects the night names those. */
export async function originOf(archive: Archive, night: string): Promise<Origin | undefined> {
  try {
    const stage = archive.stages.find(({ name }) => name === DECIDING_STAGE);
    const record = await readSuccess(archive, night, DECIDING_STAGE);
    if (stage === undefined || record === undefined) return undefined;
    const result = registered.safeParse(readResult(stage.result, record));
    if (!result.success) return undefined;
    const { name, version } = result.data;
    const folder = await findArtifact(archive, model, night);
    const run = await findArtifact(archive, trackingRun, night);
    if (folder.kind !== "folder" || run.kind !== "result") return undefined;
    const { mlflow_run_id: runId, rows } = trackingRun.schema.parse(run.value);
    return {
      night,
      workspace: archive.workspaceId,
      name,
      version,
      runId,
      folder,
      ...(await saidOf(archive, night, rows)),
    };
  } catch (error) {
    if (isInTheWay(error) && !(error instanceof NewerVersionError)) throw error;
    if (error instanceof ChurnError) return undefined;
    throw error;
  }
}

/**
 * Whether this is the version that the night registered, by its run or by its tags: one of the two may be damaged. A registry
 * that took the place of another one counts anew, and has neither.
 */
export function isFrom(version: ModelVersion, origin: Origin): boolean {
  if (version.name !== origin.name || version.version !== origin.version) return false;
  const isOf = (tag: string, value: string) => version.tag(tag) === value;
  return version.runId === origin.runId || (isOf(tags.workspace, origin.workspace) && isOf(tags.night, origin.night));
}

const versioned = z.object({ schema_version: z.int() });
/** comparison.json since churn 1.4, whose register leaves a digest of all that a version holds. */
const WITH_DIGEST = 4;

async function saidOf(archive: Archive, night: string, rows: number): Promise<Pick<Origin, "tags" | "digested">> {
  const { store, workspaceId } = archive;
  const reference = await findArtifact(archive, comparison, night);
  const bytes = (await whatChanged(store, reference)) === undefined ? await store.read(reference.key) : undefined;
  if (bytes === undefined) return { tags: {}, digested: false };
  const json = parseJson(bytes, reference.key);
  const { new: judged } = comparison.format.read(json, reference.key);
  return {
    tags: originTags({ workspaceId, night, judged, rows }),
    digested: versioned.parse(json).schema_version >= WITH_DIGEST,
  };
}
