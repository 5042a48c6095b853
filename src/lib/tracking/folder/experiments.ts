import { createHash } from "node:crypto";
import { existsSync, lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { ServiceError, UsageError } from "../../errors.ts";
import { checkExperimentName } from "../limits.ts";
import { metaText, readMeta, writeMeta } from "./meta-yaml.ts";
import { listFolders, readOptional, replaceFile } from "./whole-file.ts";

/** Experiments of a folder in MLflow's layout: `<root>/<experiment id>/meta.yaml`, deleted ones below `<root>/.trash`. */

const experimentMeta = z.object({
  experiment_id: metaText,
  name: metaText,
  lifecycle_stage: metaText,
});

const DEFAULT_EXPERIMENT = { id: "0", name: "Default" };
/** Below the root: what was deleted in MLflow, whole. */
export const TRASH = ".trash";
const MODELS = "models";

/** Ids of the active experiments, in order; none while there is no folder. */
export async function listExperiments(root: string): Promise<readonly string[]> {
  const names = await listFolders(root);
  return names.filter((name) => name !== MODELS && /^[A-Za-z0-9][\w-]{0,63}$/.test(name));
}

/** The folders of all experiments, the deleted ones last. */
export async function experimentFolders(root: string): Promise<readonly string[]> {
  const active = (await listExperiments(root)).map((id) => join(root, id));
  return [...active, ...(await deletedExperiments(root)).map((id) => join(root, TRASH, id))];
}

/** Ids of the experiments that were deleted in MLflow; none where its trash is no folder. */
async function deletedExperiments(root: string): Promise<readonly string[]> {
  const trash = join(root, TRASH);
  return statSync(trash, { throwIfNoEntry: false })?.isDirectory() ? await listExperiments(trash) : [];
}

/**
 * The id of the active experiment of this name, or undefined. Others that are damaged, MLflow's own Default say, are none of
 * our business.
 *
 * @throws {ServiceError} when it is damaged itself
 */
export async function findExperiment(root: string, name: string): Promise<string | undefined> {
  const own = derivedId(name);
  const found = await readExperiment(root, own);
  if (found?.name === name && found.lifecycle_stage === "active") return own;
  return await findByName(root, await listExperiments(root), name, "active");
}

/**
 * The id of the experiment of this name, made where it is missing. The first one makes the tree too, with the experiment
 * that MLflow expects at 0.
 *
 * @throws {UsageError} when an experiment of this name was deleted in MLflow, where names of deleted ones are taken
 */
export async function ensureExperiment(root: string, name: string): Promise<string> {
  checkExperimentName(name);
  const trash = join(root, TRASH);
  const deleted = await deletedExperiments(root);
  if (!deleted.includes(DEFAULT_EXPERIMENT.id) && hasRoomForDefault(root)) {
    await writeExperiment(root, DEFAULT_EXPERIMENT);
  }
  const found = await findExperiment(root, name);
  if (found !== undefined) return found;
  if (await findByName(trash, deleted, name, "deleted")) {
    throw new UsageError(
      `experiment ${name} in ${root} was deleted`,
      "restore it in MLflow, or set tracking.experiment in churn.yaml to another name",
    );
  }
  const id = await freeExperimentId(root, name, deleted);
  await writeExperiment(root, { id, name });
  return id;
}

/** Whatever stands in its place is none of our business: no night needs it. */
function hasRoomForDefault(root: string): boolean {
  const folder = join(root, DEFAULT_EXPERIMENT.id);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found === undefined || (found.isDirectory() && !existsSync(join(folder, "meta.yaml")));
}

/** Does nothing when the experiment is there. A folder without meta.yaml, left by a kill, is no experiment yet. */
async function writeExperiment(root: string, { id, name }: { id: string; name: string }): Promise<void> {
  const folder = join(root, id);
  const meta = join(folder, "meta.yaml");
  if ((await readOptional(meta)) !== undefined) return;
  const now = Date.now();
  await replaceFile(
    meta,
    writeMeta({
      experiment_id: id,
      name,
      artifact_location: pathToFileURL(folder).href,
      lifecycle_stage: "active",
      creation_time: now,
      last_update_time: now,
    }),
    root,
  );
}

async function findByName(
  parent: string,
  ids: readonly string[],
  name: string,
  lifecycle: "active" | "deleted",
): Promise<string | undefined> {
  for (const id of ids) {
    const found = await readExperiment(parent, id).catch(orUndefinedWhereDamaged);
    if (found?.name === name && (lifecycle === "deleted" || found.lifecycle_stage === "active")) return id;
  }
  return undefined;
}

async function readExperiment(parent: string, id: string) {
  return (await readMeta(join(parent, id, "meta.yaml"), experimentMeta))?.fields;
}

function orUndefinedWhereDamaged(error: unknown): undefined {
  if (!(error instanceof ServiceError)) throw error;
}

async function freeExperimentId(root: string, name: string, deleted: readonly string[]): Promise<string> {
  for (let step = 0n; ; step += 1n) {
    const id = derivedId(name, step);
    const taken = deleted.includes(id) || (await readOptional(join(root, id, "meta.yaml"))) !== undefined;
    if (!taken) return id;
  }
}

/**
 * An experiment's id, 18 digits as MLflow's own. It follows from the name, so that a repetition after a kill finds the half-made
 * folder again instead of leaving it behind. Where it is taken, the next one is used.
 */
function derivedId(name: string, step = 0n): string {
  const range = 900_000_000_000_000_000n;
  const start = createHash("sha256").update(name).digest().readBigUInt64BE() % range;
  return String(100_000_000_000_000_000n + ((start + step) % range));
}
