import { statSync } from "node:fs";
import { join } from "node:path";
import { MLMODEL } from "../model-files.ts";
import { addressOf, locateModel, pathOf } from "./model-location.ts";
import { findRunFiles } from "./runs.ts";

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
    const runFolder = run_id === null ? undefined : await findRunFiles(root, run_id);
    const model = locateModel(root, runFolder, address);
    if (model !== undefined && (await holdsModel(model))) live.push([key, addressOf(model)]);
  }
  return Object.fromEntries(live);
}

/** Nothing is opened: an address may lead anywhere on this machine. */
export async function holdsModel(folder: string): Promise<boolean> {
  try {
    return statSync(join(folder, MLMODEL)).isFile();
  } catch {
    return false;
  }
}
