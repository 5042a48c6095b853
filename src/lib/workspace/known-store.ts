import { join } from "node:path";
import * as z from "zod";
import { defineFormat } from "../artifacts/format.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import { InputError, UsageError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { readWithin } from "../files/within.ts";
import { ensureWorkspaceId, workspaceId } from "../store/id.ts";
import type { Workspace } from "./workspace.ts";

const knownStore = z.strictObject({
  workspace: z.uuid().describe("the id in the store's workspace.json"),
  address: z.string().describe("where the store was, for messages"),
});

/** `.churn/store.json`: the store that a folder works with. */
export const knownStoreFormat = defineFormat({ version: 1, schema: knownStore, upgrades: {}, signedFrom: 1 });

const FILE = join(".churn", "store.json");

type StoreOfFolder = Pick<Workspace, "root" | "store" | "redact">;

/**
 * Refuses a store that is not the one that the folder works with: one that was mistyped, or put in its place, would pass for
 * an empty one. Nothing is written.
 *
 * @throws {UsageError} when the configuration names a store of another id, naming both
 */
export async function requireKnownStore({ root, store }: StoreOfFolder): Promise<void> {
  const known = readKnownStore(root);
  if (known === undefined) return;
  const found = await workspaceId(store);
  if (found === known.workspace) return;
  throw new UsageError(
    `the store is to be ${store.address} (${found === undefined ? "a new one" : `workspace ${found}`}), but this folder works with ${known.address} (workspace ${known.workspace})`,
    "mend store, which churn config shows with its origin; or, to work with the other one from now on: churn init --adopt",
  );
}

/** Whether a store is the one that the folder is known to work with. */
export async function isKnownStore({ root, store }: Omit<StoreOfFolder, "redact">): Promise<boolean> {
  const known = readKnownStore(root);
  return known !== undefined && (await workspaceId(store)) === known.workspace;
}

/**
 * Keeps in the folder which store it works with. Call it while holding both.
 *
 * @returns the store's id, made where there is none yet
 */
export async function keepStore({ root, store, redact }: StoreOfFolder): Promise<string> {
  const workspace = await ensureWorkspaceId(store);
  const content = jsonText(knownStoreFormat.write({ workspace, address: redact(store.address) }));
  const path = join(root, FILE);
  if ((await orUndefined(() => readWithin(root, path, "stored").toString("utf8"))) !== content)
    await writeFileAtomic(path, content);
  return workspace;
}

/** What the folder keeps; undefined where it keeps nothing, as after `.churn` was cleared away. */
function readKnownStore(root: string): z.infer<typeof knownStore> | undefined {
  const path = join(root, FILE);
  try {
    return knownStoreFormat.read(parseJson(readWithin(root, path, "stored"), path), path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    if (!(error instanceof InputError)) throw machineError(error, path);
    throw new UsageError(error.message, "churn init --adopt writes it anew", { cause: error });
  }
}
