import { randomUUID } from "node:crypto";
import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import { InputError } from "../errors.ts";
import type { Store } from "./store.ts";

/** Written once, and never changed. */
export const WORKSPACE_KEY = "workspace.json";
const workspaceFile = z.strictObject({ id: z.uuid() });

/** workspace.json of the store. */
export const workspaceFormat = defineFormat({
  version: 2,
  schema: workspaceFile,
  upgrades: { 1: upgrade(workspaceFile, workspaceFile, (old) => old) },
});

/**
 * The id of a store's workspace: random, made once, named by every record; undefined in a store that has none yet.
 *
 * @throws {InputError} when the file is damaged, or gone although there are records
 * @throws {NewerVersionError} when a newer churn wrote it
 */
export async function workspaceId(store: Store): Promise<string | undefined> {
  const bytes = await store.read(WORKSPACE_KEY);
  const where = `${store.address}/${WORKSPACE_KEY}`;
  if (bytes === undefined) {
    if ((await store.list("records")).length === 0) return undefined;
    throw new InputError(
      `${where} is missing, but records/ is there`,
      'restore it: { "schema_version": 1, "id": "…" } with the id that every record under records/ names as its workspace',
    );
  }
  try {
    return workspaceFormat.read(parseJson(bytes, where), where).id;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, "restore it: every record under records/ names the id that it held", {
      cause: error,
    });
  }
}

/** The workspace's id; makes one where there is none yet. Call it while holding the store. */
export async function ensureWorkspaceId(store: Store): Promise<string> {
  const known = await workspaceId(store);
  if (known !== undefined) return known;
  const id = randomUUID();
  await store.write(WORKSPACE_KEY, jsonText(workspaceFormat.write({ id })));
  return id;
}
