import { statSync } from "node:fs";
import { join } from "node:path";
import { MLMODEL } from "../model-files.ts";
import { TRASH } from "./experiments.ts";
import { addressOf, locateModel, pathOf } from "./model-location.ts";
import { foldersOfRun } from "./runs.ts";

/** Where MLflow looks for a version's model. */
interface Addresses {
  readonly source: string | null;
  readonly storage_location: string | null;
}

/**
 * Those of a version's addresses that lead nowhere, since the tree was moved, as they are now: MLflow goes by them. One that
 * leads to a model stays as it is, and so does one whose model isn't in the tree.
 */
export async function liveAddresses(
  root: string,
  { run_id, source, storage_location }: Addresses & { readonly run_id: string | null },
): Promise<Readonly<Record<string, string>>> {
  const live: [string, string][] = [];
  for (const [key, address] of Object.entries({ source, storage_location })) {
    const path = address === null ? undefined : pathOf(address);
    if (address === null || path === undefined || (await holdsModel(path))) continue;
    const model = await findModel(root, run_id, address);
    if (model !== undefined) live.push([key, addressOf(model)]);
  }
  return Object.fromEntries(live);
}

/**
 * The folder of the tree that holds the model of an address, or undefined. Others may have the name of its run too: copies that
 * were begun, experiments that were restored in part. MLflow puts a deleted experiment into its trash, whole.
 */
export async function findModel(root: string, runId: string | null, address: string): Promise<string | undefined> {
  const runFolders = runId === null ? [] : await foldersOfRun(root, runId);
  const places = [root, join(root, TRASH)].flatMap((tree) =>
    [...runFolders, undefined].map((runFolder) => locateModel(tree, runFolder, address)),
  );
  for (const place of new Set(places)) if (place !== undefined && (await holdsModel(place))) return place;
  return undefined;
}

/** Nothing is opened: an address may lead anywhere on this machine. */
export async function holdsModel(folder: string): Promise<boolean> {
  try {
    return statSync(join(folder, MLMODEL)).isFile();
  } catch {
    return false;
  }
}
