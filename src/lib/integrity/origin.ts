import * as z from "zod";
import { comparison, model, trackingRun } from "../artifacts/artifacts.ts";
import { parseJson } from "../artifacts/json-text.ts";
import { ChurnError } from "../errors.ts";
import { DECIDING_STAGE, findArtifact, whatChanged } from "../stage/inputs.ts";
import type { Ledger } from "../stage/ledger.ts";
import { readResult } from "../stage/parts.ts";
import { type Reference, readSuccess } from "../stage/record.ts";
import { candidateTags } from "../tracking/candidate.ts";
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
  /** as register gave them to the version; none where comparison.json is not as it was */
  readonly tags: Readonly<Record<string, string>>;
}

const registered = z.object({ registered: z.literal(true), name: z.string(), version: z.int().positive() });

/** Undefined where the night registered none, or its records can't say: whoever inspects the night names those. */
export async function originOf(ledger: Ledger, night: string): Promise<Origin | undefined> {
  try {
    const stage = ledger.stages.find(({ name }) => name === DECIDING_STAGE);
    const record = await readSuccess(ledger, night, DECIDING_STAGE);
    if (stage === undefined || record === undefined) return undefined;
    const result = registered.safeParse(readResult(stage.result, record));
    if (!result.success) return undefined;
    const { name, version } = result.data;
    const folder = await findArtifact(ledger, model, night);
    const run = await findArtifact(ledger, trackingRun, night);
    if (folder.kind !== "folder" || run.kind !== "result") return undefined;
    const { mlflow_run_id: runId, rows } = trackingRun.schema.parse(run.value);
    return {
      night,
      workspace: ledger.workspaceId,
      name,
      version,
      runId,
      folder,
      tags: await tagsOf(ledger, night, rows),
    };
  } catch (error) {
    if (error instanceof ChurnError) return undefined;
    throw error;
  }
}

/**
 * Whether this is the version that the night registered, by its run or by its tags: one of the two may be damaged. A registry
 * that took the place of another one counts anew, and has neither.
 */
export function isFrom({ name, version, runId, tags: own }: ModelVersion, origin: Origin): boolean {
  if (name !== origin.name || version !== origin.version) return false;
  return runId === origin.runId || (own[tags.workspace] === origin.workspace && own[tags.night] === origin.night);
}

async function tagsOf(ledger: Ledger, night: string, rows: number): Promise<Origin["tags"]> {
  const { store, workspaceId } = ledger;
  const reference = await findArtifact(ledger, comparison, night);
  const bytes = (await whatChanged(store, reference)) === undefined ? await store.read(reference.key) : undefined;
  if (bytes === undefined) return {};
  const { new: judged } = comparison.format.read(parseJson(bytes, reference.key), reference.key);
  return candidateTags({ workspaceId, night, judged, rows });
}
