import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { defineFormat } from "../artifacts/format.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import { InputError, UsageError } from "../errors.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { openFolderStore } from "../store/folder.ts";
import { ensureWorkspaceId, workspaceId } from "../store/id.ts";
import type { Workspace } from "./workspace.ts";

const knownStore = z.strictObject({
  workspace: z.uuid().describe("the id in the store's workspace.json"),
  address: z.string().describe("where the store was, for messages"),
});

/** `.churn/store.json`: the store that a folder works with. */
export const knownStoreFormat = defineFormat({ version: 1, schema: knownStore, upgrades: {}, signedFrom: 1 });

const FILE = join(".churn", "store.json");

/**
 * The id of the workspace's store, made where there is none yet. The folder keeps it, so that a store that was mistyped, or
 * another one put in its place, is not taken for an empty one. Call it while holding the workspace and its store.
 *
 * @throws {UsageError} when churn.yaml names another store than the one that the folder has worked with
 */
export async function requireKnownStore({ root, store }: Pick<Workspace, "root" | "store">): Promise<string> {
  const known = readKnownStore(root);
  const found = await workspaceId(store);
  if (known !== undefined && known.workspace !== found) {
    throw new UsageError(
      `churn.yaml names the store ${store.address} (${found === undefined ? "a new one" : `workspace ${found}`}), but this folder works with ${known.address} (workspace ${known.workspace})`,
      "mend store in churn.yaml; or, to work with the other one from now on: churn init --adopt",
    );
  }
  return known?.address === store.address ? known.workspace : adoptStore({ root, store });
}

/** Makes the store that churn.yaml names the folder's own. @returns its id, made where there is none yet */
export async function adoptStore({ root, store }: Pick<Workspace, "root" | "store">): Promise<string> {
  const workspace = await ensureWorkspaceId(store);
  await openFolderStore(root).write(FILE, jsonText(knownStoreFormat.write({ workspace, address: store.address })));
  return workspace;
}

/** What the folder keeps; undefined where it keeps nothing, as after `.churn` was cleared away. */
function readKnownStore(root: string): z.infer<typeof knownStore> | undefined {
  const path = join(root, FILE);
  try {
    return knownStoreFormat.read(parseJson(readFileSync(path), path), path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    if (!(error instanceof InputError)) throw machineError(error, path);
    throw new UsageError(error.message, "churn init --adopt writes it anew", { cause: error });
  }
}
